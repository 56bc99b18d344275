"""The engine over a journal on disk and a store in SQLite."""

from __future__ import annotations

import random

import orjson
import pytest
from doubles import events_frame
from watched import ALL, FAR, compiled_of, disordered, plain, random_events, scanned

from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.reader import JournalReader
from tocsin.live.engine import Engine
from tocsin.live.options import Options
from tocsin.store.store import Store


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_on_disk_is_found_across_restarts(tmp_path, seed):
    chance = random.Random(seed)
    events = disordered(chance, random_events(chance, 120, 300), 30_000)
    compiled = compiled_of(ALL)
    options = Options(rows=20, snapshot_bytes=4_000)
    with Journal(tmp_path / "journal", segment_bytes=8_000) as journal:
        for begin in range(0, len(events), 7):
            lines = [orjson.dumps(one) for one in events[begin : begin + 7]]
            journal.append(events_frame(lines, FAR))
            if chance.random() < 0.4:
                with (
                    Store.open(tmp_path / "alerts.db") as store,
                    JournalReader(tmp_path / "journal") as reader,
                ):
                    engine = Engine(reader, store, compiled, options)
                    for _ in range(chance.randint(1, 4)):
                        engine.step()
                    engine.release()
        journal.append(Frame(Kind.MARK, FAR, mark=FAR))
        with Store.open(tmp_path / "alerts.db") as store:
            engine = Engine(journal, store, compiled, options)
            engine.run(lambda: engine.position == journal.end)
            found = {
                change.alert.id: plain(orjson.loads(change.alert.document))
                for change in store.changes(0, 100_000)
            }
            assert store.position() == journal.end
    assert found == scanned(events, ALL)
    assert engine.counts.lost == 0
