"""A small store to ask: sealed days, and events that are still in the journal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from tocsin.corpus.ask.readable import Readable
from tocsin.journal import disk
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper, Limits
from tocsin.journal.sealed.archive import Shelf

DAY = 86_400_000
NOON = 1_785_585_600_000  # 2026-08-01T12:00:00Z


def event(at: int, name: str, dataset: str = "endpoint.events.process", **more: Any) -> bytes:
    """An event of a process, at a time in ms since 1970."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 1000))
    document = {
        "@timestamp": f"{stamp}.{at % 1000:03d}Z",
        "data_stream": {"type": "logs", "dataset": dataset, "namespace": "default"},
        "event": {"category": ["process"], "type": ["start"]},
        "host": {"name": "web-1", "id": "h1"},
        "process": {"name": name, "pid": 7},
    }
    return orjson.dumps(document | more)


def three_days() -> tuple[list[bytes], list[bytes]]:
    """What is sealed, and what came after: each hour of three days `tick`, now and then `curl`."""
    sealed = []
    for hour in range(72):
        at = NOON - 3 * DAY + hour * 3_600_000
        sealed.append(event(at, "tick"))
        if hour % 10 == 0:
            sealed.append(event(at + 1, "curl", "system.auth", user={"name": f"u{hour}"}))
    return sealed, [event(NOON, "sh"), event(NOON + 1, "curl", user={"name": "late"})]


def stored(folder: Path, sealed: list[bytes], fresh: list[bytes]) -> None:
    """Store events as a live engine does."""
    with pytest.MonkeyPatch.context() as patch, Journal(folder / "journal") as journal:
        patch.setattr(disk, "sync", lambda file: None)
        patch.setattr(disk, "sync_folder", lambda folder: None)
        keeper = Keeper(journal, folder / "events", Limits(seal_after=0))
        if sealed:
            journal.append(Frame(Kind.EVENTS, NOON, "test", lines=sealed))
        journal.keep_from(journal.end)
        keeper.step(NOON)
        while keeper.step(NOON + 1):
            pass
        if fresh:
            journal.append(Frame(Kind.EVENTS, NOON + DAY, "test", lines=fresh))


@contextmanager
def readable(folder: Path) -> Iterator[Readable]:
    """Reads what is stored in a folder."""
    from tocsin.journal.reader import JournalReader

    with JournalReader(folder / "journal") as journal:
        yield Readable(Shelf(folder / "events"), journal)
