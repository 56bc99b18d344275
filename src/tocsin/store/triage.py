"""What people do with alerts; each deed is written to the audit trail in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from tocsin.store.filter import STATUSES
from tocsin.store.kept import Deed
from tocsin.store.label import Kind, folded
from tocsin.store.tables import alert, audit, counter, label, note
from tocsin.store.text import fit
from tocsin.store.writing import OPEN, parts

REASONS = ("duplicate", "false_positive", "true_positive", "benign_positive", "other")
"""Reasons for closing that Kibana knows; others are allowed."""
MOST_NOTE = 1 << 16
MOST_LABELS = 100
_MOST_LABEL = 128
_MOST_REASON = 256


class TriageError(ValueError):
    """What was asked for cannot be; the message says what can."""


class Triaged(NamedTuple):
    """``changed``: how many alerts are otherwise now; ``same``: were so already.

    ``missing``: ids that the store does not have.
    """

    changed: int
    same: int
    missing: tuple[str, ...]


class Act(NamedTuple):
    """Who does something, and when (milliseconds since 1970)."""

    actor: str
    at: int


class _Subject(NamedTuple):
    key: int
    id: str
    timestamp: int
    status: str
    reason: str | None


_Change = tuple[str, str, str]  # action, before, after


def set_status(
    connection: Connection, ids: Iterable[str], status: str, reason: str | None, act: Act
) -> Triaged:
    """Give alerts a status. The reason is that of this status: without one there is none."""
    if status not in STATUSES:
        raise TriageError(f"{status!r} is no status: {', '.join(STATUSES)}")
    if reason is not None and status == OPEN:
        raise TriageError("an open alert has no reason")
    why = fit(reason.strip(), _MOST_REASON) if reason and reason.strip() else None

    def change(subject: _Subject) -> _Change | None:
        if (subject.status, subject.reason) == (status, why):
            return None
        connection.execute(
            update(alert)
            .where(alert.c.key == subject.key)
            .values(status=status, reason=why, status_at=act.at)
        )
        return "status", _said(subject.status, subject.reason), _said(status, why)

    return _each(connection, ids, act, change)


def set_labels(
    connection: Connection,
    ids: Iterable[str],
    kind: Kind,
    add: Sequence[str],
    remove: Sequence[str],
    act: Act,
) -> Triaged:
    """Put tags or assignees on alerts, and take others off; ``*`` to take off takes all off."""
    wanted = {folded(value): value for value in map(_label, add)}
    unwanted = {folded(value) for value in map(_label, remove)}

    def change(subject: _Subject) -> _Change | None:
        asked = select(label.c.folded, label.c.value).where(
            label.c.alert == subject.key, label.c.kind == kind
        )
        rows = connection.execute(asked.order_by(label.c.folded))
        there: dict[str, str] = {row.folded: row.value for row in rows}
        gone = set(there) if "*" in unwanted else unwanted & set(there)
        left = {name: value for name, value in there.items() if name not in gone}
        after = {**wanted, **left}
        if after.keys() == there.keys():
            return None
        if len(after) > MOST_LABELS:
            raise TriageError(f"an alert has at most {MOST_LABELS} of them")
        connection.execute(delete(label).where(label.c.alert == subject.key, label.c.kind == kind))
        if after:
            connection.execute(
                insert(label),
                [
                    {
                        "kind": kind,
                        "folded": name,
                        "timestamp": subject.timestamp,
                        "alert": subject.key,
                        "value": value,
                    }
                    for name, value in after.items()
                ],
            )
        return f"{kind}s", _listed(there.values()), _listed(after[name] for name in sorted(after))

    return _each(connection, ids, act, change)


def add_note(connection: Connection, ids: Iterable[str], text: str, act: Act) -> Triaged:
    """Write a note on alerts."""
    if not text.strip():
        raise TriageError("the note is empty")
    if len(text) > MOST_NOTE:
        raise TriageError(f"a note has at most {MOST_NOTE:,} characters")
    plain = fit(text, MOST_NOTE)

    def change(subject: _Subject) -> _Change | None:
        connection.execute(
            insert(note).values(alert=subject.key, at=act.at, actor=_actor(act), content=plain)
        )
        return "note", "", plain

    return _each(connection, ids, act, change)


def trail(connection: Connection, name: str | None, since: int | None, most: int) -> list[Deed]:
    """The latest deeds, latest first: on one alert, or on all."""
    asked = select(audit).order_by(audit.c.key.desc()).limit(most)
    if name is not None:
        asked = asked.where(audit.c.alert == name)
    if since is not None:
        asked = asked.where(audit.c.at >= since)
    return [
        Deed(row.at, row.actor, row.action, row.alert or "", row.before or "", row.after or "")
        for row in connection.execute(asked)
    ]


def note_deed(connection: Connection, act: Act, action: str, before: str, after: str) -> None:
    """Write a deed to the trail that is about no single alert."""
    row = {"at": act.at, "actor": _actor(act), "action": action, "before": before, "after": after}
    connection.execute(insert(audit).values(alert=None, **row))


def _each(
    connection: Connection,
    ids: Iterable[str],
    act: Act,
    change: Callable[[_Subject], _Change | None],
) -> Triaged:
    """Change alerts one by one; each that did change gets a number and a line in the trail."""
    names = list(dict.fromkeys(ids))
    if not act.actor.strip():
        raise TriageError("somebody must have done it: the actor has no name")
    number = connection.execute(select(counter.c.number)).scalar_one()
    found: set[str] = set()
    deeds = []
    for subject in _subjects(connection, names):
        found.add(subject.id)
        done = change(subject)
        if done is None:
            continue
        number += 1
        connection.execute(
            update(alert).where(alert.c.key == subject.key).values(number=number, triaged=number)
        )
        row = dict(zip(("action", "before", "after"), done, strict=True))
        deeds.append({"at": act.at, "actor": _actor(act), "alert": subject.id, **row})
    if deeds:
        connection.execute(update(counter).values(number=number))
        connection.execute(insert(audit), deeds)
    missing = tuple(name for name in names if name not in found)
    return Triaged(len(deeds), len(found) - len(deeds), missing)


def _subjects(connection: Connection, names: Sequence[str]) -> Iterator[_Subject]:
    columns = (alert.c.key, alert.c.id, alert.c.timestamp, alert.c.status, alert.c.reason)
    for some in parts([fit(name) for name in names], 500):
        asked = select(*columns).where(alert.c.id.in_(some)).order_by(alert.c.key)
        yield from (_Subject(*row) for row in connection.execute(asked).all())


def _label(text: str) -> str:
    plain = fit(" ".join(text.split()), _MOST_LABEL)
    if not plain:
        raise TriageError("a tag or assignee has a name")
    return plain


def _actor(act: Act) -> str:
    return fit(act.actor.strip(), _MOST_LABEL)


def _said(status: str, reason: str | None) -> str:
    return f"{status} ({reason})" if reason else status


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values)
