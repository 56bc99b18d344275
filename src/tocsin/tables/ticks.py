"""The times at which a pipeline over several events is run, and the events that each looks at.

Ticks are the multiples of the rule's interval since 1970, those at which some event lies in the
window. Where the window's events are the same as at the tick before, so is the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tocsin.rules.timing import DateMath, date_math

Times = npt.NDArray[np.int64]

_YEAR_END: Final = 1_009_843_199_999
"""The last millisecond of 2001: rounding down reaches furthest back."""
_YEAR_START: Final = 978_307_200_000
_MOST: Final = 5_000_000
"""Ticks of one rule; a time span that has more is refused."""


class TooManyTicksError(ValueError):
    """The events reach over so much time that the rule would run millions of times."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Ticks in order: the time, the window, and how many events lie in it (int64 each).

    ``joined``: whether the tick before is exactly one interval earlier. ``changed``: whether other
    events lie in the window than at the tick before.
    """

    at: Times
    low: Times
    high: Times
    events: Times
    joined: npt.NDArray[np.bool_]
    changed: npt.NDArray[np.bool_]

    def part(self, chosen: npt.NDArray[np.bool_]) -> Ticks:
        """Some of them."""
        return Ticks(
            self.at[chosen],
            self.low[chosen],
            self.high[chosen],
            self.events[chosen],
            self.joined[chosen],
            self.changed[chosen],
        )

    def near(self, times: Times, most: int) -> npt.NDArray[np.bool_]:
        """Whether an event in the window (of these times, ascending) is so near to the tick."""
        begin = np.searchsorted(times, np.maximum(self.low, self.at - most), side="left")
        near: npt.NDArray[np.bool_] = begin < np.searchsorted(times, self.high, side="right")
        return near


def last_tick(before: int, interval: int, high: str) -> int:
    """The last tick whose window ends before a time."""
    tick = ((before - _ahead(date_math(high))) // interval + 1) * interval
    while window_end(tick, high) >= before:
        tick -= interval
    return tick


def window_end(tick: int, high: str) -> int:
    """The last millisecond in the window of a tick, which looks up to a date until that is past."""
    upper = date_math(high)
    return tick if upper.anchor is not None else upper.bound(tick, round_up=True)


def first_moment(tick: int, low: str) -> int:
    """When the window of a tick begins."""
    return date_math(low).bound(tick)


def ticks_of(times: Times, interval: int, low: str, high: str, until: int | None = None) -> Ticks:
    """The ticks of events at these times (ascending); ``low`` and ``high`` are date math.

    A window that begins at a date keeps its events: it is asked until it has all of them, and
    ``until`` a time that goes on beyond them.
    """
    lower, upper = date_math(low), date_math(high)
    back = _YEAR_END - lower.at(_YEAR_END)
    ahead = _ahead(upper)
    moments = np.unique(times)
    first = -((ahead - moments) // interval)
    last = (moments + back) // interval
    if lower.anchor is not None:
        end = first[-1:].tolist() if until is None else [*first[-1:].tolist(), until // interval]
        last = np.full_like(first, max(end, default=0))
    at = _multiples(first, last) * interval
    if (
        lower.steps
        and all(
            step.amount is not None and step.unit in "wdhHms"
            for step in (*lower.steps, *upper.steps)
        )
        and lower.anchor is None
        and upper.anchor is None
    ):
        lows, highs = at - back, at + ahead
    else:
        lows = np.array([lower.bound(tick) for tick in at.tolist()], np.int64)
        highs = np.array([upper.bound(tick, round_up=True) for tick in at.tolist()], np.int64)
    if upper.anchor is not None:
        highs = np.minimum(at, highs)
    begin = np.searchsorted(times, lows, side="left")
    end = np.searchsorted(times, highs, side="right")
    some = end > begin
    at, lows, highs, begin, end = at[some], lows[some], highs[some], begin[some], end[some]
    joined = np.zeros(len(at), np.bool_)
    joined[1:] = np.diff(at) == interval
    changed = np.ones(len(at), np.bool_)
    changed[1:] = (np.diff(begin) != 0) | (np.diff(end) != 0)
    return Ticks(at, lows, highs, end - begin, joined, changed | ~joined)


def _ahead(upper: DateMath) -> int:
    """How far behind a tick a window may end, in milliseconds."""
    if upper.anchor is not None:
        return 0
    return upper.at(_YEAR_START, round_up=True) - _YEAR_START


def _multiples(first: Times, last: Times) -> Times:
    """All whole numbers from some first to its last, each once, in order."""
    if not len(first):
        return np.zeros(0, np.int64)
    reach = np.maximum.accumulate(last)
    starts = np.maximum(first, np.concatenate([first[:1], reach[:-1] + 1]))
    counts = np.maximum(last - starts + 1, 0)
    if int(counts.sum()) > _MOST:
        raise TooManyTicksError("the events reach over too much time for the rule's interval")
    offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(starts, counts) + offsets


def portions(events: Times, most: int) -> Iterator[slice]:
    """Parts of the ticks that look at about ``most`` events together, a tick at the least."""
    start, held = 0, 0
    for place, count in enumerate(events.tolist()):
        if held and held + count > most:
            yield slice(start, place)
            start, held = place, 0
        held += count
    if start < len(events):
        yield slice(start, len(events))
