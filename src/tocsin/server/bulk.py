"""A bulk body: lines of actions, each with the line of its event.

    {"create": {"_index": "logs-system.auth-default"}}
    {"@timestamp": "2026-08-01T12:00:00Z", …}

Most action lines of a body are the same text, but for the id: each distinct one is parsed once.
Hits and raw audit events become the events that they stand for. Then all are judged together by the
scanner that the engine has. An event that is none is refused alone; an action line that cannot be
read spoils the body, since nobody knows where the next one stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import orjson

from tocsin.columns.cells import NO_TIME, FieldSet
from tocsin.columns.scan import scan
from tocsin.inputs.batch import padded
from tocsin.inputs.framing import PADDING
from tocsin.inputs.minify import minified
from tocsin.server.limits import Limits
from tocsin.server.recognising import audit_events, inner_events
from tocsin.server.refusal import bad_request

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

VERBS = ("index", "create", "update", "delete")
CHANGES = {"update", "delete"}
MOST_KNOWN = 1_000
"""Distinct action lines that are kept while a body is read."""

LONGEST_NAME = 255
LONGEST_ID = 512
"""Bytes of the name of an index, and of an id: what Elasticsearch takes."""

SHORTEST_FIELD = 4
"""Bytes that a field takes at least."""

NEWLINE = 0x0A
_ID = b'"_id":"'
_MARK = b"some id"
_PLAIN = re.compile(rb"[ !#-\[\]-~]{1,%d}" % LONGEST_ID).fullmatch
"""Ids that stand in JSON as they are, and that nothing is wrong with."""
_TWICE = re.compile(rb"_id|\\").search
"""What may make another string the id."""

NOTHING = FieldSet(())
UNTIMED = "neither @timestamp nor event.ingested holds a time"
NO_AUDIT = "no event of audit.k8s.io"


@dataclass(slots=True)
class Action:
    """What an action line says."""

    verb: str
    index: str
    id: str
    pipeline: str = ""


class Fault(NamedTuple):
    """Why one event is not taken."""

    status: int
    kind: str
    reason: str

    @property
    def passing(self) -> bool:
        """Whether it may be taken later."""
        return self.status in {429, 503}


@dataclass(slots=True)
class Bulk:
    """The events of a body, in order: what is to be done with each, its text, and what is wrong."""

    actions: list[Action] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
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
    lines = body.split(b"\n")
    bulk, rows = _paired(lines, index)
    if not rows:
        raise bad_request("no requests added", "action_request_validation_exception")
    ends = np.cumsum(np.fromiter(map(len, lines), np.int64, len(lines)) + 1) - 1
    _judge(bulk, body, ends, np.array(rows, np.int64), limits)
    return bulk


def _paired(lines: list[bytes], index: str) -> tuple[Bulk, list[int]]:
    """Actions with their events, and the lines where these stand, -1 for a ``delete``."""
    bulk = Bulk()
    rows: list[int] = []
    reader = _ActionReader(index)
    place, last = 0, len(lines) - 1
    while place < last:
        action, fault = reader.read(lines[place], place + 1)
        place += 1
        if action is None:
            continue
        if fault is not None:
            bulk.faults[len(rows)] = fault
        if action.verb == "delete":
            rows.append(-1)
            bulk.lines.append(b"")
        elif place < last:
            rows.append(place)
            bulk.lines.append(lines[place])
            place += 1
        else:
            raise bad_request(f"line {place}: the event of this action is missing")
        bulk.actions.append(action)
    return bulk, rows


_Read: TypeAlias = tuple[Action | None, Fault | None]


class _ActionReader:
    """Reads action lines; what stands around the id is parsed once."""

    def __init__(self, index: str) -> None:
        self._index = index
        self._known: dict[bytes, _Read] = {}
        self._around: dict[tuple[bytes, bytes], Action | None] = {}

    def read(self, line: bytes, number: int) -> _Read:
        """The action of a line, None if it is blank; and why it is refused."""
        known = self._known.get(line)
        if known is not None:
            return known
        before, there, rest = line.partition(_ID)
        name, _, behind = rest.partition(b'"')
        if there and _PLAIN(name) and not _TWICE(before + behind):
            around = before, behind
            if around in self._around:
                action = self._around[around]
            else:
                action = self._framed(before, behind, number)
            if action is not None:
                return Action(action.verb, action.index, name.decode(), action.pipeline), None
        return self._slowly(line, number)

    def _framed(self, before: bytes, behind: bytes, number: int) -> Action | None:
        """The sound action of all lines that differ in their ids only; None if there is none."""
        action, fault = self._parsed(b'%s%s%s"%s' % (before, _ID, _MARK, behind), number)
        whole = action is not None and action.id == _MARK.decode() and fault is None
        if len(self._around) < MOST_KNOWN:
            self._around[before, behind] = action if whole else None
        return action if whole else None

    def _slowly(self, line: bytes, number: int) -> _Read:
        found = self._parsed(line, number) if line.strip() else (None, None)
        if len(self._known) < MOST_KNOWN:
            self._known[line] = found
        return found

    def _parsed(self, line: bytes, number: int) -> _Read:
        action = _action(line, number, self._index)
        if action.verb in CHANGES:
            return action, _unchangeable(action.verb)
        return action, fault_of(action)


def read_one(body: bytes, action: Action, limits: Limits) -> Bulk:
    """The event that is the whole of a body, on one line or on several, judged."""
    if not body or body.isspace():
        raise bad_request("request body is required", "parse_exception")
    line = body.strip()
    bulk = Bulk([action], [minified(line)])
    if fault := fault_of(action):
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
    bulk = Bulk([Action("create", "", "")] * len(found), [line for line, _ in found])
    if found:
        _scan_lines(bulk, list(range(len(found))), limits)
    for row, (_, known) in enumerate(found):
        if not known:
            fault = Fault(400, "document_parsing_exception", NO_AUDIT)
            bulk.faults.setdefault(row, fault)
    return bulk


def _judge(bulk: Bulk, body: bytes, ends: Ints, rows: Ints, limits: Limits) -> None:
    """Note what is wrong with the events; ``ends`` of lines; the events', -1 without one."""
    data = np.frombuffer(body + bytes(PADDING), np.uint8)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
    wanted = np.flatnonzero(rows >= 0)
    if b"\r" in body:
        bulk.lines = [minified(line.strip()) for line in bulk.lines]
    _recognise_and_scan(bulk, data, starts[rows[wanted]], ends[rows[wanted]], wanted, limits)


