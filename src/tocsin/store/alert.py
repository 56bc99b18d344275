"""What goes into a store and comes out of its outbox, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class StoredAlert(NamedTuple):
    """An alert as the engine gives it.

    ``timestamp`` in milliseconds since 1970; ``severity`` is a name (``low`` … ``critical``);
    ``document`` is one JSON object, as `tocsin.alerts.document.Documents.line` writes it.
    """

    id: str
    rule_id: str
    rule_name: str
    severity: str
    risk_score: float
    timestamp: int
    building_block: bool
    document: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The engine's whole state behind a position of the journal.

    ``version`` is that of the content's form; the content is the engine's own business, tens of
    megabytes at most, and compressed by the engine.
    """

    position: int
    version: int
    content: bytes


class RuleRun(NamedTuple):
    """What one rule did over a span of time; one row of the run log.

    ``first`` and ``last`` are event times, ``at`` is the wall clock: milliseconds since 1970.
    """

    rule_id: str
    first: int
    last: int
    events: int
    alerts: int
    seconds: float
    at: int
    note: str = ""


class ChangeKind(StrEnum):
    """What happened to an alert since a reader of the outbox last looked."""

    NEW = "new"
    UPDATED = "updated"
    TRIAGED = "triaged"
    """Only people did something with it; its document is as it was."""


class Change(NamedTuple):
    """An alert that changed; ``number`` is where a cursor stands once it was passed on.

    ``changed``: it is not as it was when it was new. A reader that passed it on as it was then, and
    was killed before its cursor moved, is given it as `ChangeKind.NEW` once more.
    """

    number: int
    kind: ChangeKind
    alert: StoredAlert
    changed: bool = False
