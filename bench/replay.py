"""The live engine alone, in this process: a journal is written once and read again from its start.

    python -m bench.replay [--events N] [--runs N] [--keep FOLDER] [--profile FILE]

What `bench.live` measures of the engine's process, without the server, the client and their share
of the machine: CPU time of one thread, the same work each time. The journal has bulk bodies of a
thousand events with their numbers as ids, `RATE` a second by its clock. ``--keep``: where the journal
stays for the next time. Printed: CPU µs an event, all and in the store's commits, of each run; how
many alerts, and a hash of them, which stays as it is while alerts do.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import hashlib
import json
import tempfile
import time
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

from bench.data import ndjson
from bench.live import BATCH, KINDS, bodies_of
from bench.runs import RULES
from bench.worker import chosen

RATE = 40_000
"""Events a second, by the journal's clock."""

BEGIN = 1_790_000_000_000
"""When the first was accepted, ms since 1970: behind all times of these events."""

WARM = 10
"""Bodies before those that are measured."""


def journal_of(folder: Path, events: int) -> Path:
    """A journal of so many events, if it is not there yet."""
    from tocsin.journal.frame import Frame, Kind
    from tocsin.journal.journal import Journal
    from tocsin.journal.lines import Names, once
    from tocsin.server.bulk import read_bulk
    from tocsin.server.limits import Limits

    path = folder / f"journal-{events}"
    if path.exists():
        return path
    part = path.with_suffix(".part")
    with ndjson(1, "plain", events).open("rb") as file, Journal(part) as journal:
        lines = (line.rstrip(b"\n") for line in islice(file, events))
        for number, body in enumerate(bodies_of(lines)):
            bulk = read_bulk(body, "", Limits())
            names = Names(len(bulk.lines), once(bulk.actions.indexes), once(bulk.actions.ids))
            at = BEGIN + number * BATCH * 1000 // RATE
            journal.append(Frame(Kind.EVENTS, at, "bulk", bulk.lines, names))
    part.rename(path)
    return path


class Timed:
    """A store whose commits are timed."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.spent = 0.0
        self.position, self.snapshot = store.position, store.snapshot

    def commit(self, *given: Any) -> object:
        """Commit, and count the CPU seconds."""
        began = time.thread_time()
        done = self._store.commit(*given)
        self.spent += time.thread_time() - began
        return done


def replayed(compiled: Any, journal: Path, profile: cProfile.Profile | None) -> dict[str, Any]:
    """One engine from the beginning of a journal to its end."""
    from tocsin.journal.reader import JournalReader
    from tocsin.live.engine import Engine
    from tocsin.live.options import Options
    from tocsin.store.store import Store

    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(folder) as store,
        JournalReader(journal) as reader,
    ):
        reader.keep_from = lambda _: None
        timed = Timed(store)
        engine = Engine(reader, timed, compiled, Options(secret=1, execution="replay"))
        with profile or nullcontext():
            began = time.process_time()
            while engine.step():
                pass
            spent = time.process_time() - began
        counts = engine.counts
        events, alerts = counts.events, sum(counts.alerts.values()) + counts.building_block_alerts
        told = digest(store)
        engine.release()
    return {
        "us": round(1e6 * spent / events, 2),
        "commit_us": round(1e6 * timed.spent / events, 2),
        "commits": counts.commits,
        "snapshots": counts.snapshots,
        "events": events,
        "alerts": alerts,
        "told": told,
    }


def digest(store: Any) -> str:
    """A hash of all alerts as the store tells them."""
    found = hashlib.sha256()
    after = 0
    while changes := store.changes(after, 1_000):
        for change in sorted(changes, key=lambda each: each.number):
            found.update(repr(change).encode())
        after = changes[-1].number
    return found.hexdigest()[:16]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rules", default=RULES)
    asked.add_argument("--events", type=int, default=200_000)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--keep", type=Path)
    asked.add_argument("--profile", type=Path)
    given = asked.parse_args()

    from tocsin.engine.compiled import compile_rules

    with tempfile.TemporaryDirectory() as other:
        folder = given.keep or Path(other)
        warming = journal_of(folder, WARM * BATCH)
        journal = journal_of(folder, given.events)
        compiled = compile_rules(chosen([given.rules], ",".join(KINDS), None))
        gc.freeze()  # as the engine does
        replayed(compiled, warming, None)
        for _ in range(given.runs):
            profile = cProfile.Profile() if given.profile else None
            print(json.dumps(replayed(compiled, journal, profile)), flush=True)
            if profile is not None:
                profile.dump_stats(given.profile)


if __name__ == "__main__":
    main()
