"""What was read from disk and may be wanted again, in bounded memory.

Questions read the newest events first, all of them in the same order. So what is held goes only
for something else after nobody has asked for it in a while: else a look at more than there is room
for would push out what the next one begins with.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Kept = TypeVar("Kept")

IDLE = 200
"""After so many questions that did not touch it, a thing may go."""


class Held(Generic[Kept]):
    """Things by key, of at most so many bytes; any thread may ask."""

    def __init__(self, most: int, size: Callable[[Kept], int]) -> None:
        self._most = most
        self._size = size
        self._things: dict[Hashable, tuple[Kept, int]] = {}
        self._used: dict[Hashable, int] = {}
        self._bytes = 0
        self._turn = 0
        self._lock = Lock()

    def turn(self) -> None:
        """Another question begins."""
        with self._lock:
            self._turn += 1

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """The thing of a key, made if it is not held."""
        with self._lock:
            found = self._things.get(key)
            if found is not None:
                self._used[key] = self._turn
                return found[0]
        made = make()
        self._put(key, made)
        return made

    def held(self, key: Hashable) -> Kept | None:
        """The thing of a key, if it is held."""
        with self._lock:
            found = self._things.get(key)
            if found is None:
                return None
            self._used[key] = self._turn
            return found[0]

    def _put(self, key: Hashable, made: Kept) -> None:
        size = self._size(made)
        with self._lock:
            if key in self._things:
                return
            if self._bytes + size > self._most:
                self._make_room()
            if self._bytes + size <= self._most:
                self._things[key] = made, size
                self._used[key] = self._turn
                self._bytes += size

    def _make_room(self) -> None:
        for key in [key for key, used in self._used.items() if self._turn - used > IDLE]:
            self._bytes -= self._things.pop(key)[1]
            del self._used[key]
