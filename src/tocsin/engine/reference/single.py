"""The reference's runs of a rule about single events: which hits it would have told, and when not.

KQL rules page through a window, the oldest events first, and pass over what was told before they
count; EQL rules ask once for the latest. Either way a run tells at most `max_signals` alerts of a
window.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import NO_TIME
from tocsin.engine.reference.arrivals import Times
from tocsin.engine.reference.runs import Runs, Window

LATE = "late"
"""Arrived when no run looked back so far any more, or lay in a time that none searched."""
CAPPED = "max_signals"
"""Not among the alerts that a run may tell, until no run saw it any longer."""


def told(
    runs: Runs, primary: Times, arrival: Times, most: int, *, latest: bool
) -> tuple[npt.NDArray[np.bool_], Counter[str]]:
    """Which hits the reference tells, and how many it does not, by the reason.

    Parameters
    ----------
    primary, arrival
        Of each hit the time by which windows take it, and when it arrived.
    latest
        Whether a run takes the latest hits of its window, as for EQL, instead of the oldest new.
    """
    lost: Counter[str] = Counter()
    found = np.zeros(primary.size, np.bool_)
    queue: defaultdict[int, list[int]] = defaultdict(list)
    for hit, (moment, came) in enumerate(zip(primary.tolist(), arrival.tolist(), strict=True)):
        tick = None if moment == NO_TIME else runs.first_seeing(moment, came)
        if tick is None:
            lost[LATE] += 1
        else:
            queue[tick].append(hit)
    moments = primary.tolist()
    select = _latest if latest else _oldest
    ticks = sorted(queue)
    waiting: list[int] = []
    while ticks:
        tick = heapq.heappop(ticks)
        waiting += queue.pop(tick, ())
        for window in runs.windows(tick):
            for hit in select(waiting, window, moments, found, most):
                found[hit] = True
        after = runs.at_or_after(tick + 1)
        kept = [hit for hit in waiting if any(w.holds(moments[hit]) for w in runs.windows(after))]
        if latest:
            waiting = kept
        else:
            waiting = [hit for hit in kept if not found[hit]]
            if waiting and after not in queue:
                queue[after] = []
                heapq.heappush(ticks, after)
    missed = int(primary.size - np.count_nonzero(found)) - lost[LATE]
    if missed:
        lost[CAPPED] = missed
    return found, lost


def _oldest(
    waiting: Sequence[int],
    window: Window,
    moments: list[int],
    found: npt.NDArray[np.bool_],
    most: int,
) -> list[int]:
    new = [hit for hit in waiting if window.holds(moments[hit]) and not found[hit]]
    return heapq.nsmallest(most, new, key=lambda hit: (moments[hit], hit))


def _latest(
    waiting: Sequence[int],
    window: Window,
    moments: list[int],
    found: npt.NDArray[np.bool_],  # noqa: ARG001 - what was told before takes its place again
    most: int,
) -> list[int]:
    inside = [hit for hit in waiting if window.holds(moments[hit])]
    return heapq.nlargest(most, inside, key=lambda hit: (moments[hit], hit))
