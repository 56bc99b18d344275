"""Alerts into an Elasticsearch index, by its bulk interface.

A new alert is created under its id, so that one that is there already stays as it is. One that was
updated changes the fields that it has, and none that tell what people did: they may do that there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tocsin.sinks.http import Poster
from tocsin.sinks.sink import Change, Outcome, RefusedError, UnreachableError
from tocsin.sinks.webhook import LATER

INDEX = ".alerts-security.alerts-default"
BYTES = 8 << 20
"""About how many bytes are sent at once."""

WORKFLOW = "kibana.alert.workflow_"
EXISTS = 409


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
        self._headers = {
            "Content-Type": "application/x-ndjson",
            "User-Agent": "tocsin",
            **(headers or {}),
        }

    def send(self, changes: Sequence[Change], now: int) -> Outcome:  # noqa: ARG002
        """Write alerts; each is taken or refused by itself."""
        refused: list[tuple[Change, str]] = []
        again: list[tuple[Change, str]] = []
        for part in _parts([(change, self._action(change)) for change in changes]):
            for (change, _), item in zip(part, self._bulk(part), strict=True):
                status = item.get("status")
                if not isinstance(status, int) or (status >= 300 and status != EXISTS):
                    why = f"{self._poster.host} answered {status}: {_reason(item)}"
                    is_later = status in LATER or not isinstance(status, int) or status >= 500
                    (again if is_later else refused).append((change, why))
        return Outcome(refused, again)

    def _action(self, change: Change) -> bytes:
        """The lines that write one alert."""
        name = {"_index": self._index, "_id": change.alert.id}
        if str(change.kind) == "new":
            return orjson.dumps({"create": name}) + b"\n" + change.alert.document + b"\n"
        document = change.alert.document
        if str(change.kind) != "triaged":
            document = _without_workflow(document)
        return (
            orjson.dumps({"update": name})
            + b'\n{"doc":'
            + document
            + b',"upsert":'
            + change.alert.document
            + b"}\n"
        )

    def _bulk(self, part: Sequence[tuple[Change, bytes]]) -> list[dict[str, Any]]:
        """Send lines; what became of each."""
        answer = self._poster.post(b"".join(lines for _, lines in part), self._headers)
        host = self._poster.host
        if answer.status in LATER:
            raise UnreachableError(f"{host} {answer.said}", answer.after)
        if answer.status != 200:
            raise RefusedError(f"{host} {answer.said}")
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


def _parts(actions: Sequence[tuple[Change, bytes]]) -> list[list[tuple[Change, bytes]]]:
    parts: list[list[tuple[Change, bytes]]] = [[]]
    size = 0
    for action in actions:
        if parts[-1] and size + len(action[1]) > BYTES:
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
