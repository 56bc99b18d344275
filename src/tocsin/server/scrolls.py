"""Scrolls: a large result, kept on disk while a client takes it page by page."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import orjson

from tocsin.inputs.source import Events
from tocsin.inputs.spool import Records
from tocsin.rules.timing import TimingError, interval
from tocsin.server.hits import hit
from tocsin.server.refusal import RefusedError, bad_request
from tocsin.server.search import Asked, found_rows
from tocsin.server.sorting import in_order, told_keys

MOST_SCROLLS = 32
MOST_ROWS = 1_000_000
LONGEST = 3_600.0
"""Scrolls at a time, documents of one, and seconds that it waits for its next page."""


@dataclass(slots=True)
class _Scroll:
    """Documents in order, by their numbers in ``records``, and how many of them were taken."""

    order: list[int]
    keys: list[tuple[Any, ...]]
    records: Records
    asked: Asked
    size: int
    until: float
    taken: int = 0

    def page(self) -> list[dict[str, Any]]:
        """The next hits."""
        numbers = self.order[self.taken : self.taken + self.size]
        self.taken += len(numbers)
        return [self._hit(number) for number in numbers]

    def _hit(self, number: int) -> dict[str, Any]:
        names, _, content = self.records[number].partition(b"\n")
        home, name = orjson.loads(names)
        keys = told_keys(self.keys[number], self.asked.sort)
        return hit(orjson.loads(content), home, name, self.asked.shown, keys)


class Scrolls:
    """The scrolls that are open; any thread may ask. ``clock``: seconds, never going back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._open: dict[str, _Scroll] = {}

    def begin(
        self,
        source: Events,
        patterns: Sequence[str],
        asked: Asked,
        alive: str,
        told: Callable[[], None],
    ) -> dict[str, Any]:
        """Search, and give the first page. Raises RefusedError if too much is open."""
        seconds = _seconds(alive)
        self._forget()
        records = Records()
        keys: list[tuple[Any, ...]] = []
        for rows in found_rows(source, patterns, asked, told):
            for row in rows:
                keys.append(row.keys)
                records.add(orjson.dumps([row.home, row.name]) + b"\n" + row.content)
            if len(keys) > MOST_ROWS:
                raise bad_request(f"a scroll has at most {MOST_ROWS:,} documents")
        scroll = _Scroll(
            in_order(keys, asked.sort),
            keys,
            records,
            asked,
            max(asked.size, 1),
            self._clock() + seconds,
        )
        name = secrets.token_urlsafe(16)
        with self._lock:
            if len(self._open) >= MOST_SCROLLS:
                raise RefusedError(429, "es_rejected_execution_exception", "too many open scrolls")
            self._open[name] = scroll
            return self._told(name, scroll)

    def go_on(self, name: str, alive: str) -> dict[str, Any]:
        """The next page; an empty one at the end. Raises RefusedError (404) for none of ours."""
        seconds = _seconds(alive)
        self._forget()
        with self._lock:
            scroll = self._open.get(name)
            if scroll is None:
                reason = f"No search context found for id [{name[:100]}]"
                raise RefusedError(404, "search_context_missing_exception", reason)
            scroll.until = self._clock() + seconds
            return self._told(name, scroll)

    def end(self, names: Sequence[str]) -> int:
        """Forget scrolls (``_all``: every one); how many there were."""
        with self._lock:
            wanted = list(self._open) if "_all" in names else names
            return sum(self._open.pop(name, None) is not None for name in wanted)

    def _forget(self) -> None:
        now = self._clock()
        with self._lock:
            for name in [name for name, scroll in self._open.items() if scroll.until < now]:
                del self._open[name]

    def _told(self, name: str, scroll: _Scroll) -> dict[str, Any]:
        total = {"value": len(scroll.order), "relation": "eq"}
        return {
            "_scroll_id": name,
            "timed_out": False,
            "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
            "hits": {"total": total, "max_score": None, "hits": scroll.page()},
        }


def _seconds(alive: str) -> float:
    try:
        return min(interval(alive) / 1000, LONGEST)
    except TimingError as error:
        raise bad_request(f"[scroll]: {error}") from None
