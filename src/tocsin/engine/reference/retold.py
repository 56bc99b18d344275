"""The reference's suppression of tables: each run tells anew the rows that it finds.

What event time tells as one alert, from tick to tick, is a hit of each run. Such a row has no time
but the run's, so that none was counted before.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from tocsin.alerts.finding import Finding
from tocsin.engine.reference.folding import Fold, Folding
from tocsin.engine.reference.runs import Runs
from tocsin.engine.reference.single import Hit, Hits
from tocsin.match.suppression import Group
from tocsin.schema.values import parse_time

TICKS = "tocsin.ticks"
"""Of an alert of a table, the first and the last tick that saw it."""


class Retold(NamedTuple):
    """An alert that a run makes; ``again``: event time's alert was told before."""

    tick: int
    fold: Fold
    finding: Finding
    again: bool


def span_of(finding: Finding) -> tuple[int, int] | None:
    """The first and the last tick of an alert; None if it stands for one event."""
    ticks = finding.extra.get(TICKS, {})
    first, last = parse_time(ticks.get("first")), parse_time(ticks.get("last"))
    return None if first is None or last is None else (first, last)


def hits_of(
    finding: Finding, number: int, groups: tuple[Group, ...] | None, ticks: range
) -> Iterator[tuple[int, Hit]]:
    """The hits of an alert, by their runs, the first of which knows it; ``number`` is its own.

    Of one run, those come first whose events did.
    """
    for tick in ticks:
        known = finding if tick == ticks[0] else None
        yield tick, Hit(tick, finding.time, finding.time, number, groups, known=known)


def retold(hits: Hits, runs: Runs, folding: Folding, most: int) -> Iterator[Retold]:
    """The alerts that runs make, when nothing is counted in them any more.

    Parameters
    ----------
    hits
        In the order of their runs.
    most
        How many alerts a run may make.
    """
    known: dict[tuple[int, int], tuple[Finding, int]] = {}
    told: set[tuple[int, int]] = set()

    def made(tick: int, fold: Fold) -> Retold:
        place = fold.hit.place
        again = place in told
        told.add(place)
        return Retold(tick, fold, known[place][0], again)

    for tick, group in groupby(hits, key=itemgetter(0)):
        page = []
        for _, hit in group:
            if hit.known is not None:
                known[hit.place] = hit.known, (span_of(hit.known) or (tick, tick))[1]
            page.append(hit._replace(known=None))
        new = list(folding.fold(page, tick, runs.windows(tick)[-1], most))
        yield from (made(tick, fold) for fold in new if fold.group is None)
        yield from (made(*one) for one in folding.past(tick, runs))
        waiting = folding.open_places()
        known = {place: one for place, one in known.items() if one[1] > tick or place in waiting}
        told &= known.keys()
    yield from (made(*one) for one in folding.past(None, runs))
