"""The answer to a bulk request: what became of each event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from tocsin.alerts.hashes import content_hashes
from tocsin.columns.content import content_hash
from tocsin.server.action import Action, Fault
from tocsin.server.bulk import Bulk
from tocsin.server.refusal import RefusedError
from tocsin.server.shown import Shown

MARK = "\x00id"
"""Stands for the id in an item that is written once for many events."""

_MARKED = orjson.dumps(MARK)


def bulk_answer(
    bulk: Bulk,
    positions: list[int],
    took: int,
    part: Shown | None,
    again: Fault | None = None,
    *,
    typed: bool = False,
) -> bytes:
    """The document as JSON.

    Parameters
    ----------
    took
        Milliseconds.
    part
        What the client asked for.
    again
        Why some events are to be sent again. The answer is an error then, and has the items all the
        same: some shippers look at nothing but its status, others at nothing but the items.
    typed
        Whether the client asks for the type of documents.
    """
    # In this order: Fluent Bit looks for `"errors":false,"items":[` in answers that it cuts off.
    head: dict[str, Any] = {"took": took, "errors": bool(bulk.faults)}
    if again is not None:
        head |= RefusedError(again.status, again.kind, again.reason).document()
    if part is not None:
        head = part.of({**head, "items": []})
        head.pop("items", None)
    items = _items(bulk, positions, part, typed=typed)
    text = orjson.dumps(head)
    if not items:
        return text
    return b'%s%s"items":[%s]}' % (text[:-1], b"," if head else b"", b",".join(items))


def item(
    action: Action, name: str, position: int, fault: Fault | None, *, typed: bool = False
) -> dict[str, Any]:
    """What became of one event."""
    named = {"_index": action.index, **({"_type": "_doc"} if typed else {}), "_id": name}
    if fault is not None:
        error = {"type": fault.kind, "reason": fault.reason}
        return {**named, "status": fault.status, "error": error}
    return {
        **named,
        "_version": 1,
        "result": "created",
        "_shards": {"total": 1, "successful": 1, "failed": 0},
        "_seq_no": position,
        "_primary_term": 1,
        "status": 201,
    }


def name_of(action: Action, line: bytes) -> str:
    """An event's id: the one it was given, else what it holds."""
    return action.id or content_hash(line)


def _items(bulk: Bulk, positions: list[int], part: Shown | None, *, typed: bool) -> list[bytes]:
    """The items as JSON; those of which nothing is shown are left out."""
    if part is not None and not bulk.faults and not _shows(part, bulk.actions.used):
        return []
    written: dict[tuple[str, str, int], tuple[bytes, bytes] | None] = {}
    items = []
    names: list[str] | None = None
    kinds = bulk.actions.kinds
    for row, number in enumerate(bulk.actions.of):
        action = kinds[number]
        fault = bulk.faults.get(row)
        if fault is not None:
            told = item(action, bulk.actions.ids[row], 0, fault, typed=typed)
            shown = _shown({action.verb: told}, part)
            items.append(orjson.dumps(shown))
            continue
        key = action.verb, action.index, positions[row]
        if key not in written:
            told = item(action, MARK, positions[row], None, typed=typed)
            written[key] = _cut(_shown({action.verb: told}, part))
        around = written[key]
        if around is None:
            continue
        before, behind = around
        if behind:
            names = _names(bulk) if names is None else names
            before = b"%s%s%s" % (before, orjson.dumps(names[row]), behind)
        items.append(before)
    return [text for text in items if text != b"{}"]


def _names(bulk: Bulk) -> list[str]:
    """The ids of all events that were taken, as `name_of`."""
    names = bulk.actions.ids.copy()
    unnamed = [row for row, name in enumerate(names) if not name and row not in bulk.faults]
    lines = list(bulk.lines) if unnamed else []
    digests = content_hashes([lines[row] for row in unnamed])
    for row, digest in zip(unnamed, digests, strict=True):
        names[row] = digest
    return names


def _shows(part: Shown, actions: Iterable[Action]) -> bool:
    """Whether anything is shown of events that were taken."""
    verbs = {action.verb for action in actions}
    taken = ({verb: item(Action(verb, "", ""), MARK, 0, None)} for verb in verbs)
    return any(_shown(each, part) for each in taken)


def _shown(document: dict[str, Any], part: Shown | None) -> dict[str, Any]:
    """What is asked for of an item."""
    if part is None:
        return document
    found: dict[str, Any] = part.of({"items": [document]})
    items = found.get("items") or [{}]
    shown: dict[str, Any] = items[0]
    return shown


def _cut(document: dict[str, Any]) -> tuple[bytes, bytes] | None:
    """The JSON before and behind the id; nothing behind if the id is not shown."""
    if not document:
        return None
    before, _, behind = orjson.dumps(document).partition(_MARKED)
    return before, behind
