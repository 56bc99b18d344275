"""The alerts of two rule sets over the same events, side by side, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tocsin.engine.alert import Alert

Change: TypeAlias = Literal["gained", "lost", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Pair:
    """An alert of either side, or the same one of both."""

    old: Alert | None
    new: Alert | None

    @property
    def change(self) -> Change:
        """What became of it; ``changed`` if it is called or rated otherwise."""
        if self.old is None:
            return "gained"
        if self.new is None:
            return "lost"
        return "same" if self.old.rating == self.new.rating else "changed"

    @property
    def alert(self) -> Alert:
        """The new one, else the old one."""
        alert = self.new or self.old
        if alert is None:
            raise ValueError("a pair of nothing")
        return alert


def compared(old: Iterator[Alert], new: Iterator[Alert]) -> Iterator[Pair]:
    """All alerts of both sides, each of which stands in order of time, rule id and alert id.

    An alert is on both sides if its id is: the same rule over the same events.
    """
    left, right = next(old, None), next(new, None)
    while left is not None or right is not None:
        if right is None or (left is not None and _key(left) < _key(right)):
            yield Pair(left, None)
            left = next(old, None)
        elif left is None or _key(right) < _key(left):
            yield Pair(None, right)
            right = next(new, None)
        else:
            yield Pair(left, right)
            left, right = next(old, None), next(new, None)


def _key(alert: Alert) -> tuple[int, str, str]:
    return alert.time, alert.rule.id, alert.id
