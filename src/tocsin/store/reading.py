"""Alerts out of the database: by id, by the beginning of an id, by a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, func, select, tuple_

from tocsin.store import documents
from tocsin.store.alone import alone, first_keys
from tocsin.store.filter import (
    ORDERED_BY,
    STATUSES,
    Conditions,
    Filter,
    Order,
    Page,
    Place,
    Sort,
    conditions,
)
from tocsin.store.kept import Kept, Note
from tocsin.store.label import Kind
from tocsin.store.rows import parts
from tocsin.store.tables import alert, label, note
from tocsin.store.writing import SEVERITIES

_MANY = 500
_FEW = 5_000  # alerts that are counted one by one
_NEWEST = Sort()


def find(
    connection: Connection,
    wanted: Filter,
    sort: Sort,
    page: Page,
    *,
    whole: bool,
    largest: int | None = None,
    holds: Conditions | None = None,
) -> list[Kept]:
    """A page of the alerts that a filter means; ``whole`` and ``largest`` as of `kept_of`.

    ``holds``: the filter's conditions, if they were made already.
    """
    simple = first_keys(wanted, sort, page) if holds is None else None
    if simple is not None:
        return at(connection, list(connection.scalars(simple)), largest, whole=whole)
    found = conditions(connection, wanted) if holds is None else holds
    columns = [ORDERED_BY[sort.by], alert.c.timestamp, alert.c.key]
    first = 1 if sort.by is Order.TIME else 0  # a column twice would hide that an index has it
    del columns[:first]
    asked = select(alert).where(*found)
    if page.after is not None:
        place = tuple_(*page.after[first:])
        asked = asked.where(
            tuple_(*columns) < place if sort.descending else tuple_(*columns) > place
        )
    ways = [column.desc() if sort.descending else column.asc() for column in columns]
    rows = connection.execute(asked.order_by(*ways).limit(page.limit).offset(page.offset)).all()
    return kept_of(connection, rows, whole=whole, largest=largest)


def at(
    connection: Connection,
    keys: Sequence[int],
    largest: int | None = None,
    *,
    whole: bool = True,
) -> list[Kept]:
    """The alerts of these keys in this order; those that are gone are left out.

    ``whole`` and ``largest`` as of `kept_of`.
    """
    rows: dict[int, Row[Any]] = {}
    for some in parts(keys, _MANY):
        found = connection.execute(select(alert).where(alert.c.key.in_(some)))
        rows.update((row.key, row) for row in found)
    return kept_of(
        connection, [rows[key] for key in keys if key in rows], whole=whole, largest=largest
    )


def place(kept: Kept, sort: Sort = _NEWEST) -> Place:
    """Where an alert stands in an order."""
    by = ORDERED_BY[sort.by].name
    value = SEVERITIES.index(kept.severity) if by == "severity" else getattr(kept, by)
    return Place(value, kept.timestamp, kept.key)


def count(connection: Connection, wanted: Filter) -> int:
    """How many alerts a filter means."""
    simple = alone(wanted)
    if simple is not None:
        return connection.execute(
            select(func.count()).select_from(label).where(*simple)
        ).scalar_one()
    if set(wanted.statuses) == {*STATUSES} - {"closed"} and _few_are_closed(connection):
        every = replace(wanted, statuses=())
        if alone(every) is not None:
            closed = replace(wanted, statuses=("closed",))
            return count(connection, every) - count(connection, closed)
    asked = select(func.count()).select_from(alert).where(*conditions(connection, wanted))
    return connection.execute(asked).scalar_one()


def _few_are_closed(connection: Connection) -> bool:
    """Whether the closed alerts are counted sooner than all others, which may be very many."""
    some = select(alert.c.key).where(alert.c.status == "closed").limit(_FEW + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() <= _FEW


def ids(connection: Connection, wanted: Filter, most: int) -> list[str]:
    """The ids of the latest alerts that a filter means."""
    asked = select(alert.c.id).where(*conditions(connection, wanted))
    latest = asked.order_by(alert.c.timestamp.desc(), alert.c.key.desc()).limit(most)
    return list(connection.execute(latest).scalars())


def latest(connection: Connection, wanted: Filter, most: int) -> list[int]:
    """The keys of the latest alerts that a filter means, the latest first."""
    asked = select(alert.c.key).where(*conditions(connection, wanted))
    ordered = asked.order_by(alert.c.timestamp.desc(), alert.c.key.desc()).limit(most)
    return list(connection.execute(ordered).scalars())


def one(connection: Connection, name: str) -> Kept | None:
    """The alert of an id, with document and notes; None if there is none."""
    rows = connection.execute(select(alert).where(alert.c.id == name)).all()
    return next(iter(kept_of(connection, rows, whole=True)), None)


def begun(connection: Connection, prefix: str, most: int) -> list[str]:
    """Up to ``most`` ids that begin so."""
    if not prefix.isascii() or not prefix.isprintable():
        return []
    asked = select(alert.c.id).where(alert.c.id >= prefix, alert.c.id < f"{prefix}\x7f")
    return list(connection.execute(asked.order_by(alert.c.id).limit(most)).scalars())


def kept_of(
    connection: Connection, rows: Sequence[Row[Any]], *, whole: bool, largest: int | None = None
) -> list[Kept]:
    """Rows of alerts with what belongs to them.

    ``whole``: documents and notes too; but no document of more than ``largest`` bytes.
    """
    labels: dict[int, dict[Kind, list[str]]] = {}
    contents: dict[int, bytes] = {}
    notes: dict[int, list[Note]] = {}
    for keys in parts([row.key for row in rows], _MANY):
        asked = select(label.c.alert, label.c.kind, label.c.value).where(label.c.alert.in_(keys))
        for key, kind, value in connection.execute(asked.order_by(label.c.kind, label.c.folded)):
            labels.setdefault(key, {}).setdefault(Kind(kind), []).append(value)
        if whole:
            contents.update(documents.of(connection, keys, largest))
            written = select(note).where(note.c.alert.in_(keys)).order_by(note.c.key)
            for row in connection.execute(written):
                notes.setdefault(row.alert, []).append(Note(row.at, row.actor, row.content))
    return [
        Kept(
            key=row.key,
            number=row.number,
            id=row.id,
            rule_id=row.rule_id,
            rule_name=row.rule_name,
            severity=SEVERITIES[row.severity],
            risk_score=row.risk_score,
            timestamp=row.timestamp,
            building_block=row.building_block,
            status=row.status,
            reason=row.reason,
            status_at=row.status_at,
            labels={kind: tuple(values) for kind, values in labels.get(row.key, {}).items()},
            document=contents.get(row.key, b""),
            notes=tuple(notes.get(row.key, ())),
        )
        for row in rows
    ]
