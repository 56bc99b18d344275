"""Whether files have changed, told by their names, times and sizes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

Stamp = tuple[str, int, int]


class Watched:
    """Files and folders that are looked at again and again.

    A change is told once it has rested for a look, since files may still be being written.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)
        self._known = self._latest = self._look()

    def changed(self) -> bool:
        """Whether something is other than it was, and as it was at the last look."""
        found = self._look()
        rested = found == self._latest
        self._latest = found
        if found == self._known or not rested:
            return False
        self._known = found
        return True

    def _look(self) -> frozenset[Stamp]:
        return frozenset(stamp for path in self._paths for stamp in _stamps(path))


def _stamps(path: Path) -> Iterator[Stamp]:
    """Of a file, or of all files below a folder but hidden ones."""
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
