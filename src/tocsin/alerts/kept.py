"""What was made once and may be wanted again, in bounded memory."""

from __future__ import annotations

from typing import TypeVar

MEMORY = 8 << 20
"""Bytes that are kept, about."""

_LARGE = 1 << 12
"""Bytes of a key for which nothing is kept: it will hardly come again."""

_OWN = 300
"""Bytes that an entry takes beside its key and pieces, about."""

_Made = TypeVar("_Made")


class Kept(dict[tuple[int, bytes], _Made]):
    """What was made for a number and some bytes; when it becomes too much all is forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self._size = 0

    def keep(self, key: tuple[int, bytes], made: _Made, size: int) -> None:
        """Keep what was made of so many bytes."""
        if len(key[1]) > _LARGE:
            return
        self._size += len(key[1]) + size + _OWN
        if self._size > MEMORY:
            self.clear()
            self._size = len(key[1]) + size + _OWN
        self[key] = made
