"""Inputs that move while they are read, that can be read once only, and how much was read."""

import gzip
import io
import os
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reading import COMPRESSIONS, everything, lines, sample

from tocsin.columns.cells import FieldSet, Place
from tocsin.inputs import spool
from tocsin.inputs.origin import UsedUpError
from tocsin.inputs.parquet import ParquetSource
from tocsin.inputs.source import read

EVENTS = sample(300)
AUDIT = b"".join(
    b"type=USER_LOGIN msg=audit(1364481363.%03d:%d): pid=1 uid=0 auid=0 ses=1 "
    b'msg=\'op=login acct="u%d" exe="/bin/login" hostname=h addr=10.0.0.1 res=success\'\n'
    % (number, number, number)
    for number in range(300)
)


@pytest.fixture
def stdin(monkeypatch):
    def give(content: bytes):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return give


def test_standard_input_is_read_once(stdin):
    stdin(lines(EVENTS))
    events = read("-")
    found = everything(events)
    assert found.events == EVENTS
    assert events.progress() == (len(lines(EVENTS)), 0)
    with pytest.raises(UsedUpError, match="stdin"):
        next(events.batches())
    with pytest.raises(UsedUpError, match="spool"):
        list(events.read_again(found.places))


@pytest.mark.parametrize("content", [lines(EVENTS), AUDIT], ids=["lines", "audit log"])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_standard_input_can_be_kept(content, compression, stdin):
    stdin(COMPRESSIONS[compression](content))
    events = read("-", spool=True)
    found = everything(events)
    assert len(found.events) == 300
    some = found.places[5::50]
    for _ in range(2):
        assert [raw for _, raw in events.read_again(some)] == found.raw[5::50]


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_copy_that_cannot_be_kept_is_no_end_of_the_input(stdin, monkeypatch):
    with Path("/dev/full").open("wb", buffering=0) as full:
        monkeypatch.setattr(spool, "temporary", lambda _: full)
        stdin(lines(EVENTS))
        events = read("-", spool=True)
        with pytest.raises(OSError, match="No space left on device: 'the copy of the input in "):
            everything(events)
    assert events.rejects == []


def test_named_pipes_are_read_once(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(gzip.compress(lines(EVENTS))))
    writer.start()
    events = read(path)
    events.spool = True
    found = everything(events)
    writer.join()
    assert found.events == EVENTS
    assert [raw for _, raw in events.read_again(found.places[::9])] == found.raw[::9]
    with pytest.raises(UsedUpError):
        next(events.batches())


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("content", [lines(EVENTS), AUDIT], ids=["lines", "audit log"])
def test_files_are_read_as_often_as_one_likes(content, compression, tmp_path):
    path = tmp_path / "events"
    path.write_bytes(COMPRESSIONS[compression](content))
    events = read(path)
    first, second = everything(events), everything(events, 11)
    assert first.raw == second.raw
    assert first.places == second.places
    assert [raw for _, raw in events.read_again(first.places)] == first.raw


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be renamed there")
def test_rotation_does_no_harm(tmp_path):
    path = tmp_path / "events.log"
    path.write_bytes(lines(EVENTS))
    events = read(path)
    found = everything(events)
    path.rename(tmp_path / "events.log.1")
    path.write_bytes(b'{"other": 1}\n')
    assert [raw for _, raw in events.read_again(found.places)] == found.raw


def test_a_file_that_was_overwritten_is_told(tmp_path):
    path = tmp_path / "events.log"
    path.write_bytes(lines(EVENTS))
    events = read(path)
    found = everything(events)
    path.write_bytes(lines(EVENTS[:100]))
    again = [raw for _, raw in events.read_again(found.places)]
    assert again == found.raw[:100] + [b"{}"] * 200
    assert [problem.reason for problem in events.problems] == ["was changed while it was read"]


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be removed there")
def test_of_many_files_those_replaced_meanwhile_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr("tocsin.inputs.file.KEPT_OPEN", 2)
    for number in range(5):
        (tmp_path / f"{number}").write_bytes(lines(EVENTS[number : number + 2]))
    events = read(tmp_path)
    found = everything(events)
    for number in (0, 3):
        (tmp_path / f"{number}").rename(tmp_path / f"{number}.old")
        (tmp_path / f"{number}").write_bytes(lines(EVENTS[:2]))
    again = list(events.read_again(found.places))
    pairs = zip(found.places, found.raw, strict=True)
    assert again == [(place, b"{}" if place.source == 3 else raw) for place, raw in pairs]
    assert [problem.file for problem in events.problems] == [str(tmp_path / "3")]


