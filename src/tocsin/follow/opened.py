"""The followed files that are open: no more than the process may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tocsin.follow.content import open_content
from tocsin.follow.room import room

if TYPE_CHECKING:
    from tocsin.follow.content import Content
    from tocsin.follow.known import File
    from tocsin.follow.problems import Problems
    from tocsin.follow.tail import Tail

MOST_OPEN = 256
"""Files that are kept open; others are closed while nothing happens to them."""


class Opened:
    """Opens files and closes them.

    Parameters
    ----------
    tails
        Those that are followed, open or not, in the order in which they were found.
    """

    def __init__(self, tails: Mapping[File, Tail], problems: Problems) -> None:
        self._tails = tails
        self._problems = problems
        self._room = room()

    @property
    def left(self) -> int:
        """How many more may be opened."""
        return self._room - self._count

    @property
    def _count(self) -> int:
        return sum(tail.content is not None for tail in self._tails.values())

    def open(self, path: str, file: File) -> Content | None:
        """A file's content; None if it cannot be read, or another has its name by now."""
        try:
            content = open_content(path)
            if content.identity == file:
                return content
            content.close()  # the next look finds both
        except OSError as error:
            self._problems.tell(path, error.strerror or str(error))
        return None

    def again(self, tail: Tail) -> None:
        """Open a file that was closed."""
        tail.content = self.open(tail.path, tail.file)

    def close_broken(self) -> None:
        """Close files that cannot even be asked how large they are; their names are tried again."""
        for tail in self._tails.values():
            if tail.content is not None:
                try:
                    _ = tail.content.state
                except OSError as error:
                    self._problems.tell(tail.path, error.strerror or str(error))
                    tail.close()
                    tail.seen = None

    def close_some(self) -> None:
        """Close files to which nothing happens, those first that were followed first."""
        spare = self._count - min(MOST_OPEN, self._room // 2)
        for tail in self._tails.values():
            if spare <= 0:
                break
            if tail.content is not None and tail.quiet() and not tail.torn:
                tail.close()
                spare -= 1
