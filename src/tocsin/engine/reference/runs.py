"""When a rule runs, and over which windows: interval, look-back, gaps and catch-up.

A rule runs at the multiples of its interval since 1970, or always as much later, but for outages.
After an outage that left a part of time unsearched, up to four more windows are searched first,
each an interval further back than the next; what lies before them is never searched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from tocsin.rules.rule import Rule
from tocsin.rules.timing import TimingError, date_math, interval

MOST_CATCH_UP = 4
_LAST = 253_402_300_799_999
"""The end of the year 9999, in milliseconds."""


class Window(NamedTuple):
    """The times that are searched, in milliseconds, both included."""

    first: int
    last: int

    def holds(self, moment: int) -> bool:
        """Whether a time lies within."""
        return self.first <= moment <= self.last


class Outage(NamedTuple):
    """A time in which nothing runs: from ``first``, up to but without ``last`` (milliseconds)."""

    first: int
    last: int


class Runs:
    """The runs of one rule; a run is named by the moment at which it starts, its tick.

    ``offset``: how long after a multiple of the interval they start (milliseconds). ``capped`` is
    set by whoever simulates a run that has more to tell than it may.
    """

    def __init__(self, rule: Rule, outages: Sequence[Outage] = (), offset: int = 0) -> None:
        self._offset = offset
        self.every = interval(rule.interval)
        self._from = date_math(rule.from_)
        self._to = date_math(rule.to)
        self._outages = sorted(outages)
        self.capped = False
        self.windows = lru_cache(maxsize=4096)(self._windows)

    def at_or_after(self, moment: int) -> int:
        """The first run that starts at a moment or after it."""
        tick = self._tick(moment)
        for outage in self._outages:
            if outage.first <= tick < outage.last:
                tick = self._tick(outage.last)
        return tick

    def _tick(self, moment: int) -> int:
        return -((self._offset - moment) // self.every) * self.every + self._offset

    def before(self, tick: int) -> int:
        """The run before one."""
        tick -= self.every
        for outage in reversed(self._outages):
            if outage.first <= tick < outage.last:
                tick = self._tick(outage.first) - self.every
        return tick

    def _windows(self, tick: int) -> tuple[Window, ...]:
        """The windows that a run searches, the oldest first; the last one is its own."""
        own = Window(self._from.bound(tick), self._to.bound(tick, round_up=True))
        gap = (tick - self.before(tick)) - (own.last - own.first)
        missed = min(-(-gap // self.every), MOST_CATCH_UP) if gap > 0 else 0
        shifts = (back * self.every for back in range(missed, 0, -1))
        return (*(Window(own.first - shift, own.last - shift) for shift in shifts), own)

    def first_seeing(self, moment: int, arrival: int) -> int | None:
        """The first run that sees an event of a moment, arrived then; None if none ever does."""
        tick = self.at_or_after(arrival)
        try:
            if self.windows(tick)[-1].last < moment:
                tick = self._first(tick, lambda one: self.windows(one)[-1].last >= moment)
            return tick if any(window.holds(moment) for window in self.windows(tick)) else None
        except TimingError:
            return None

    def sees_together(self, events: Sequence[tuple[int, int]]) -> bool:
        """Whether some run has events, told by moment and arrival, in one window."""
        ticks = [self.first_seeing(*event) for event in events]
        known = [tick for tick in ticks if tick is not None]
        if len(known) < len(events):
            return False
        return any(
            all(window.holds(moment) for moment, _ in events) for window in self.windows(max(known))
        )

    def first_beyond(self, moment: int, tick: int) -> int:
        """The first run after ``tick`` whose own window begins behind a moment.

        Where there is none (a window with a fixed beginning), it is ``tick`` itself.
        """
        try:
            return self._first(tick, lambda one: self.windows(one)[-1].first > moment)
        except TimingError:
            return tick

    def _first(self, tick: int, holds: Callable[[int], bool]) -> int:
        """The first run after one for which something holds that goes on to hold.

        Raises TimingError if there is none in the years that are counted.
        """
        step, last = self.every, tick
        while not holds(after := self.at_or_after(tick + step)):
            if after > _LAST:  # between fixed dates a window never moves
                raise TimingError("no run lies in the years 1 to 9999")
            last, step = after, 2 * step
        first = self.at_or_after(last + 1)
        while first < after:
            middle = self.at_or_after(first + (after - first) // 2)
            if middle >= after:
                middle = first
            if holds(middle):
                after = middle
            else:
                first = self.at_or_after(middle + 1)
        return after
