"""The reference's runs of a rule about single events: which hits it would have told, and when.

KQL rules page through a window, the oldest events first, and pass over what was told before they
count; indicator matches do the same from the newest on; EQL rules ask once for the latest. Either
way a run tells at most `max_signals` alerts of a window.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from tocsin.alerts.finding import Finding
from tocsin.engine.reference.runs import Runs
from tocsin.match.suppression import Group

LATE = "late"
"""Arrived when no run looked back so far any more, or lay in a time that none searched."""
CAPPED = "max_signals"
"""Not among the alerts that a run may tell, until no run saw it any longer."""

Manner: TypeAlias = Literal["oldest", "newest", "latest"]
"""Which hits of a window are told: the oldest or newest new ones, or the latest of all."""


class Hit(NamedTuple):
    """A hit: the time by which windows take it, its own, its place.

    ``groups``: of rules that suppress, what it has in common with others; None if nothing is like
    it. ``name``: its index and id, if it has them. ``known``: the finding, without its event, of
    rules whose hits alone do not tell all.
    """

    moment: int
    time: int
    source: int
    offset: int
    groups: tuple[Group, ...] | None = None
    name: tuple[str, str] = ("", "")
    known: Finding | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where its event stands."""
        return self.source, self.offset


Hits: TypeAlias = Iterator[tuple[int, Hit]]
"""Hits by the first run that sees them."""


def by_moment(hit: Hit) -> tuple[int, int, int]:
    """The order of windows."""
    return hit.moment, hit.source, hit.offset


def by_time(hit: Hit) -> tuple[int, int, int]:
    """The order of EQL, which has only one clock."""
    return hit.time, hit.source, hit.offset


def runs_over(
    hits: Hits, runs: Runs, again: Callable[[list[Hit]], bool]
) -> Iterator[tuple[int, list[Hit]]]:
    """The runs that may tell something, with the hits that they may see.

    From the list may be taken what no later run needs.

    Parameters
    ----------
    again
        Whether the next run may tell some of what remains for it, if nothing comes.
    """
    waiting: list[Hit] = []
    head = next(hits, None)
    after: int | None = None
    while head is not None or after is not None:
        heads = () if head is None else (head[0],)
        tick = min(heads if after is None else (*heads, after))
        while head is not None and head[0] <= tick:
            waiting.append(head[1])
            head = next(hits, None)
        yield tick, waiting
        following = runs.at_or_after(tick + 1)
        spans = runs.windows(following)
        waiting[:] = [hit for hit in waiting if any(span.holds(hit.moment) for span in spans)]
        after = following if waiting and again(waiting) else None


def told(hits: Hits, runs: Runs, most: int, manner: Manner) -> Iterator[tuple[int, Hit]]:
    """The hits that the reference tells, with the runs that do."""
    found: set[tuple[int, int]] = set()
    latest = manner == "latest"
    for tick, waiting in runs_over(hits, runs, lambda _: not latest):
        if latest:
            found &= {hit.place for hit in waiting}
        for window in runs.windows(tick):
            inside = [hit for hit in waiting if window.holds(hit.moment)]
            if latest:
                chosen = heapq.nlargest(most, inside, key=by_time)
                new = [hit for hit in chosen if hit.place not in found]
                found.update(hit.place for hit in new)
            else:
                pick = heapq.nsmallest if manner == "oldest" else heapq.nlargest
                new = pick(most, inside, key=by_moment)
                gone = {hit.place for hit in new}
                waiting[:] = [hit for hit in waiting if hit.place not in gone]
            for hit in new:
                yield tick, hit
