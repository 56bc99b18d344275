"""``head`` and ``tail``: the windows of a query, cut from matches as they come."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.plan.plan import Window

T = TypeVar("T")


class Cut(Generic[T]):
    """The cuts of a window one after the other; keeps no more than the cuts themselves let pass.

    >>> from tocsin.plan.plan import Window
    >>> cut = Cut(Window((("head", 3), ("tail", 2))))
    >>> [*cut.push(1), *cut.push(2), *cut.push(3), *cut.push(4)], list(cut.finish())
    ([], [2, 3])
    """

    def __init__(self, window: Window) -> None:
        self._cuts = window.cuts
        self._passed = [0] * len(window.cuts)
        self._last: list[deque[T]] = [deque(maxlen=count) for _, count in window.cuts]

    def push(self, item: T, first: int = 0) -> Iterator[T]:
        """The next match: given on at once where no tail has to be waited for."""
        for number in range(first, len(self._cuts)):
            kind, count = self._cuts[number]
            if kind == "tail":
                self._last[number].append(item)
                return
            if self._passed[number] >= count:
                return
            self._passed[number] += 1
        yield item

    def finish(self) -> Iterator[T]:
        """What the tails have kept, when there are no more matches."""
        for number, last in enumerate(self._last):
            while last:
                yield from self.push(last.popleft(), number + 1)
