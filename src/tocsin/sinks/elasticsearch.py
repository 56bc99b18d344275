"""Alerts into an Elasticsearch index, by its bulk interface.

A new alert is created under its id, so that one that is there already stays as it is. One that was
updated changes the fields that it has, and none that tell what people did: they may do that there.
So does a new one that has changed since it came: it may be there as it was at first, if we were
killed before we could note that.
The building blocks of a sequence are documents of their own, as Kibana has them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from sys import maxsize
from typing import Any

import orjson

from tocsin.alerts.unfolded import BLOCKS, WORKFLOW, unfolded
from tocsin.sinks.http import Poster
from tocsin.sinks.sink import Change, Outcome, RefusedError, UnreachableError
from tocsin.sinks.webhook import LATER

INDEX = ".alerts-security.alerts-default"
BYTES = 8 << 20
"""About how many bytes are sent at once."""

CREATE = b'{"create":'

CONFLICT = 409
"""A document to be created is there already; one to be updated was changed by another meanwhile."""

TOO_LARGE = 413


class Elasticsearch:
    """Writes alerts to an index.

    Parameters
    ----------
    poster
        Posts to the server's ``/_bulk``.
    index
        The index, alias or data stream.
    headers
        Who we are.
    """

    def __init__(
        self, poster: Poster, *, index: str = INDEX, headers: Mapping[str, str] | None = None
    ) -> None:
        self.batch = 500
        self._poster = poster
        self._index = index
        self._most = maxsize
        self._headers = {
            "Content-Type": "application/x-ndjson",
            "User-Agent": "tocsin",
            **(headers or {}),
        }

    def send(self, changes: Sequence[Change], now: int) -> Outcome:  # noqa: ARG002
        """Write alerts; each is taken or refused by itself."""
        refused: dict[int, tuple[Change, str]] = {}
        again: dict[int, tuple[Change, str]] = {}
        later: dict[int, tuple[Change, str]] = {}
        actions = [(change, action) for change in changes for action in self._actions(change)]
        for part in _parts(actions, min(BYTES, self._most)):
            for (change, lines), item in zip(part, self._bulk(part), strict=True):
                status = item.get("status")
                if not _is_taken(status, lines):
                    why = f"{self._poster.host} answered {status}: {_reason(item)}"
                    mend = not isinstance(status, int) or status >= 500 or status == CONFLICT
                    fate = later if status in LATER else again if mend else refused
                    fate[change.number] = change, why
        return Outcome(
            list(refused.values()),
            [each for number, each in again.items() if number not in refused],
            [each for number, each in later.items() if number not in {*refused, *again}],
        )

    def _actions(self, change: Change) -> Iterator[bytes]:
        """The lines that write each document of an alert; those of a sequence's blocks first."""
        alert = change.alert
        kind = "updated" if change.kind == "new" and change.changed else str(change.kind)
        if BLOCKS.encode() not in alert.document:
            yield self._action(kind, alert.id, alert.document)
            return
        for name, document in unfolded(alert.id, json.loads(alert.document), self._index):
            text = json.dumps(document, separators=(",", ":")).encode()
            yield self._action(kind, name, text)

    def _action(self, kind: str, document_id: str, document: bytes) -> bytes:
        """The lines that write one document."""
        name = {"_index": self._index, "_id": document_id}
        if kind == "new":
            return orjson.dumps({"create": name}) + b"\n" + document + b"\n"
        told = document if kind == "triaged" else _without_workflow(document)
        return (
            orjson.dumps({"update": name}) + b'\n{"doc":' + told + b',"upsert":' + document + b"}\n"
        )

    def _bulk(self, part: Sequence[tuple[Change, bytes]]) -> list[dict[str, Any]]:
        """Send lines; what became of each. What is too long at once is sent in halves."""
        body = b"".join(lines for _, lines in part)
        answer = self._poster.post(body, self._headers)
        host = self._poster.host
        if answer.status == TOO_LARGE:
            if len(part) == 1:
                return [{"status": TOO_LARGE, "error": "the request is too large"}]
            self._most = min(self._most, len(body) // 2)
            half = len(part) // 2
            return self._bulk(part[:half]) + self._bulk(part[half:])
        if answer.status in LATER:
            raise UnreachableError(f"{host} {answer.said}", answer.after)
        if answer.status != 200:
            raise RefusedError(f"{host} {answer.said}", answer.after)
        try:
            items = orjson.loads(answer.body)["items"]
            found = [next(iter(item.values())) for item in items]
            fits = len(found) == len(part) and all(isinstance(item, dict) for item in found)
        except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
            fits = False
        if not fits:
            raise RefusedError(f"{host} gave no answer of Elasticsearch's bulk interface")
        return found

    def close(self) -> None:
        """Close all connections."""
        self._poster.close()


def _is_taken(status: object, lines: bytes) -> bool:
    """Whether an answer says that a document is there as these lines write it."""
    if status == CONFLICT:
        return lines.startswith(CREATE)
    return isinstance(status, int) and status < 300


def _parts(actions: Sequence[tuple[Change, bytes]], most: int) -> list[list[tuple[Change, bytes]]]:
    """The actions of each request: up to so many bytes, or a single one that has more."""
    parts: list[list[tuple[Change, bytes]]] = [[]]
    size = 0
    for action in actions:
        if parts[-1] and size + len(action[1]) > most:
            parts.append([])
            size = 0
        parts[-1].append(action)
        size += len(action[1])
    return parts


def _without_workflow(document: bytes) -> bytes:
    """A document without the fields that tell what people did."""
    told: dict[str, Any] = json.loads(document)
    kept = {name: value for name, value in told.items() if not name.startswith(WORKFLOW)}
    return json.dumps(kept, separators=(",", ":")).encode()


def _reason(item: Mapping[str, Any]) -> str:
    error = item.get("error")
    if not isinstance(error, dict):
        return str(error)[:200]
    return f"{error.get('type')}: {error.get('reason')}"[:200]
