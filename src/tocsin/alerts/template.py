"""Alerts of one event each, joined from ready pieces: the common case, a few µs an alert."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import orjson

from tocsin.alerts.finding import Excerpt, Finding
from tocsin.alerts.iso import iso
from tocsin.alerts.kept import Kept
from tocsin.alerts.overrides import Rating
from tocsin.alerts.reasons import WHY

_OPTIONS = orjson.OPT_NON_STR_KEYS


class Template(NamedTuple):
    """What is the same in all alerts of a rule whose events have the same values."""

    stream: bytes
    """The name of the event's data stream, JSON; empty if it says that the event is an alert."""
    same: bytes
    """The sentence's end, as it stands within a JSON string, and members of the document."""
    why: bytes
    """The member with the clauses that held."""
    rule: bytes
    """The members that tell of the rule, and the closing brace."""
    rating: Rating


class Templates:
    """Keeps templates and fills them.

    Parameters
    ----------
    make
        The template for a rule's number and the values of an `Excerpt`.
    """

    def __init__(self, make: Callable[[int, bytes], Template]) -> None:
        self._make = make
        self._kept: Kept[Template] = Kept()

    def of(self, rule: int, values: bytes) -> Template:
        """The template of a rule for the values of an event."""
        return self._kept.get((rule, values)) or self._new(rule, values)

    def line(self, finding: Finding, excerpt: Excerpt) -> bytes | None:
        """The alert as a line of JSON, without the line's end; None if that takes more."""
        values, body = excerpt
        number, alert_id, at, (event,), _, extra, _ = finding
        template = self._kept.get((number, values)) or self._new(number, values)
        stream, same, why, rule, _ = template
        if event is None or not stream:
            return None
        name, index_name, event_time, stage, _, _, _ = event
        index = orjson.dumps(index_name) if index_name else stream
        name_json = orjson.dumps(name)
        time = iso(event_time).encode()
        pieces = (
            b'{"@timestamp":"',
            time if at == event_time else iso(at).encode(),
            b'","kibana.alert.uuid":"',
            alert_id.encode(),
            b'","kibana.alert.original_time":"',
            time,
            b'","kibana.alert.ancestors":[{"id":',
            name_json,
            b',"type":"event","index":',
            index,
            b',"depth":0}],"tocsin.events":[{"id":',
            name_json,
            b',"index":',
            index,
            b',"timestamp":"',
            time,
            b'","stage":',
            b"%d" % stage if stage else b"0",
            b"}],",
            orjson.dumps(extra, option=_OPTIONS)[1:-1] + b"," if extra else b"",
            body,
            same,
            why if not extra or WHY not in extra else b"",
            rule,
        )
        return b"".join(pieces)

    def _new(self, rule: int, values: bytes) -> Template:
        made = self._make(rule, values)
        self._kept.keep((rule, values), made, len(made.same) + len(made.why))
        return made
