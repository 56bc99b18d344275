"""Which files the arguments of a follower stand for at this moment.

A directory is followed with everything below it; a name or a glob may fit nothing yet.
"""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tocsin.follow.content import State

MOST = 10_000
"""Files that are followed at once; further ones are told of, and not followed."""

_ROTATED = re.compile(r"[.\-_]?\d.*$|\.(?:gz|zst|old|bak)$")


@dataclass(slots=True)
class Found:
    """Regular files by device and inode, each under the first of its names; what cannot be read."""

    files: dict[tuple[int, int], tuple[str, State]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def discover(arguments: Iterable[str], most: int = MOST) -> Found:
    """The files that arguments stand for, of no more than so many."""
    found = Found()
    for argument in arguments:
        for path in _paths(argument, found):
            _add(path, found, most)
    return found


def fits(argument: str) -> bool:
    """Whether an argument stands for anything now."""
    return os.path.lexists(argument) or bool(glob.glob(argument, recursive=True))  # noqa: PTH207


def relatives(*paths: str) -> Iterator[str]:
    """Files beside these that may be older or newer parts of their logs.

    Of a link those beside the file that it leads to are meant as well.
    """
    logs = {log_of(one) for path in paths for one in (path, os.path.realpath(path))}
    for folder in sorted({log.rpartition(os.sep)[0] or os.sep for log in logs}):
        try:
            others = sorted(str(other) for other in Path(folder).iterdir())
        except OSError:
            continue
        yield from (other for other in others if log_of(other) in logs)


@lru_cache(1 << 15)
def log_of(path: str) -> str:
    """What all parts of a log have in common: their folder, and how their names begin."""
    own = Path(path)
    return f"{own.parent}{os.sep}{family(own.name)}"


def family(name: str) -> str:
    """What the names of a log's parts have in common: all before the first number or dot.

    Hidden files are parts as well: `rsync` writes `.audit.log.x8Tq3s` and renames it.
    """
    return _ROTATED.sub("", name.lstrip(".")).partition(".")[0]


def _paths(argument: str, found: Found) -> Iterator[str]:
    if Path(argument).is_dir():
        yield from _below(argument, found)
    elif glob.has_magic(argument) and not os.path.lexists(argument):
        for match in sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207 - it is absolute
            if Path(match).is_dir():
                yield from _below(match, found)
            else:
                yield match
    else:
        yield argument


def _below(folder: str, found: Found) -> Iterator[str]:
    """All files below a folder; links to folders are not entered."""

    def failed(error: OSError) -> None:
        found.problems[str(error.filename)] = error.strerror or str(error)

    for place, folders, names in os.walk(folder, onerror=failed):
        folders.sort()
        for name in sorted(names):
            yield f"{place}{os.sep}{name}"


def _add(path: str, found: Found, most: int) -> None:
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return
    except OSError as error:
        found.problems[path] = error.strerror or str(error)
        return
    if not stat.S_ISREG(status.st_mode):
        found.problems[path] = "not a regular file"
        return
    key = (status.st_dev, status.st_ino)
    if key in found.files:
        return
    if len(found.files) >= most:
        found.problems[path] = f"more than {most} files"
        return
    found.files[key] = path, State(status.st_size, status.st_mtime_ns)
