"""The server's own rules: a folder of files, of which those that are off have another ending.

    DATA/rules/1f0c…-….toml        runs
    DATA/rules/1f0c…-….toml.off    does not

A file is called by its rule's id, which is a UUID, and by nothing else that anybody wrote.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from tocsin.diagnostics import Diagnostic
from tocsin.journal import disk
from tocsin.rules.rule import Rule
from tocsin.rules.sources import SourceFile
from tocsin.rules.toml import MOST_TOML, toml_rule

FOLDER = "rules"
"""Where they are, below the folder of the engine's data."""

MOST = 2_000
"""The most rules of the server's own."""

ON, OFF = ".toml", ".toml.off"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class OwnRuleError(Exception):
    """Something cannot be done with a rule; the message says why."""


@dataclass(frozen=True, slots=True)
class OwnRule:
    """One rule: the text of its file, whether it is on, and the rule, None if it cannot be read."""

    id: str
    text: str
    enabled: bool
    rule: Rule | None
    diagnostics: tuple[Diagnostic, ...] = ()


class OwnRules:
    """The rules of a folder. Any thread may call anything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()

    def all(self) -> list[OwnRule]:
        """All of them, by name."""
        found = [rule for name in self._names() if (rule := self.one(name)) is not None]
        return sorted(found, key=lambda own: (own.rule.name if own.rule else "", own.id))

    def one(self, name: str) -> OwnRule | None:
        """The rule of an id; None if there is none."""
        if not is_id(name):
            return None
        for ending in (ON, OFF):
            with suppress(OSError), (self.folder / f"{name}{ending}").open("rb") as file:
                content = file.read(MOST_TOML + 1)
                told: list[Diagnostic] = []
                rule = toml_rule(SourceFile(f"{name}.toml", content), told)
                text = content.decode(errors="replace")
                return OwnRule(name, text, ending == ON, rule, tuple(told))
        return None

    def save(self, name: str, text: str, *, enabled: bool) -> None:
        """Write a rule, in place of one with its id. Raises OwnRuleError."""
        _check(name)
        with self._lock:
            known = self._names()
            if name not in known and len(known) >= MOST:
                raise OwnRuleError(f"There are {MOST:,} rules already; remove some.")
            ending, other = (ON, OFF) if enabled else (OFF, ON)
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write(self.folder, f"{name}{ending}", text.encode())
                (self.folder / f"{name}{other}").unlink(missing_ok=True)
                disk.sync_folder(self.folder)
            except OSError as error:
                raise OwnRuleError(f"The rule was not saved: {error.strerror}.") from error

    def enable(self, name: str, *, enabled: bool) -> None:
        """Let a rule run, or not. Raises OwnRuleError."""
        _check(name)
        new, old = (ON, OFF) if enabled else (OFF, ON)
        with self._lock:
            if (self.folder / f"{name}{new}").exists():
                return
            try:
                (self.folder / f"{name}{old}").replace(self.folder / f"{name}{new}")
                disk.sync_folder(self.folder)
            except OSError as error:
                raise OwnRuleError(f"Nothing was changed: {error.strerror}.") from error

    def remove(self, name: str) -> None:
        """Remove a rule. Raises OwnRuleError."""
        _check(name)
        with self._lock:
            try:
                for ending in (ON, OFF):
                    (self.folder / f"{name}{ending}").unlink(missing_ok=True)
                disk.sync_folder(self.folder)
            except OSError as error:
                raise OwnRuleError(f"The rule was not removed: {error.strerror}.") from error

    def _names(self) -> set[str]:
        with suppress(OSError):
            names = [path.name for path in self.folder.iterdir()]
            parts = (name.removesuffix(".off").removesuffix(".toml") for name in names)
            return {name for name in parts if is_id(name)}
        return set()


def is_id(name: str) -> bool:
    """Whether a text is an id as it stands in names of files."""
    return _UUID.fullmatch(name) is not None


def _check(name: str) -> None:
    if not is_id(name):
        raise OwnRuleError("A rule's id is a UUID in lower case.")


def _write(folder: Path, name: str, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    making = folder / f".{name}.part"
    with suppress(FileNotFoundError):
        making.unlink()
    file = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, disk.MODE)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
        stream.flush()
        disk.sync(stream.fileno())
    making.replace(folder / name)