def test_what_one_file_holds_is_let_go_when_another_is_read_again(tmp_path, monkeypatch):
    rows = pa.Table.from_pylist([{"n": number} for number in range(50)])
    for number in range(3):
        pq.write_table(rows, tmp_path / f"{number}.parquet")
    events = read(tmp_path)
    found = everything(events)
    released = []

    def release(source):
        released.append(source)

    monkeypatch.setattr(ParquetSource, "release", release)
    again = [place for place, _ in events.read_again(found.places)]
    assert again == found.places
    sources = [origin._table for origin in events._origins]
    assert released == sources[:2]
    assert len(list(events.read_again(found.places[-2:]))) == 2
    assert len(list(events.read_again(found.places[:1]))) == 1
    assert released == sources


def test_what_was_read_is_counted(tmp_path):
    content = lines(EVENTS)
    for name, pack in COMPRESSIONS.items():
        (tmp_path / name).write_bytes(pack(content))
    events = read(tmp_path)
    total = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert events.progress() == (0, total)
    everything(events)
    assert events.progress() == (total, total)
    assert events.bytes == len(content) * len(COMPRESSIONS)


def test_what_was_rejected_is_counted_kept_in_part_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr("tocsin.inputs.report.KEPT", 3)
    log = b"type=SYSCALL msg=audit(1.0:1): x\n" + b"no record %d\n" * 10
    (tmp_path / "log").write_bytes(log)
    events = read(tmp_path / "log", tmp_path / "none")
    told = []
    events.on_reject = lambda *reject: told.append(reject)
    for _ in range(2):
        told.clear()
        list(events.batches())
        assert events.rejected == len(told) == 10
        assert len(events.rejects) == 3
        assert told[9] == (str(tmp_path / "log"), 11, "not an audit record", b"no record %d")
        assert [problem.reason for problem in events.problems] == ["there is no such file"]


def test_iterating_gives_dictionaries_and_counts_what_is_none(tmp_path):
    path = tmp_path / "events"
    path.write_bytes(b'{"n": 1}\nnot json\n{"n": 2}\n')
    events = read(path)
    assert list(events) == [{"n": 1}, {"n": 2}]
    assert [(reject.line, reject.sample) for reject in events.rejects] == [(2, b"not json")]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read all")
def test_a_file_that_may_not_be_read_is_a_problem(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"{}")
    path.chmod(0)
    events = read(path, path)
    assert list(events.batches()) == []
    assert len(events.problems) == 2


def test_a_file_that_vanished_is_a_problem(tmp_path):
    path = tmp_path / "events"
    path.write_bytes(b'{"n": 1}')
    events = read(path)
    path.unlink()
    assert list(events) == []
    assert [problem.file for problem in events.problems] == [str(path)]


def test_many_small_files_make_few_batches(tmp_path):
    for number in range(200):
        (tmp_path / f"{number:03}").write_bytes(lines(EVENTS[number : number + 1]))
    found = everything(read(tmp_path))
    assert found.sizes == [200]
    assert found.events == EVENTS[:200]
    assert [place.source for place in found.places] == list(range(200))
    again = everything(read(tmp_path), 64)
    assert again.sizes == [64, 64, 64, 8]
    assert again.raw == found.raw


def test_cells_are_the_same_wherever_batches_are_cut(tmp_path):
    path = tmp_path / "events"
    path.write_bytes(lines(EVENTS))
    fields = FieldSet(("n", "process.args", "weiß"))

    def values(rows):
        return [
            [cells.values(row, slot) for slot in range(3)] + [int(cells.time[row])]
            for batch in read(path).batches(fields, rows)
            for cells in [batch.cells(fields)]
            for row in range(len(batch))
        ]

    assert values(None) == values(1) == values(13)
    assert values(None)[7][:2] == [[7], ["x", "]", "}"]]


def test_places_are_plain_numbers(tmp_path):
    path = tmp_path / "events"
    path.write_bytes(b'\n {"n": 1}\n{"n": 2}\n')
    assert everything(read(path)).places == [Place(0, 2), Place(0, 11)]
