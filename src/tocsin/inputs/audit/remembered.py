"""What was once found out about a text, so that a log that says it again costs a look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")

MOST = 1024
"""Keys that are kept; with one more, all are forgotten: a log repeats itself, or it does not."""

LONGEST = 1024
"""Characters of a key that is kept."""


class Remembered(dict[K, V], Generic[K, V]):
    """``remembered[key]`` is what ``find(key)`` gives, in bounded memory.

    Parameters
    ----------
    find
        Depends on the key alone; whoever asks must not change what it gives.
    length
        How many characters a key has.
    """

    __slots__ = ("_find", "_length")

    def __init__(self, find: Callable[[K], V], length: Callable[[K], int]) -> None:
        super().__init__()
        self._find = find
        self._length = length

    def __missing__(self, key: K) -> V:
        """Find out, and keep it if it is short."""
        value = self._find(key)
        if self._length(key) <= LONGEST:
            if len(self) >= MOST:
                self.clear()
            self[key] = value
        return value


def characters(texts: tuple[str, ...]) -> int:
    """The length of a key of several texts."""
    return sum(map(len, texts))
