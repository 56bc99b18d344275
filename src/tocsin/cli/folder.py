"""A folder that a command fills and may fill again; it touches no file that is not its own.

A list in the folder (``.tocsin-site.json``) names the files that were written, with hashes of their
contents. What stands in a file's way and is not in that list is somebody else's: nothing is
written then.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tocsin.cli.failure import CannotRun

LIST = ".tocsin-site.json"

_NAME = re.compile(r"(?:[a-z]{1,20}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,90}")


@dataclass(slots=True)
class Filled:
    """What was done: files written, old ones of ours removed, and those that others had changed."""

    written: int = 0
    removed: int = 0
    changed: int = 0
    size: int = 0


class Folder:
    """One folder to fill. Raises `CannotRun` where it cannot be used."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._known = self._read_list()

    def fill(self, files: Iterable[tuple[str, bytes]]) -> Filled:
        """Write all files, remove those of ours that are not among them any more.

        Each file appears whole; an interrupt leaves a list of what was written.
        """
        done = Filled()
        now: dict[str, str] = {}
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            try:
                for name, content in files:
                    self._write(name, content, done)
                    now[name] = hashlib.sha256(content).hexdigest()
                self._remove(self._known.keys() - now.keys(), done)
                self._known = {}
            finally:
                self._put(LIST, json.dumps({"files": self._known | now}, indent=0).encode())
        except OSError as error:
            raise CannotRun(f"cannot write into {self._path}: {error.strerror or error}") from error
        return done

    def _write(self, name: str, content: bytes, done: Filled) -> None:
        path = self._path / name
        folder = path.parent
        if folder.is_symlink() and folder != self._path:
            raise CannotRun(f"{folder} leads elsewhere: name another folder with -o")
        if path.is_symlink() or path.exists():
            known = self._known.get(name)
            if known is None:
                raise CannotRun(
                    f"{path} is there already, and not of this command's making: "
                    "name another folder with -o"
                )
            if path.is_symlink() or _hash(path) != known:
                done.changed += 1
        self._put(name, content)
        done.written += 1
        done.size += len(content)

    def _put(self, name: str, content: bytes) -> None:
        path = self._path / name
        path.parent.mkdir(exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            file.write(content)
        os.replace(part, path)  # noqa: PTH105 - a link in its place goes, what it leads to stays

    def _remove(self, names: Iterable[str], done: Filled) -> None:
        """Remove pages of rules that are gone; those that somebody changed stay."""
        for name in names:
            path = self._path / name
            if path.parent.is_symlink() or path.is_symlink() or not path.is_file():
                continue
            if _hash(path) == self._known[name]:
                path.unlink()
                done.removed += 1

    def _read_list(self) -> dict[str, str]:
        """The files that are ours; names that no such list has are not believed."""
        if self._path.exists() and not self._path.is_dir():
            raise CannotRun(f"{self._path} is no folder")
        path = self._path / LIST
        if path.is_symlink() or not path.is_file():
            return {}
        try:
            files = json.loads(path.read_bytes())["files"]
            return {
                name: digest
                for name, digest in files.items()
                if isinstance(digest, str) and _NAME.fullmatch(name)
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise CannotRun(f"{path} cannot be read: name another folder with -o") from None


def _hash(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
