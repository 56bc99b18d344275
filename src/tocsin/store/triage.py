"""What people do with alerts; each deed is written to the audit trail in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from tocsin.store.filter import STATUSES
from tocsin.store.kept import Deed
from tocsin.store.label import Kind, folded
from tocsin.store.rows import parts
from tocsin.store.tables import alert, audit, counter, label, note
from tocsin.store.text import MOST_REASON, fit
from tocsin.store.writing import OPEN

REASONS = ("duplicate", "false_positive", "true_positive", "benign_positive", "other")
"""Reasons for closing that Kibana knows; others are allowed."""
MOST_NOTE = 1 << 16
MOST_LABELS = 100
_MOST_LABEL = 128
_MANY = 500


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


class _Done(NamedTuple):
    subject: _Subject
    before: str
    after: str


def set_status(
    connection: Connection, ids: Iterable[str], status: str, reason: str | None, act: Act
) -> Triaged:
    """Give alerts a status. The reason is that of this status: without one there is none.

    Those that have the status keep their reason unless another is given.
    """
    if status not in STATUSES:
        raise TriageError(f"{status!r} is no status: {', '.join(STATUSES)}")
    if reason is not None and status == OPEN:
        raise TriageError("an open alert has no reason")
    why = fit(reason.strip(), MOST_REASON) if reason and reason.strip() else None
    subjects, missing = _subjects(connection, ids)
    done = [
        _Done(subject, _said(subject.status, subject.reason), _said(status, why))
        for subject in subjects
        if subject.status != status or why not in (None, subject.reason)
    ]
    _write(connection, done, "status", act, {"status": status, "reason": why, "status_at": act.at})
    return Triaged(len(done), len(subjects) - len(done), missing)


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
    subjects, missing = _subjects(connection, ids)
    done: list[_Done] = []
    for some in parts(subjects, _MANY):
        changed = []
        there = _labels(connection, [subject.key for subject in some], kind)
        for subject in some:
            before = there.get(subject.key, {})
            gone = before.keys() if "*" in unwanted else unwanted
            left = {name: value for name, value in before.items() if name not in gone}
            after = {**wanted, **left}
            if after.keys() == before.keys():
                continue
            if len(after) > MOST_LABELS:
                raise TriageError(f"an alert has at most {MOST_LABELS} of them")
            changed.append((subject, after))
            done.append(_Done(subject, _listed(before), _listed(after)))
        _relabel(connection, kind, changed)
    _write(connection, done, f"{kind}s", act, {})
    return Triaged(len(done), len(subjects) - len(done), missing)


def add_note(connection: Connection, ids: Iterable[str], text: str, act: Act) -> Triaged:
    """Write a note on alerts."""
    if not text.strip():
        raise TriageError("the note is empty")
    if len(text) > MOST_NOTE:
        raise TriageError(f"a note has at most {MOST_NOTE:,} characters")
    plain = fit(text, MOST_NOTE)
    subjects, missing = _subjects(connection, ids)
    own = {"at": act.at, "actor": _actor(act), "content": plain}
    for some in parts(subjects, _MANY):
        connection.execute(insert(note), [{"alert": subject.key, **own} for subject in some])
    _write(connection, [_Done(subject, "", plain) for subject in subjects], "note", act, {})
    return Triaged(len(subjects), 0, missing)


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


def _write(
    connection: Connection, done: Sequence[_Done], action: str, act: Act, values: dict[str, Any]
) -> None:
    """Give what changed its outbox numbers and its lines in the trail."""
    actor = _actor(act)
    number = connection.execute(select(counter.c.number)).scalar_one()
    numbered = list(enumerate(done, number + 1))
    for some in parts(numbered, _MANY):
        numbers = {each.subject.key: number for number, each in some}
        _number(connection, numbers, values)
        connection.execute(
            insert(audit),
            [
                {
                    "at": act.at,
                    "actor": actor,
                    "action": action,
                    "alert": each.subject.id,
                    "before": each.before,
                    "after": each.after,
                }
                for _, each in some
            ],
        )
    if done:
        connection.execute(update(counter).values(number=number + len(done)))


def _number(connection: Connection, numbers: dict[int, int], values: dict[str, Any]) -> None:
    """Give each of these alerts, by its key, the number of its change, and all the same values."""
    if connection.dialect.name == "sqlite":
        change = update(alert).where(alert.c.key == bindparam("_key"))
        connection.execute(
            change.values(number=bindparam("_number"), triaged=bindparam("_number"), **values),
            [{"_key": key, "_number": number} for key, number in numbers.items()],
        )
        return
    # a server is not asked once for each
    pairs = (literal(list(part), ARRAY(BigInteger)) for part in (numbers, numbers.values()))
    new = func.unnest(*pairs).table_valued("key", "number").render_derived(name="new")
    change = update(alert).where(alert.c.key == new.c.key)
    connection.execute(change.values(number=new.c.number, triaged=new.c.number, **values))


def _subjects(connection: Connection, ids: Iterable[str]) -> tuple[list[_Subject], tuple[str, ...]]:
    """The alerts of these ids, and the ids that are none's."""
    names = list(dict.fromkeys(ids))
    columns = (alert.c.key, alert.c.id, alert.c.timestamp, alert.c.status, alert.c.reason)
    found: list[_Subject] = []
    for some in parts([fit(name) for name in names], _MANY):
        asked = select(*columns).where(alert.c.id.in_(some)).order_by(alert.c.key)
        found += [_Subject(*row) for row in connection.execute(asked)]
    there = {subject.id for subject in found}
    return found, tuple(name for name in names if name not in there)


def _labels(connection: Connection, keys: Sequence[int], kind: Kind) -> dict[int, dict[str, str]]:
    """By alert the values of its labels, by how they are compared."""
    found: dict[int, dict[str, str]] = {}
    asked = select(label.c.alert, label.c.folded, label.c.value)
    for row in connection.execute(asked.where(label.c.alert.in_(keys), label.c.kind == kind)):
        found.setdefault(row.alert, {})[row.folded] = row.value
    return found


def _relabel(
    connection: Connection, kind: Kind, changed: Sequence[tuple[_Subject, dict[str, str]]]
) -> None:
    keys = [subject.key for subject, _ in changed]
    connection.execute(delete(label).where(label.c.alert.in_(keys), label.c.kind == kind))
    rows = [
        {
            "kind": kind,
            "folded": name,
            "timestamp": subject.timestamp,
            "alert": subject.key,
            "value": value,
        }
        for subject, after in changed
        for name, value in after.items()
    ]
    for some in parts(rows, _MANY):
        connection.execute(insert(label), some)


def _label(text: str) -> str:
    plain = fit(" ".join(text.split()), _MOST_LABEL)
    if not plain:
        raise TriageError("a tag or assignee has a name")
    return plain


def _actor(act: Act) -> str:
    if not act.actor.strip():
        raise TriageError("somebody must have done it: the actor has no name")
    return fit(act.actor.strip(), _MOST_LABEL)


def _said(status: str, reason: str | None) -> str:
    return f"{status} ({reason})" if reason else status


def _listed(values: dict[str, str]) -> str:
    return ", ".join(values[name] for name in sorted(values))
