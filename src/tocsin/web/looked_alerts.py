"""How many stored alerts a block of a guide means: found by their words, then looked at each.

Alerts have an index of their words. Those that have all words which a condition demands are read,
the latest first, some at a time, until the time for it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tocsin.alerts.iso import iso
from tocsin.alerts.paths import Fields
from tocsin.corpus.question import Condition, Kind, Question, predicate
from tocsin.corpus.span import Span
from tocsin.match.evaluate import Evaluator
from tocsin.store.export import document_of
from tocsin.store.filter import Filter
from tocsin.store.store import Store
from tocsin.web.address import query_string

Group = tuple[Condition, ...]

LONGEST_WORD, MOST_WORDS = 200, 4
"""Values by which alerts are looked up, and characters of each: an address has not more room."""

MOST_ALERTS = 5_000
"""Alerts that are looked at for one alternative."""

TOGETHER = 50
"""Alerts that are read before the clock is looked at again."""


class Alerts(NamedTuple):
    """``number``: how many were found, None if none was looked at; ``whole``: there are no more.

    ``address``: the queue with those of the first alternative's words, empty if it has none.
    """

    number: int | None
    whole: bool
    address: str


def alerts_meant(
    groups: Sequence[Group], span: Span, store: Store, seconds: float, clock: Callable[[], float]
) -> Alerts:
    """The alerts of a span for which all conditions of some group hold.

    ``seconds``: after which what was found so far is the answer; of a group that is begun some
    alerts are looked at in any case.

    Raises
    ------
    QueryError
        A condition makes no sense.
    """
    until = clock() + seconds
    found: set[str] = set()
    looked, whole = False, True
    for group in groups:
        if clock() >= until:
            whole = False
            break
        looked = True
        keys = store.latest(_wanted(group, span), MOST_ALERTS + 1)
        holds, evaluator = predicate(Question((group,))), Evaluator()
        for begin in range(0, len(keys), TOGETHER):
            if begin >= MOST_ALERTS or (begin and clock() >= until):
                whole = False
                break
            found.update(
                kept.id
                for kept in store.at(keys[begin : begin + TOGETHER])
                if evaluator.holds(holds, Fields(document_of(kept)))
            )
    address = _queue(_wanted(groups[0], span)) if groups else ""
    return Alerts(len(found) if looked else None, looked and whole, address)


def _wanted(group: Group, span: Span) -> Filter:
    words = " ".join(_words(group)[:MOST_WORDS])
    return Filter(since=span.since, until=span.until, search=words)


def _words(group: Group) -> list[str]:
    """Words that an alert of which all conditions hold must have."""
    return [
        str(one.values[0])
        for one in group
        if one.kind in {Kind.IS, Kind.ONE_OF}
        and len(one.values) == 1
        and not one.excluded
        and isinstance(one.values[0], str)
        and len(one.values[0]) <= LONGEST_WORD
        and one.field != "event.kind"
        and not one.field.startswith(("kibana.", "signal."))
    ]


def _queue(wanted: Filter) -> str:
    times = [("since", wanted.since), ("until", wanted.until)]
    given = [("status", "any"), *([("q", wanted.search)] if wanted.search else [])]
    return f"/alerts{query_string([*given, *((name, iso(at)) for name, at in times if at)])}"
