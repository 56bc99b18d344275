"""Alerts into the database: put by id, so that the same alert twice is one alert."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.sql.expression import bindparam

from tocsin.store import documents
from tocsin.store.alert import StoredAlert
from tocsin.store.gist import Gist, former_digest, gist
from tocsin.store.label import ENGINES, folded
from tocsin.store.listed import listed_texts
from tocsin.store.rows import MANY, add, parts
from tocsin.store.search import drop_words, write_words
from tocsin.store.tables import alert, counter, label
from tocsin.store.text import fit

SEVERITIES = ("low", "medium", "high", "critical")
OPEN = "open"
_FEW = 100
_ID = re.compile(r"[!-~]{1,200}")


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
    contents: dict[int, tuple[bytes, Gist]] = {}
    moved: set[int] = set()
    for name, each in latest.items():
        seen = gist(each)
        there = known.get(name)
        if there is not None and there.digest in {seen.digest, former_digest(each)}:
            continue
        number += 1
        key = number if there is None else there.key
        (new if there is None else changed).append(_row(key, number, each, seen.digest))
        gists[key], contents[key] = seen, (each.document, seen)
        if there is not None and there.timestamp != each.timestamp:
            moved.add(key)
    if number > taken:
        connection.execute(update(counter).values(number=number))
        _insert(connection, new)
        _change(connection, changed, moved)
        _describe(connection, {row["key"]: row["timestamp"] for row in (*new, *changed)}, gists)
        documents.put(connection, contents)
    return Put(len(new), len(changed), len(latest) - len(new) - len(changed))


def find(connection: Connection, ids: Sequence[str]) -> dict[str, Known]:
    """Which of these ids the store has."""
    found: dict[str, Known] = {}
    for some in parts([fit(name) for name in ids], MANY):
        chosen = listed_texts(connection, some)
        rows = connection.execute(
            select(alert.c.id, alert.c.key, alert.c.digest, alert.c.timestamp).select_from(
                chosen.join(alert, alert.c.id == chosen.c.value)
            )
        )
        found.update((name, Known(key, bytes(digest), at)) for name, key, digest, at in rows)
    return found


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
    if rows:
        names = (*rows[0], "status", "triaged")
        add(connection, alert, names, [(*row.values(), OPEN, 0) for row in rows])


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
    for some in parts(keys, MANY):
        documents.drop(connection, some)
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
        (kind.value, plain, times[key], key): value
        for key, seen in gists.items()
        for kind, value in seen.labels
        for plain in (_folded(value),)
    }
    names = ("kind", "folded", "timestamp", "alert", "value")
    add(connection, label, names, [(*told, value) for told, value in rows.items()])
    for keys in parts(list(gists), _FEW):
        write_words(connection, {key: gists[key].words for key in keys})


_folded = lru_cache(1 << 14)(folded)
