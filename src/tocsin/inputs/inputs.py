"""What `EVENTS` arguments stand for: files, directories, globs and ``-``, in a fixed order.

Order: the arguments as given; what a directory or glob holds by file name, compared as bytes. A
directory is read with everything below it, hidden files included; a directory is entered once, so
that no loop of links is followed. A name that exists is never taken for a glob.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tocsin.inputs.report import Report

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its name for messages, and its path (None: standard input)."""

    name: str
    path: Path | None


def resolve(arguments: Iterable[str | os.PathLike[str]], report: Report) -> list[Input]:
    """The inputs that the arguments stand for; what is missing is noted as a problem."""
    found: list[Input] = []
    for argument in arguments:
        text = os.fspath(argument)
        if text == STDIN:
            found.append(Input("stdin", None))
            continue
        path = Path(text)
        missing = _missing(path) if text else "the name is empty; . is this folder"
        if not missing:
            found.extend(_inputs(path, report))
        elif isinstance(argument, str) and glob.has_magic(text):
            matches = _matches(text, report)
            if not matches:
                report.problem(_shown(text), "no file has a name like that")
            found.extend(matches)
        else:
            report.problem(_shown(text), missing)
    return found


def _matches(pattern: str, report: Report) -> list[Input]:
    """The files that a glob names, and those below the directories that it names, each once."""
    files: dict[Path, None] = {}
    for match in glob.glob(pattern, recursive=True):  # noqa: PTH207 - patterns may be absolute
        path = Path(match)
        folder = os.path.isdir(match)  # noqa: PTH112 - whatever hides it, nothing is raised
        files.update(dict.fromkeys(_below(path, report) if folder else [path]))
    return [Input(_shown(str(file)), file) for file in sorted(files, key=_order)]


def _order(file: Path) -> bytes:
    return os.fsencode(file.as_posix())


def _missing(path: Path) -> str:
    """Why a path leads to nothing that can be looked at; empty if it does."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return "there is no such file"
    except OSError as error:
        return str(error.strerror)
    return ""


def _inputs(path: Path, report: Report) -> Iterator[Input]:
    if not path.is_dir():
        yield Input(_shown(str(path)), path)
        return
    for file in sorted(_below(path, report), key=_order):
        yield Input(_shown(str(file)), file)


def _below(folder: Path, report: Report) -> Iterator[Path]:
    """All files below a directory, each directory entered once."""
    entered: set[Path] = set()
    pending = [folder]
    while pending:
        place = pending.pop()
        try:
            real = place.resolve()
            if real in entered:
                continue
            entered.add(real)
            entries = sorted(place.iterdir(), key=_order)
        except (OSError, RuntimeError) as error:
            report.problem(_shown(str(place)), getattr(error, "strerror", "") or str(error))
            continue
        for entry in entries:
            try:
                mode = entry.stat().st_mode
            except OSError as error:
                link = os.path.islink(entry)  # noqa: PTH114 - nothing is raised
                why = "the link leads nowhere" if link else error.strerror
                report.problem(_shown(str(entry)), str(why))
                continue
            if stat.S_ISDIR(mode):
                pending.append(entry)
            elif stat.S_ISREG(mode):
                yield entry


def _shown(name: str) -> str:
    """A file name as text that can be printed and written as JSON."""
    try:
        return os.fsencode(name).decode(errors="replace")
    except UnicodeEncodeError:  # half a pair of UTF-16: no file is called so
        return name.encode(errors="replace").decode()
