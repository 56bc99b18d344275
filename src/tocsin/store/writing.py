"""Alerts into the database: put by id, so that the same alert twice is one alert."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.sql.expression import bindparam

from tocsin.store.alert import StoredAlert
from tocsin.store.gist import Gist, gist
from tocsin.store.label import ENGINES, folded
from tocsin.store.packing import packer
from tocsin.store.search import drop_words, write_words
from tocsin.store.tables import alert, counter, document, label
from tocsin.store.text import fit

SEVERITIES = ("low", "medium", "high", "critical")
OPEN = "open"
_MANY = 500
_FEW = 100
_ID = re.compile(r"[!-~]{1,200}")
_Item = TypeVar("_Item")


class Put(NamedTuple):
    """How many alerts were new, changed, and there already as they are."""

    new: int
    changed: int
    same: int


class Known(NamedTuple):
    """What the store has of an alert: enough to see whether it is the same."""

    key: int
    digest: bytes
    timestamp: int


def put(connection: Connection, alerts: Sequence[StoredAlert]) -> Put:
    """Insert or update alerts, in order; of several with the same id the last counts.

    What people did with an alert stays as it is. ValueError for an id or severity that is none.
    """
    latest = {each.id: each for each in alerts}
    if not latest:
        return Put(0, 0, 0)
    for each in latest.values():
        _judge(each)
    known = find(connection, list(latest))
    number = taken = connection.execute(select(counter.c.number)).scalar_one()
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    gists: dict[int, Gist] = {}
    contents: dict[int, bytes] = {}
    moved: set[int] = set()
    for name, each in latest.items():
        seen = gist(each)
        there = known.get(name)
        if there is not None and there.digest == seen.digest:
            continue
        number += 1
        key = number if there is None else there.key
        (new if there is None else changed).append(_row(key, number, each, seen.digest))
        gists[key], contents[key] = seen, each.document
        if there is not None and there.timestamp != each.timestamp:
            moved.add(key)
    if number > taken:
        connection.execute(update(counter).values(number=number))
        _insert(connection, new)
        _change(connection, changed, moved)
        _describe(connection, {row["key"]: row["timestamp"] for row in (*new, *changed)}, gists)
        _keep(connection, contents)
    return Put(len(new), len(changed), len(latest) - len(new) - len(changed))


def find(connection: Connection, ids: Sequence[str]) -> dict[str, Known]:
    """Which of these ids the store has."""
    found: dict[str, Known] = {}
    for some in parts([fit(name) for name in ids], _MANY):
        rows = connection.execute(
            select(alert.c.id, alert.c.key, alert.c.digest, alert.c.timestamp).where(
                alert.c.id.in_(some)
            )
        )
        found.update((row.id, Known(row.key, bytes(row.digest), row.timestamp)) for row in rows)
    return found


def parts(items: Sequence[_Item], most: int) -> Iterator[Sequence[_Item]]:
    """The items, some at a time."""
    for start in range(0, len(items), most):
        yield items[start : start + most]


def _judge(each: StoredAlert) -> None:
    if not _ID.fullmatch(each.id):
        raise ValueError(f"{each.id[:80]!r} is no alert id")
    if each.severity not in SEVERITIES:
        raise ValueError(f"{each.severity[:80]!r} is no severity")


def _row(key: int, number: int, each: StoredAlert, digest: bytes) -> dict[str, Any]:
    return {
        "key": key,
        "id": each.id,
        "rule_id": fit(each.rule_id),
        "rule_name": fit(each.rule_name),
        "severity": SEVERITIES.index(each.severity),
        "risk_score": each.risk_score if isfinite(each.risk_score) else 0.0,
        "timestamp": each.timestamp,
        "building_block": bool(each.building_block),
        "digest": digest,
        "written": number,
        "number": number,
    }


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    add(connection, alert, [row | {"status": OPEN, "triaged": 0} for row in rows])


def _change(connection: Connection, rows: list[dict[str, Any]], moved: set[int]) -> None:
    """Write what the engine knows over what it knew."""
    if not rows:
        return
    own = [name for name in rows[0] if name not in {"key", "id"}]
    connection.execute(
        update(alert)
        .where(alert.c.key == bindparam("_key"))
        .values({name: bindparam(f"_{name}") for name in own}),
        [{f"_{name}": value for name, value in row.items() if name != "id"} for row in rows],
    )
    keys = [row["key"] for row in rows]
    for some in parts(keys, _MANY):
        connection.execute(delete(document).where(document.c.alert.in_(some)))
        connection.execute(delete(label).where(label.c.alert.in_(some), label.c.kind.in_(ENGINES)))
        drop_words(connection, some)
    for row in rows:  # people's labels go with their alert's time
        if row["key"] in moved:
            connection.execute(
                update(label).where(label.c.alert == row["key"]).values(timestamp=row["timestamp"])
            )


def _describe(connection: Connection, times: Mapping[int, int], gists: Mapping[int, Gist]) -> None:
    """Write what alerts are found by."""
    rows = {
        (kind, plain, key): {
            "kind": kind.value,
            "folded": plain,
            "timestamp": times[key],
            "alert": key,
            "value": value,
        }
        for key, seen in gists.items()
        for kind, value in seen.labels
        for plain in (_folded(value),)
    }
    add(connection, label, list(rows.values()))
    for keys in parts(list(gists), _FEW):
        write_words(connection, {key: gists[key].words for key in keys})


def _keep(connection: Connection, contents: Mapping[int, bytes]) -> None:
    pack = packer().compress
    for some in parts(list(contents.items()), _FEW):
        add(
            connection,
            document,
            [{"alert": key, "content": pack(content)} for key, content in some],
        )


def add(connection: Connection, into: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        # the driver's own way takes a third of the time
        names = ", ".join(rows[0])
        marks = ", ".join("?" * len(rows[0]))
        statement = f"INSERT INTO {into.name} ({names}) VALUES ({marks})"  # noqa: S608 - our names
        connection.exec_driver_sql(statement, [tuple(row.values()) for row in rows])
        return
    for some in parts(rows, _MANY):
        connection.execute(insert(into), list(some))


_folded = lru_cache(1 << 14)(folded)