def _recognise_and_scan(
    bulk: Bulk, data: Bytes, starts: Ints, ends: Ints, rows: Ints, limits: Limits
) -> None:
    """Put the events of hits and raw audit events in their places, and judge all as they are now.

    ``data[starts[i]:ends[i]]`` is the event of ``rows[i]``.
    """
    small = np.flatnonzero(ends - starts <= limits.event)
    inner = inner_events(data, starts[small], ends[small])
    changed: list[int] = []
    for place, event in inner.items():
        row = int(rows[small[place]])
        action = bulk.actions[row]
        named = replace(action, index=action.index or event.index, id=action.id or event.id)
        if fault := _fault_of_lengths(named):
            bulk.faults.setdefault(row, fault)
        bulk.actions[row] = named
        bulk.lines[row] = event.line
        changed.append(row)
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
        bulk.faults.setdefault(rows[place], Fault(413, "content_too_long_exception", text))
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


def _action(line: bytes, number: int, index: str) -> Action:
    """Parse an action line."""
    wrong = f"Malformed action/metadata line [{number}]"
    try:
        table = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"{wrong}: {error}") from None
    if not isinstance(table, dict) or len(table) != 1:
        raise bad_request(f"{wrong}, expected an object with one of {', '.join(VERBS)}")
    verb, given = next(iter(table.items()))
    if verb not in VERBS:
        raise bad_request(f"{wrong}, expected field {', '.join(VERBS)} but found [{verb[:100]}]")
    if not isinstance(given, dict):
        raise bad_request(f"{wrong}, expected an object behind [{verb}]")
    name, key = given.get("_index"), given.get("_id")
    return Action(
        verb,
        index if name is None else _text(name, "_index", wrong),
        "" if key is None else _text(key, "_id", wrong),
        str(given.get("pipeline") or ""),
    )


def _text(value: object, key: str, wrong: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise bad_request(f"{wrong}, {key} is a string")


def _unchangeable(verb: str) -> Fault:
    return Fault(400, "illegal_argument_exception", f"events are never changed: no {verb}")


def fault_of(action: Action) -> Fault | None:
    """What is wrong with the names in an action."""
    if len(action.id.encode()) > LONGEST_ID:
        reason = f"id is too long, must be no longer than {LONGEST_ID} bytes"
        return Fault(400, "illegal_argument_exception", reason)
    return _fault_of_index(action.index)


def _fault_of_lengths(action: Action) -> Fault | None:
    """As `fault_of`, but a hit's index may be called whatever a cluster calls it."""
    if len(action.index.encode()) > LONGEST_NAME:
        return _fault_of_index(action.index)
    return fault_of(replace(action, index=""))


@lru_cache(1_024)
def _fault_of_index(name: str) -> Fault | None:
    """Names that Elasticsearch does not take are not taken here either; none at all is fine."""
    wrong = ""
    if set(name) & set('\\/*?"<>| ,#:') or not name.isprintable():
        wrong = 'must not contain white space, control characters or any of \\/*?"<>|,#:'
    elif name.lower() != name:
        wrong = "must be lowercase"
    elif name[:1] in {"_", "-", "+"} or name in {".", ".."}:
        wrong = "must not start with '_', '-' or '+', nor be . or .."
    elif len(name.encode()) > LONGEST_NAME:
        wrong = f"is longer than {LONGEST_NAME} bytes"
    if not wrong:
        return None
    return Fault(400, "invalid_index_name_exception", f"Invalid index name [{name[:300]}], {wrong}")
