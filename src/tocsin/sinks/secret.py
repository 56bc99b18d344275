"""Secrets of a configuration: named by a variable of the environment or a file, never written down.

secret = { env = "HOOK_SECRET" }
secret = { file = "/run/secrets/hook" }
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class SecretError(ValueError):
    """A secret is not to be had; the message says where it was looked for, never what it is."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that shows itself only to who asks for it by name."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "***"


def secret_of(told: object, environment: Mapping[str, str] = os.environ) -> Secret:
    """The secret that a table names.

    Raises
    ------
    SecretError
        It names none, or one that is not there or is empty.
    """
    if not isinstance(told, dict) or len(told) != 1:
        raise SecretError('is `{ env = "NAME" }` or `{ file = "PATH" }`')
    ((kind, where),) = told.items()
    if not isinstance(where, str) or kind not in {"env", "file"}:
        raise SecretError('is `{ env = "NAME" }` or `{ file = "PATH" }`')
    if kind == "env":
        value = environment.get(where, "")
        if not value:
            raise SecretError(f"the variable {where} is not set")
        return Secret(value)
    try:
        value = Path(where).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise SecretError(f"{where} cannot be read: {_why(error)}") from None
    if not value:
        raise SecretError(f"{where} is empty")
    return Secret(value)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it is no text"
