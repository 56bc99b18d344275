"""Names of events and alerts: the same events and rule give the same names on any machine.

Limits: an event without ``_id`` is named by its content and its number among equal ones, counted over
the events that some rule found: equal events are found by equal rules, so the numbers are those of a
count over all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from tocsin.alerts.paths import Scalar
from tocsin.columns.content import content_hash


class EventNames:
    """Names events in order of arrival."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def name(self, content: bytes) -> str:
        """The name of an event that has no ``_id``: its content's hash, and its number if not 0."""
        digest = content_hash(content)
        key = bytes.fromhex(digest)
        number = self._seen.get(key, 0)
        self._seen[key] = number + 1
        return f"{digest}-{number}" if number else digest


def alert_id(
    rule_id: str, events: Iterable[tuple[str, str] | None], keys: Iterable[Scalar | None] = ()
) -> str:
    """The name of an alert: 40 hexadecimal digits.

    Parameters
    ----------
    rule_id
        The rule's own id; its version does not count.
    events
        ``(index, id)`` of the contributing events in order, None for a missing event.
    keys
        The join keys.
    """
    told = json.dumps([rule_id, list(events), list(keys)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:40]
