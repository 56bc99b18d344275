"""A bulk body: lines of actions, each with the line of its event.

    {"create": {"_index": "logs-system.auth-default"}}
    {"@timestamp": "2026-08-01T12:00:00Z", …}

Hits and raw audit events become the events that they stand for. Then all are judged together by the
scanner that the engine has. An event that is none is refused alone; an action line that cannot be
read spoils the body, since nobody knows where the next one stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from tocsin.columns.cells import NO_TIME, FieldSet
from tocsin.columns.problem import UNTIMED
from tocsin.columns.scan import scan
from tocsin.inputs.batch import BYTES, buffer, padded
from tocsin.inputs.framing import PADDING
from tocsin.inputs.minify import minified
from tocsin.journal.lines import Lines
from tocsin.journal.newlines import found as line_breaks
from tocsin.server.action import Action, Actions, Fault, fault_of_lengths, fault_of_names
from tocsin.server.limits import Limits
from tocsin.server.pairing import paired
from tocsin.server.recognising import audit_events, inner_events
from tocsin.server.refusal import bad_request

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

SHORTEST_FIELD = 4
"""Bytes that a field takes at least."""

NEWLINE = 0x0A
NOTHING = FieldSet(())
NO_AUDIT = "no event of audit.k8s.io"


@dataclass(slots=True)
class Bulk:
    """The events of a body, in order: what is to be done with each, its text, and what is wrong."""

    actions: Actions = field(default_factory=Actions)
    lines: Sequence[bytes] = ()
    faults: dict[int, Fault] = field(default_factory=dict)

    def refuse(self, fault: Fault) -> None:
        """Take none of the events that nothing else is wrong with."""
        self.faults = {**dict.fromkeys(range(len(self.actions)), fault), **self.faults}


def read_bulk(body: bytes, index: str, limits: Limits) -> Bulk:
    """Split a bulk body and judge its events.

    Parameters
    ----------
    index
        The name of the index for actions that have none.
    limits
        How large an event may be.

    Raises
    ------
    RefusedError
        The body as a whole cannot be used.
    """
    if not body or body.isspace():
        raise bad_request("request body is required", "parse_exception")
    if body[-1] != NEWLINE:
        raise bad_request("The bulk request must be terminated by a newline [\\n]")
    data = _padded(body)
    breaks = _breaks(data, len(body))
    actions, rows, faults = paired(data, breaks, index)
    if not len(actions):
        raise bad_request("no requests added", "action_request_validation_exception")
    there = rows >= 0
    ends = np.where(there, breaks[rows], 0)
    starts = np.where(there, breaks[np.maximum(rows, 1) - 1] + 1, 0)
    bulk = Bulk(actions, Lines(data, starts, ends), faults)
    if b"\r" in body:
        bulk.lines = [minified(line.strip()) for line in bulk.lines]
    wanted = np.flatnonzero(there)
    _recognise_and_scan(bulk, data, starts[wanted], ends[wanted], wanted, limits)
    return bulk


def _breaks(data: Bytes, size: int) -> Ints:
    """Where the line breaks of ``data[:size]`` stand; most lines are long."""
    room = size // 128 + 16
    while (count := line_breaks(data, size, places := np.empty(room, np.int64))) == room:
        room *= 8
    return places[:count]


def _padded(body: bytes) -> Bytes:
    """A body with the bytes behind it that kernels may read; not large, in memory used again."""
    size = len(body) + PADDING
    data = buffer(size) if size < BYTES else np.empty(size, np.uint8)
    data[: len(body)] = np.frombuffer(body, np.uint8)
    data[len(body) :] = 0
    return data


def read_one(body: bytes, action: Action, limits: Limits) -> Bulk:
    """The event that is the whole of a body, on one line or on several, judged."""
    if not body or body.isspace():
        raise bad_request("request body is required", "parse_exception")
    line = body.strip()
    bulk = Bulk(_same(action, 1), [minified(line)])
    if fault := fault_of_names(action):
        bulk.faults[0] = fault
    data = np.frombuffer(line + bytes(PADDING), np.uint8)
    _recognise_and_scan(
        bulk, data, np.zeros(1, np.int64), np.array([len(line)], np.int64), np.zeros(1, int), limits
    )
    return bulk


def read_audit(body: bytes, limits: Limits) -> Bulk:
    """The events that a Kubernetes API server posts, as a scan of them has them, judged.

    They have neither index nor id: what they hold says what they are.

    Raises RefusedError if the body is no list of audit events, nor one of them.
    """
    found = audit_events(body, limits.event)
    bulk = Bulk(_same(Action("create", "", ""), len(found)), [line for line, _ in found])
    if found:
        _scan_lines(bulk, list(range(len(found))), limits)
    for row, (_, known) in enumerate(found):
        if not known:
            fault = Fault(400, "document_parsing_exception", NO_AUDIT)
            bulk.faults.setdefault(row, fault)
    return bulk


def _same(action: Action, count: int) -> Actions:
    return Actions([action], [0] * count, [action.id] * count)


def _recognise_and_scan(
    bulk: Bulk, data: Bytes, starts: Ints, ends: Ints, rows: Ints, limits: Limits
) -> None:
    """Put the events of hits and raw audit events in their places, and judge all as they are now.

    ``data[starts[i]:ends[i]]`` is the event of ``rows[i]``.
    """
    small = np.flatnonzero(ends - starts <= limits.event)
    inner = inner_events(data, starts[small], ends[small])
    changed: list[int] = []
    lines = list(bulk.lines) if inner else []
    for place, event in inner.items():
        row = int(rows[small[place]])
        action = bulk.actions[row]
        named = replace(action, index=action.index or event.index, id=action.id or event.id)
        if fault := fault_of_lengths(named):
            bulk.faults.setdefault(row, fault)
        bulk.actions.change(row, named)
        lines[row] = event.line
        changed.append(row)
    if inner:
        bulk.lines = lines
    kept = np.ones(len(rows), np.bool_)
    kept[small[list(inner)]] = False
    _scan(bulk, data, starts[kept], ends[kept], rows[kept].tolist(), limits)
    if changed:
        _scan_lines(bulk, changed, limits)


def _scan_lines(bulk: Bulk, rows: list[int], limits: Limits) -> None:
    """Judge events by their lines."""
    lines = [bulk.lines[row] for row in rows]
    ends = np.cumsum([len(line) for line in lines], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    _scan(bulk, padded(lines), starts, ends, rows, limits)


def _scan(
    bulk: Bulk, data: Bytes, starts: Ints, ends: Ints, rows: list[int], limits: Limits
) -> None:
    """Let the scanner judge events: ``data[starts[i]:ends[i]]`` is that of ``rows[i]``."""
    lengths = ends - starts
    small = lengths <= limits.event
    for place in np.flatnonzero(~small).tolist():
        text = f"an event has at most {limits.event:,} bytes"
        # Not 413: whatever is not 400, 404 or 409 Logstash sends again for ever.
        bulk.faults.setdefault(rows[place], Fault(400, "content_too_long_exception", text))
    kept = np.flatnonzero(small)
    cells = scan(data, starts[kept], ends[kept], NOTHING)
    for found, reason in cells.rejected.items():
        fault = Fault(400, "document_parsing_exception", reason)
        bulk.faults.setdefault(rows[int(kept[found])], fault)
    for found in np.flatnonzero(lengths[kept] > SHORTEST_FIELD * limits.fields).tolist():
        place = int(kept[found])
        if _keys(data[starts[place] : ends[place]].tobytes(), limits.fields) > limits.fields:
            text = f"an event has at most {limits.fields:,} fields"
            bulk.faults.setdefault(rows[place], Fault(400, "document_parsing_exception", text))
    for found in np.flatnonzero(cells.time == NO_TIME).tolist():
        fault = Fault(400, "document_parsing_exception", UNTIMED)
        bulk.faults.setdefault(rows[int(kept[found])], fault)


def _keys(event: bytes, most: int) -> int:
    """How many keys all objects of an event have together, if that may be more than ``most``."""
    if event.count(b":") <= most:
        return 0
    try:
        pending: list[Any] = [orjson.loads(event)]
    except orjson.JSONDecodeError:  # the scanner has said why
        return 0
    count = 0
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            count += len(node)
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
    return count
