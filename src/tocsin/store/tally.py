"""What the latest alerts of a filter have in common: all facets and the times, at once.

A page shows it, so it must not take longer the more alerts there are: of very many, the latest are
counted. `tocsin.store.facets` counts all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from tocsin.store.facets import Count, Facet, called
from tocsin.store.filter import Conditions, Filter, conditions
from tocsin.store.label import Kind, written_as
from tocsin.store.listed import listed
from tocsin.store.tables import alert, label
from tocsin.store.writing import SEVERITIES

_KINDS = (Kind.HOST, Kind.USER, Kind.TACTIC, Kind.TECHNIQUE, Kind.TAG, Kind.ASSIGNEE)


class Tally(NamedTuple):
    """``counts`` by facet, the most frequent values first.

    ``total``: alerts of the filter. ``counted``: how many were looked at. ``times``: of those, the
    latest first, in milliseconds since 1970; ``keys``: their keys in the store.
    """

    total: int
    counted: int
    counts: Mapping[Facet, Sequence[Count]]
    times: Sequence[int]
    keys: Sequence[int]


def newest(connection: Connection, holds: Conditions, latest: int) -> Sequence[Any]:
    """Key, time, status, severity, rule's id and name of the latest alerts for which all holds."""
    asked = (
        select(
            alert.c.key,
            alert.c.timestamp,
            alert.c.status,
            alert.c.severity,
            alert.c.rule_id,
            alert.c.rule_name,
        )
        .where(*holds)
        .order_by(alert.c.timestamp.desc(), alert.c.key.desc())
        .limit(latest)
    )
    return connection.execute(asked).all()


def tallied(
    connection: Connection,
    wanted: Filter,
    latest: int,
    most: int,
    holds: Conditions | None = None,
    rows: Sequence[Any] | None = None,
) -> Tally:
    """Count the latest alerts of a filter; of each facet at most so many values.

    ``holds``: the filter's conditions, and ``rows``: the alerts (`newest`), if they are known.
    """
    found = conditions(connection, wanted) if holds is None else holds
    rows = newest(connection, found, latest) if rows is None else rows
    total = len(rows)
    if total == latest:
        counting = select(func.count()).select_from(alert).where(*found)
        total = connection.execute(counting).scalar_one()
    # by columns: names of thousands of rows would take longer than the question
    keys, times, all_statuses, all_severities, all_rules, all_names = (
        zip(*rows, strict=True) if rows else ((),) * 6
    )
    statuses = Counter(all_statuses).most_common(most)
    severities = Counter(all_severities).most_common(most)
    rules = Counter(all_rules).most_common(most)
    titles = dict(zip(reversed(all_rules), reversed(all_names), strict=True))
    counts: dict[Facet, Sequence[Count]] = {
        Facet.STATUS: [Count(value, value, number) for value, number in statuses],
        Facet.SEVERITY: [
            Count(SEVERITIES[value], SEVERITIES[value], number) for value, number in severities
        ],
        Facet.RULE: [Count(value, titles[value], number) for value, number in rules],
    }
    labels = _labels(connection, keys)
    for kind in _KINDS:
        counts[Facet(kind)] = _named(connection, kind, labels[kind].most_common(most))
    return Tally(total, len(rows), counts, times, keys)


def _labels(connection: Connection, keys: Sequence[int]) -> dict[str, Counter[str]]:
    """By kind how many of these alerts have each label."""
    found: dict[str, Counter[str]] = {kind: Counter() for kind in _KINDS}
    if not keys:
        return found
    chosen = listed(connection, keys)
    asked = (
        select(label.c.kind, label.c.folded, func.count())
        .select_from(chosen.join(label, label.c.alert == chosen.c.value))
        .group_by(label.c.kind, label.c.folded)
    )
    for kind, folded, number in connection.execute(asked):
        if kind in found:
            found[kind][folded] = number
    return found


def _named(connection: Connection, kind: Kind, found: list[tuple[str, int]]) -> list[Count]:
    """Values as somebody wrote them; the index that counts has them without case."""
    written = written_as(connection, kind, [folded for folded, _ in found])
    named = ((written.get(folded, folded), number) for folded, number in found)
    return [Count(value, called(kind, value), number) for value, number in named]
