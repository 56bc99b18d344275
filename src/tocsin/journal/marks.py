"""What processes share: how far the journal is durable, what is still needed, and its time.

These stand in a small file that is mapped into memory. Each is written twice, once inverted, so a
reader notices one that is half written. They are hints: what is on disk decides.
"""

from __future__ import annotations

import mmap
import os
from contextlib import suppress
from pathlib import Path

from tocsin.journal.disk import MODE

NAME = "marks"
_SIZE = 48


class Marks:
    """Two positions and a time, shared with every process that has the folder open."""

    def __init__(self, folder: Path) -> None:
        file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), MODE)
        try:
            if os.fstat(file).st_size < _SIZE:
                os.truncate(folder / NAME, _SIZE)
            self._map = mmap.mmap(file, _SIZE)
        finally:
            os.close(file)
        self._cells = memoryview(self._map).cast("q")

    @property
    def durable(self) -> int | None:
        """Up to here all is on disk; None if nobody knows."""
        return self._get(0)

    @durable.setter
    def durable(self, position: int) -> None:
        self._put(0, position)

    @property
    def needed(self) -> int | None:
        """Somebody still needs what stands from here on; None if nobody said so."""
        return self._get(2)

    @needed.setter
    def needed(self, position: int) -> None:
        self._put(2, position)

    @property
    def accepted(self) -> int | None:
        """When the last frame was accepted, ms since 1970; None if nobody knows."""
        return self._get(4)

    @accepted.setter
    def accepted(self, time: int) -> None:
        self._put(4, time)

    def _get(self, at: int) -> int | None:
        for _ in range(100):
            value = self._cells[at]
            if self._cells[at + 1] == ~value:
                return value
        return None

    def _put(self, at: int, value: int) -> None:
        self._cells[at] = value
        self._cells[at + 1] = ~value

    def close(self) -> None:
        """Let go of the file."""
        self._cells.release()
        with suppress(BufferError):
            self._map.close()
