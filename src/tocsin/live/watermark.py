"""How far event time has come: which events are late, and up to when nothing is waited for.

The watermark stands ``lateness`` behind the latest time that has been seen. Which events are late
depends on the order of arrival alone, so that batches may be cut anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tocsin.columns.cells import NO_TIME

if TYPE_CHECKING:
    import numpy.typing as npt

    Longs = npt.NDArray[np.int64]


class Passed(NamedTuple):
    """What a batch did. ``floor`` (int64[n]): the watermark when each row came.

    ``late`` (bool[n]): rows that nobody has waited for, or that nobody is to wait for: they are
    farther ahead than that. A row without a time is not late.
    """

    floor: Longs
    late: npt.NDArray[np.bool_]


class Watermark:
    """The watermark of a stream, in milliseconds.

    Parameters
    ----------
    lateness
        How much later than others an event may come.
    allowance
        How far ahead of the wall clock an event's time may be and still move the watermark.
    farthest
        How far ahead it may be and still be waited for.

    Attributes
    ----------
    at
        No event before this time is waited for; `NO_TIME` before the first event.
    latest
        The latest time that moved it.
    late, ahead, beyond
        Events that were late; events too far in the future to move it; of these, those that are too
        far for anybody to wait for them.
    """

    def __init__(self, lateness: int, allowance: int, farthest: int) -> None:
        self.lateness = lateness
        self.allowance = allowance
        self.farthest = farthest
        self.at = self.latest = int(NO_TIME)
        self.late = self.ahead = self.beyond = 0

    def take(self, times: Longs, accepted: Longs) -> Passed:
        """Take the times of a batch, and when each event was accepted, in order of arrival."""
        future = times > accepted + self.allowance
        self.ahead += int(np.count_nonzero(future))
        moving = np.where(future, NO_TIME, times)
        latest = np.maximum.accumulate(np.concatenate(([self.latest], moving)))
        floor = np.where(latest == NO_TIME, NO_TIME, latest - self.lateness)
        floor = np.maximum(floor, self.at)
        late = (times < floor[:-1]) & (times != NO_TIME)
        self.late += int(np.count_nonzero(late))
        self.latest, self.at = int(latest[-1]), int(floor[-1])
        beyond = times > accepted + self.farthest
        self.beyond += int(np.count_nonzero(beyond))
        return Passed(floor[:-1], late | beyond)

    def advance(self, mark: int) -> None:
        """Wait no longer for events before a time, as for an idle stream."""
        self.at = max(self.at, mark)

    def state(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "at": self.at,
            "latest": self.latest,
            "late": self.late,
            "ahead": self.ahead,
            "beyond": self.beyond,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where another one was."""
        self.at, self.latest = int(state["at"]), int(state["latest"])
        self.late, self.ahead = int(state["late"]), int(state["ahead"])
        self.beyond = int(state.get("beyond", 0))
