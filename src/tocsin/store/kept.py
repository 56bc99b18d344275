"""An alert as it is kept: what the engine said, and what people did with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tocsin.store.label import Kind


class Note(NamedTuple):
    """What somebody wrote about an alert; ``at`` in milliseconds since 1970."""

    at: int
    actor: str
    text: str


class Deed(NamedTuple):
    """One line of the audit trail: who did what, when.

    ``action`` is ``status``, ``tags``, ``assignees``, ``note``, ``delete``, ``key`` or ``user``;
    before and after are text, empty where there is none. ``alert`` is an id, empty if it is about
    none.
    """

    at: int
    actor: str
    action: str
    alert: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An alert of the store.

    ``key`` is its number there; ``number`` the outbox number of its last change. ``document`` and
    ``notes`` are empty where they were not asked for.
    """

    key: int
    number: int
    id: str
    rule_id: str
    rule_name: str
    severity: str
    risk_score: float
    timestamp: int
    building_block: bool
    status: str
    reason: str | None
    status_at: int | None
    labels: dict[Kind, tuple[str, ...]]
    document: bytes = b""
    notes: tuple[Note, ...] = ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of its hosts."""
        return self.labels.get(Kind.HOST, ())

    @property
    def users(self) -> tuple[str, ...]:
        """The names of its users."""
        return self.labels.get(Kind.USER, ())

    @property
    def tactics(self) -> tuple[str, ...]:
        """Ids of ATT&CK tactics."""
        return self.labels.get(Kind.TACTIC, ())

    @property
    def techniques(self) -> tuple[str, ...]:
        """Ids of ATT&CK techniques and sub-techniques."""
        return self.labels.get(Kind.TECHNIQUE, ())

    @property
    def tags(self) -> tuple[str, ...]:
        """What people put on it."""
        return self.labels.get(Kind.TAG, ())

    @property
    def assignees(self) -> tuple[str, ...]:
        """Who has it."""
        return self.labels.get(Kind.ASSIGNEE, ())
