"""Whether files have changed, told by their names, times and sizes."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

Stamp = tuple[str, int, int]


class Watched:
    """Files, folders and globs that are looked at again and again.

    A change is told once it has rested for a look, since files may still be being written.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)
        self._known = self._latest = stamps(self._paths)

    def changed(self) -> bool:
        """Whether something is other than it was, and as it was at the last look."""
        found = stamps(self._paths)
        rested = found == self._latest
        self._latest = found
        if found == self._known or not rested:
            return False
        self._known = found
        return True


def stamps(paths: Iterable[Path]) -> frozenset[Stamp]:
    """Of each file, or of all files below a folder but hidden ones, as they are now."""
    return frozenset(stamp for path in paths for found in _found(path) for stamp in _stamps(found))


def _found(path: Path) -> list[Path]:
    """The path, or what a glob names."""
    text = str(path)
    if not glob.has_magic(text) or os.path.lexists(text):
        return [path]
    return [Path(one) for one in glob.glob(text, recursive=True)]  # noqa: PTH207 - may be absolute


def _stamps(path: Path) -> Iterator[Stamp]:
    try:
        status = path.stat()
        if not path.is_dir():
            yield str(path), status.st_mtime_ns, status.st_size
            return
        with os.scandir(path) as entries:
            found = [entry for entry in entries if not entry.name.startswith(".")]
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                yield from _stamps(Path(entry.path))
            else:
                status = entry.stat()
                yield entry.path, status.st_mtime_ns, status.st_size
    except OSError:  # it is being moved, or is gone: that is a change like others
        return
