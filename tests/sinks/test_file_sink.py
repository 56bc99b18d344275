"""Alerts in files and on standard output."""

import io
import os

import pytest

from sinks.delivering import change
from tocsin.sinks.file import FileSink, StreamSink
from tocsin.sinks.sink import TAKEN, ClosedError, UnreachableError


def ids(path):
    return [line.split(b'"id-')[1].split(b'"')[0] for line in path.read_bytes().splitlines()]


def test_an_alert_a_line(tmp_path):
    path = tmp_path / "new" / "alerts.ndjson"
    sink = FileSink(path)
    assert sink.send([change(1), change(2)], 0) == TAKEN
    sink.send([change(3)], 0)
    assert path.read_bytes().splitlines() == [change(n).alert.document for n in (1, 2, 3)]


def test_rotated_by_size(tmp_path):
    path = tmp_path / "alerts.ndjson"
    sink = FileSink(path, most=500, kept=2)
    for n in range(12):
        sink.send([change(n)], 0)
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["alerts.ndjson", "alerts.ndjson.1", "alerts.ndjson.2"]
    assert max(each.stat().st_size for each in tmp_path.iterdir()) <= 500
    kept = [n for name in reversed(names) for n in ids(tmp_path / name)]
    assert kept == [str(n).encode() for n in range(12)][-len(kept) :]


def test_a_large_batch_is_cut_over_files(tmp_path):
    sink = FileSink(tmp_path / "a", most=500, kept=9)
    sink.send([change(n) for n in range(10)], 0)
    found = sorted(tmp_path.iterdir(), reverse=True)
    assert [n for path in (*found[:-1], found[-1]) for n in ids(path)] == [
        str(n).encode() for n in range(10)
    ]


def test_nothing_is_kept_where_nothing_shall_be(tmp_path):
    sink = FileSink(tmp_path / "a", most=200, kept=0)
    sink.send([change(n) for n in range(3)], 0)
    assert ids(tmp_path / "a") == [b"2"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_torn_line_stands_alone(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b'{"torn')
    FileSink(path).send([change(1)], 0)
    assert path.read_bytes().splitlines() == [b'{"torn', change(1).alert.document]


def test_a_file_that_cannot_be_written(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(UnreachableError, match="directory"):
        FileSink(tmp_path / "a" / "b").send([change(1)], 0)


def test_standard_output():
    out = io.BytesIO()
    StreamSink(out).send([change(1), change(2)], 0)
    assert len(out.getvalue().splitlines()) == 2


def test_a_pipe_whose_reader_left():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb", buffering=0) as out, pytest.raises(ClosedError):
        StreamSink(out).send([change(1)], 0)
