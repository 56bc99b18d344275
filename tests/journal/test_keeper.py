"""A keeper seals, joins and removes; interrupted anywhere, each event stays in Parquet once."""

import errno
import logging
import os
import time
from collections import Counter
from pathlib import Path
from threading import Event, Thread

import orjson
import pyarrow.parquet as pq
import pytest
from making import events, lines, segments

from tocsin.columns.cells import FieldSet
from tocsin.inputs.source import read
from tocsin.journal import disk, keeper
from tocsin.journal.frame import Kind
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper, Limits
from tocsin.journal.sealed import compact
from tocsin.journal.sealed.archive import Archive

logging.getLogger("tocsin.journal").setLevel(logging.CRITICAL)
pytestmark = pytest.mark.usefixtures("unsynced")

DAY = 86_400_000


def event(n, dataset="a"):
    text = (
        f'{{"@timestamp":"2026-08-01T10:00:00.{n:03d}Z","event":{{"dataset":"{dataset}"}},"n":{n}}}'
    )
    return text.encode()


def numbers(folder):
    """How often each event stands in Parquet."""
    found = read(folder / "events").batches(FieldSet(()))
    return Counter(
        orjson.loads(batch.event(row))["n"] for batch in found for row in range(len(batch))
    )


def once(count):
    return Counter(range(count))


def work(keeper, now=0):
    while keeper.step(now):
        pass


FOREVER = Limits(seal_after=1 << 60)


def filled(folder, count, **more):
    """A journal with a segment to each event but the last, which stands in an open one."""
    journal = Journal(folder / "journal", segment_bytes=100, **more)
    for n in range(count):
        journal.append(events(event(n, "ab"[n % 2]), accepted=n))
    return journal


def test_segments_are_sealed_and_go_when_nobody_needs_them(tmp_path):
    with filled(tmp_path, 6) as journal:
        kept = Keeper(journal, tmp_path / "events", FOREVER)
        work(kept)
        assert numbers(tmp_path) == once(5)
        assert (kept.counts.sealed, kept.counts.events, kept.counts.dropped) == (5, 5, 0)
        assert len(lines(journal)) == 6
        second = journal.segments.all()[1]
        journal.keep_from(second.next - 1)
        work(kept)
        assert journal.begin == second.first
        assert kept.counts.dropped == 1
        journal.keep_from(journal.end)
        work(kept)
        assert lines(journal) == [event(5, "b")]
        assert len(segments(journal.folder)) == 1
        assert not list(journal.folder.glob("*.sealed"))
        assert kept.counts.failed == 0
        assert not kept.step(0)


def test_some_segments_wait_while_the_engine_is_behind(tmp_path):
    late = True
    with filled(tmp_path, keeper.PATIENCE + 3) as journal:
        kept = Keeper(journal, tmp_path / "events", FOREVER, lambda: late)
        work(kept)
        assert numbers(tmp_path) == once(2)
        assert not kept.step(0)
        late = False
        work(kept)
        assert numbers(tmp_path) == once(keeper.PATIENCE + 2)


def test_nothing_is_removed_before_anybody_said_what_is_needed(tmp_path):
    with filled(tmp_path, 3) as journal:
        work(Keeper(journal, tmp_path / "events", FOREVER))
        assert journal.begin == 0


def test_a_segment_that_is_old_is_closed(tmp_path):
    with Journal(tmp_path / "journal") as journal:
        kept = Keeper(journal, tmp_path / "events", Limits(seal_after=1000))
        for now in (0, 5000, 10_000):
            work(kept, now)
        assert len(segments(journal.folder)) == 1
        journal.append(events(event(0)))
        work(kept, 20_000)
        work(kept, 20_999)
        assert not numbers(tmp_path)
        work(kept, 21_000)
        assert numbers(tmp_path) == once(1)
        work(kept, 90_000)
        assert len(segments(journal.folder)) == 2


def test_small_files_are_joined(tmp_path):
    count = 2 * compact.MANY + 5
    with filled(tmp_path, count) as journal:
        kept = Keeper(journal, tmp_path / "events", FOREVER)
        work(kept, 1000)
        assert numbers(tmp_path) == once(count - 1)
        assert kept.counts.joined == count - 1
        # A file that was joined is a neighbour of those that come later.
        for n in range(count, count + 4):
            journal.append(events(event(n, "ab"[n % 2]), accepted=n))
        work(kept, 2000)
        assert kept.counts.joined == count - 1
        assert len(list(Archive(tmp_path / "events").files())) == 6
        count += 4
        work(kept, 2 * DAY)
        files = list(Archive(tmp_path / "events").files())
        assert [file.path.parent.name for file in files] == ["dataset=a", "dataset=b"]
        assert numbers(tmp_path) == once(count - 1)
        for file in files:
            found = pq.read_table(file.path, partitioning=None).to_pylist()
            assert [row["_place"] for row in found] == sorted(row["_place"] for row in found)
            assert file.first <= found[0]["_place"] < found[-1]["_place"] < file.end
            assert file.accepted == orjson.loads(found[-1]["_source"])["n"]


def test_the_files_are_looked_through_now_and_then_while_segments_wait(tmp_path, monkeypatch):
    looks = []
    monkeypatch.setattr(Archive, "files", lambda archive: looks.append(1) or iter(()))
    with filled(tmp_path, 8) as journal:
        kept = Keeper(journal, tmp_path / "events", FOREVER)
        for step in range(5):
            assert kept.step(step)
        # One to learn where it stands, one to tidy.
        assert len(looks) == 2
        assert kept.step(keeper.PAUSE)
        assert len(looks) == 3
        work(kept, keeper.PAUSE)
        assert len(looks) == 4
        work(kept, keeper.PAUSE + 1)
        assert len(looks) == 4


