"""A small corpus: some events sealed, some joined, some still in the journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from tocsin.corpus.questions import Questions
from tocsin.corpus.stored import Corpus
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper, Limits
from tocsin.store.store import Store

NOW = 1_785_585_600_000
"""2026-08-01T12:00:00Z"""


def told(at: int, **fields: Any) -> dict[str, Any]:
    """An event so many ms after `NOW`."""
    import datetime as dt

    moment = dt.datetime.fromtimestamp((NOW + at) / 1000, dt.UTC)
    return {"@timestamp": moment.isoformat(timespec="milliseconds"), **fields}


@contextmanager
def stored(folder: Path, *pieces: Sequence[dict[str, Any] | bytes]) -> Iterator[Questions]:
    """Questions to events: each piece but the last is sealed by itself."""
    with (
        Journal(folder / "journal") as journal,
        Store.open(folder / "alerts.db") as store,
    ):
        keeper = Keeper(journal, folder / "events", Limits(seal_after=0))
        for number, events in enumerate(pieces):
            lines = [one if isinstance(one, bytes) else orjson.dumps(one) for one in events]
            if lines:
                names = [("logs-x", f"{number}-{row}") for row in range(len(lines))]
                journal.append(Frame(Kind.EVENTS, NOW, "test", lines, names))
            if number + 1 < len(pieces):
                keeper.step(NOW)
                while keeper.step(NOW + 1):
                    pass
        yield Questions(Corpus(journal, keeper.archive, store), clock=lambda: 0.0)
