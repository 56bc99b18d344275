"""Whose turn it is to be read: the log that waited longest, and of a log its oldest part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tocsin.follow.known import File
    from tocsin.follow.tail import Tail


class Turns:
    """When each log was read last."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._now = 0

    def in_order(self, tails: Iterable[tuple[File, Tail]]) -> list[tuple[File, Tail]]:
        """These files as they are to be read."""
        last = self._last
        return sorted(
            tails, key=lambda each: (last.get(each[1].family, 0), each[1].family, each[1].began)
        )

    def had(self, tail: Tail) -> None:
        """A file was read."""
        self._now += 1
        self._last[tail.family] = self._now

    def keep_only(self, tails: Iterable[Tail]) -> None:
        """Forget logs that are not followed any more."""
        logs = {tail.family for tail in tails}
        self._last = {log: turn for log, turn in self._last.items() if log in logs}
