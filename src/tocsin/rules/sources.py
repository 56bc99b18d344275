"""The files that rules are read from: what the user named, and what stands in named folders.

Their bytes are read once, so that the key of a cache and the rules come from the very same content.
Archives stay packed here; `tocsin.rules.archive` opens them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from tocsin.diagnostics import Diagnostic
from tocsin.rules.page import GLANCE, begins_with_rule

MOST_BYTES = 128 << 20
"""The longest file that is read."""
MOST_FILES = 100_000
"""The most files of one folder."""
VERSIONS = "version.lock.json"
"""The file in which Elastic's repository keeps the versions of its rules."""

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file with its bytes. ``name`` is a label, never a path to open again.

    ``named``: the user gave this very file, so that it is worth a word if it holds no rule.
    """

    name: str
    content: bytes
    named: bool = False


@dataclass(frozen=True, slots=True)
class Sources:
    """All files of a call, part for part as the paths were given, and what could not be read."""

    parts: tuple[tuple[SourceFile, ...], ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def key(self) -> str:
        """SHA-256 (hex) over names and bytes: the same key, the same rules."""
        whole = hashlib.sha256()
        for part in self.parts:
            whole.update(b"part")
            for file in part:
                name = file.name.encode()
                whole.update(b"%d %d %d:" % (file.named, len(name), len(file.content)))
                whole.update(name)
                whole.update(file.content)
        for found in self.diagnostics:
            whole.update(found.message.encode())
        return whole.hexdigest()


def read_sources(paths: Iterable[str | Path]) -> Sources:
    """Read the files that ``paths`` name: files as they are, of folders the rule files in them.

    Rule files of a folder are its ``*.toml``, those ``*.ndjson`` whose first line is a rule, and
    those ``*.json`` that begin as Kibana's API answers with rules, however deep, in the order of
    their names (as bytes). Links to folders are not followed, links to files only to places within
    the folder. Nothing is raised.
    """
    parts: list[tuple[SourceFile, ...]] = []
    diagnostics: list[Diagnostic] = []
    for path in paths:
        try:
            parts.append(_part(path, diagnostics))
        except (OSError, ValueError) as error:
            diagnostics.append(_unreadable(label(path), error))
    return Sources(tuple(parts), tuple(diagnostics))


def _part(path: str | Path, diagnostics: list[Diagnostic]) -> tuple[SourceFile, ...]:
    if not str(path):
        raise ValueError("the name is empty; . is this folder")
    if Path(path).is_dir():
        return tuple(_of_folder(Path(path), diagnostics))
    return (_of_file(Path(path)),)


def is_source(file: str | Path, paths: Iterable[str | Path]) -> bool:
    """Whether a file that exists is one of those that `read_sources` reads for these paths."""
    real = Path(file).resolve()
    homes = [Path(path).resolve() for path in paths]
    if real in homes:
        return True
    return any(map(real.is_relative_to, homes)) and _is_to_be_read(real.name, str(real))


def label(path: str | Path) -> str:
    """A path as text that is safe to print: no control characters, no broken encoding."""
    text = str(path).encode("utf-8", "replace").decode()
    if os.name == "nt":
        text = text.replace("\\", "/")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def _unreadable(name: str, error: Exception) -> Diagnostic:
    why = (error.strerror if isinstance(error, OSError) else "") or str(error)
    return Diagnostic(
        code="RULE001",
        message=f"cannot read {name}: {why[:1].lower()}{why[1:]}",
        hint="name a rule file, a folder of rule files, an archive or an export of rules",
        file=name,
    )


def _of_file(path: Path) -> SourceFile:
    return SourceFile(label(path), _bytes(path), named=True)


def _bytes(path: str | Path) -> bytes:
    """All bytes of a file, which may be a pipe too."""
    pieces: list[bytes] = []
    left = MOST_BYTES
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - thousands of files: no Path
        size = os.fstat(stream.fileno()).st_size
        while piece := stream.read(min(size + 1, left + 1) if not pieces else _PIECE):
            pieces.append(piece)
            left -= len(piece)
            if left < 0:
                raise ValueError(f"it is longer than {MOST_BYTES >> 20} MiB")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _of_folder(folder: Path, diagnostics: list[Diagnostic]) -> Iterator[SourceFile]:
    found = _listed(folder, diagnostics)
    if len(found) > MOST_FILES:
        raise ValueError(f"it holds more than {MOST_FILES} rule files")
    given = label(folder).rstrip("/")
    for relative in sorted(found, key=lambda name: name.encode("utf-8", "surrogateescape")):
        name = f"{given}/{label(relative)}" if given != "." else label(relative)
        try:
            yield SourceFile(name, _bytes(found[relative]))
        except (OSError, ValueError) as error:
            diagnostics.append(_unreadable(name, error))


def _listed(folder: Path, diagnostics: list[Diagnostic]) -> dict[str, str]:
    """Rule files below a folder: names relative to it, with ``/``, and paths."""
    home = folder.resolve()
    found: dict[str, str] = {}
    pending = [(str(folder), "")]
    while pending and len(found) <= MOST_FILES:
        parent, before = pending.pop()
        try:
            with os.scandir(parent) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name != ".git":
                            pending.append((entry.path, f"{before}{entry.name}/"))
                    elif _is_rule_file(entry, home):
                        found[before + entry.name] = entry.path
        except OSError as error:
            diagnostics.append(_unreadable(label(parent), error))
    return found


def _is_rule_file(entry: os.DirEntry[str], home: Path) -> bool:
    """Whether an entry is to be read: no device, no link that leads out, no other JSON."""
    if not _is_named_so(entry.name):
        return False
    try:
        if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(home):
            return False
        return entry.is_file() and _is_to_be_read(entry.name, entry.path)
    except (OSError, RuntimeError):  # the latter for links in a circle, before Python 3.13
        # Reading it will fail likewise, and that is told.
        return True


def _is_named_so(name: str) -> bool:
    return name.endswith((".toml", ".ndjson", ".json"))


def _is_to_be_read(name: str, path: str) -> bool:
    """Whether a file within a folder is one of rules, by its name and, as JSON, its content."""
    if name == VERSIONS or not name.endswith((".ndjson", ".json")):
        return _is_named_so(name)
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            if name.endswith(".json"):
                return begins_with_rule(stream.read(GLANCE))
            return _is_rule(stream.readline(GLANCE))
    except OSError:
        # Reading it will fail likewise, and that is told; of other JSON nothing is.
        return name.endswith(".ndjson")


def _is_rule(first: bytes) -> bool:
    """Whether the first line of an export is a rule."""
    try:
        value = orjson.loads(first)
    except orjson.JSONDecodeError:
        # A rule longer than the glance: its keys are sorted, and these come early or late.
        return len(first) == GLANCE and b'"rule_id"' in first and b'"risk_score"' in first
    return isinstance(value, dict) and "rule_id" in value and "risk_score" in value
