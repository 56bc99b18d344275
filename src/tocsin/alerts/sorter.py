"""Put findings in order, alerts by (time, rule id, alert id), in bounded memory.

What does not fit waits in sorted runs in a temporary file that only its owner can open and that is
gone when the sorter is.
"""

from __future__ import annotations

import heapq
import pickle
import tempfile
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import IO, Any, TypeAlias

from tocsin.alerts.finding import Finding, SourceEvent

_Key: TypeAlias = tuple[Any, ...]
_CHUNK = 64

_key: Callable[[tuple[_Key, Finding]], _Key] = itemgetter(0)
_finding: Callable[[tuple[_Key, Finding]], Finding] = itemgetter(1)


class Sorter:
    """Takes findings in any order; iterating gives them in theirs, once.

    Parameters
    ----------
    limit
        How many bytes of event content may wait in memory.
    """

    def __init__(self, limit: int = 12 << 20) -> None:
        self._limit = limit
        self._held = 0
        self._waiting: list[tuple[_Key, Finding]] = []
        self._file: IO[bytes] | None = None
        self._runs: list[list[int]] = []

    def close(self) -> None:
        """Forget everything."""
        self._waiting = []
        if self._file is not None:
            self._file.close()
            self._file = None

    def add_alert(self, rule_id: str, finding: Finding) -> None:
        """Take a finding of the rule with this id, to be ordered as alerts are."""
        self.add((finding.time, rule_id, finding.alert_id), finding)

    def add(self, key: tuple[Any, ...], finding: Finding) -> None:
        """Take a finding that stands where its key sorts; equal keys keep their order."""
        self._waiting.append((key, finding))
        self._held += 400
        for event in finding.events:
            if event is not None:
                self._held += 200 + len(event.content)
        if self._held > self._limit:
            self._write_run()

    def __iter__(self) -> Iterator[Finding]:
        self._waiting.sort(key=_key)
        if not self._runs:
            return map(_finding, self._waiting)
        runs: list[Iterator[tuple[_Key, Finding]]] = [self._read_run(run) for run in self._runs]
        runs.append(iter(self._waiting))
        return map(_finding, heapq.merge(*runs, key=_key))

    def _write_run(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="tocsin-")  # noqa: SIM115 - kept open
        self._waiting.sort(key=_key)
        self._file.seek(0, 2)
        places = []
        for start in range(0, len(self._waiting), _CHUNK):
            places.append(self._file.tell())
            rows = [_plain(entry) for entry in self._waiting[start : start + _CHUNK]]
            pickle.dump(rows, self._file, protocol=5)
        self._runs.append(places)
        self._waiting = []
        self._held = 0

    def _read_run(self, places: list[int]) -> Iterator[tuple[_Key, Finding]]:
        for place in places:
            if self._file is None:
                return
            self._file.seek(place)
            yield from map(_whole, pickle.load(self._file))  # noqa: S301 - our own private file


def _plain(entry: tuple[_Key, Finding]) -> tuple[Any, ...]:
    key, finding = entry
    events = tuple(None if event is None else tuple(event) for event in finding.events)
    extra = dict(finding.extra)
    return key, finding.rule, finding.alert_id, finding.time, events, finding.keys, extra


def _whole(row: tuple[Any, ...]) -> tuple[_Key, Finding]:
    key, rule, alert_id, time, events, keys, extra = row
    rebuilt = tuple(None if event is None else SourceEvent(*event) for event in events)
    return key, Finding(rule, alert_id, time, rebuilt, keys, extra)
