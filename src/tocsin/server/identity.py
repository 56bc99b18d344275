"""Who an engine is: a name that its folder keeps, so that several may share a store."""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path

from tocsin.store.error import StoreError

FILE = "engine.id"
_FORM = re.compile(r"[0-9a-f]{32}")


def identity(data: Path) -> str:
    """The identity that a folder of an engine has; the first time it is made.

    Raises OSError if it cannot be read or kept; StoreError if the file holds something else.
    """
    file = data / FILE
    try:
        known = file.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        known = uuid.uuid4().hex
        _keep(file, known)
    if not _FORM.fullmatch(known):
        raise StoreError(f"{file} holds no engine's identity: restore it, or remove it")
    return known


def _keep(file: Path, known: str) -> None:
    part = file.with_suffix(".part")
    with part.open("w", encoding="ascii") as out:
        out.write(f"{known}\n")
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