def test_files_with_other_columns_are_joined(tmp_path):
    with Journal(tmp_path / "journal") as journal:
        for n in range(3):
            more = ('"process":{"pid":%d}', '"host":{"ip":["::%d"]}', '"user":{"name":"%d"}')[n] % n
            text = f'{{"@timestamp":"2026-08-01","event":{{"dataset":"a"}},"n":{n},{more}}}'
            journal.append(events(text.encode()))
            journal.turn()
        work(Keeper(journal, tmp_path / "events", FOREVER), 2 * DAY)
    (path,) = (tmp_path / "events").glob("**/*.parquet")
    rows = pq.read_table(path, partitioning=None).to_pylist()
    assert [(row["process.pid"], row["host.ip"], row["user.name"]) for row in rows] == [
        (0, None, None),
        (None, ["::1"], None),
        (None, None, "2"),
    ]


def test_a_damaged_file_is_left_alone_and_told(tmp_path):
    with filled(tmp_path, 8) as journal:
        kept = Keeper(journal, tmp_path / "events", FOREVER)
        work(kept)
        first = next(Archive(tmp_path / "events").files())
        first.path.write_bytes(b"PAR1 damaged")
        work(kept, 2 * DAY)
        work(kept, 2 * DAY)
        assert kept.counts.failed == 1
        assert first.path.exists()
        work(kept, 3 * DAY)
        assert kept.counts.joined == 3


def test_events_go_when_they_are_old(tmp_path):
    with filled(tmp_path, 11) as journal:
        kept = Keeper(journal, tmp_path / "events", Limits(days=1, seal_after=1 << 60))
        work(kept)
        work(kept, DAY + 4)
        assert numbers(tmp_path) == Counter(range(4, 10))
        assert kept.counts.removed == 4
        work(kept, 3 * DAY)
        assert not numbers(tmp_path)
        assert not list((tmp_path / "events").iterdir())
        assert len(lines(journal)) == 11


def test_the_oldest_events_go_when_there_are_too_many(tmp_path):
    with filled(tmp_path, 11) as journal:
        work(Keeper(journal, tmp_path / "events", FOREVER))
        sizes = [
            file.bytes
            for file in sorted(Archive(tmp_path / "events").files(), key=lambda f: f.first)
        ]
        kept = Keeper(journal, tmp_path / "events", Limits(most_bytes=sum(sizes[-3:])))
        work(kept)
        assert numbers(tmp_path) == Counter(range(7, 10))
        assert kept.counts.removed_bytes == sum(sizes[:-3])


CALLS = [
    (Path, "replace"),
    (Path, "unlink"),
    (Path, "mkdir"),
    (disk, "sync"),
    (disk, "sync_folder"),
    (disk, "create"),
    (os, "open"),
]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("error", [Killed, OSError(errno.ENOSPC, "No space left on device")])
def test_an_interruption_at_any_step_loses_and_doubles_nothing(tmp_path, monkeypatch, error):
    monkeypatch.setattr(compact, "MANY", 2)
    count = 6
    stop = 0
    while True:
        folder = tmp_path / str(stop)
        left = [stop]
        with filled(folder, count) as journal:
            journal.keep_from(journal.end)
            with monkeypatch.context() as patch:
                for owner, name in CALLS:
                    patch.setattr(owner, name, failing(getattr(owner, name), left, error))
                try:
                    work(Keeper(journal, folder / "events", FOREVER), 1000)
                except Killed:
                    pass
                except OSError:
                    assert stop < 10  # while the keeper was made
            again = Keeper(journal, folder / "events", FOREVER)
            work(again, 1000)
            assert numbers(folder) == once(count - 1), stop
            assert again.counts.failed == 0
            assert not list((folder / "events.making").iterdir())
            assert lines(journal) == [event(count - 1, "b")]
        if left[0] >= 0:
            break
        stop += 1 if stop % 40 < 8 else 9
    assert stop > 80


def failing(real, left, error):
    """The function, until its turn to fail comes."""

    def call(*args, **more):
        left[0] -= 1
        if left[0] == -1:
            raise error
        return real(*args, **more)

    return call


def test_a_lost_mark_doubles_nothing(tmp_path):
    count = 2 * compact.MANY + 2
    with filled(tmp_path, count) as journal:
        work(Keeper(journal, tmp_path / "events", FOREVER))
        for mark in journal.folder.glob("*" + keeper.MARK):
            mark.unlink()
        work(Keeper(journal, tmp_path / "events", FOREVER))
        assert numbers(tmp_path) == once(count - 1)


def test_a_reader_meets_a_gap_where_segments_went(tmp_path):
    with filled(tmp_path, 3) as journal:
        kept = Keeper(journal, tmp_path / "events", FOREVER)
        journal.keep_from(journal.end)
        work(kept)
        (gap,) = journal.read(0)
        assert gap.frame.kind is Kind.GAP
        assert gap.position == journal.begin
        with pytest.raises(LookupError):
            journal.event(60)


def test_it_runs_beside_the_journal_until_told_to_stop(tmp_path):
    with filled(tmp_path, 4) as journal:
        kept = Keeper(journal, tmp_path / "events", FOREVER)
        stop, times = Event(), iter(range(100))
        thread = Thread(target=kept.run, args=(stop, lambda: next(times), 0.001))
        thread.start()
        while kept.counts.sealed < 3:
            time.sleep(0.001)
        stop.set()
        thread.join()
        assert numbers(tmp_path) == once(3)
