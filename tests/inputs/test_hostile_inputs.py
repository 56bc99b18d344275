"""Input that is broken, cut or no events at all: the good part is read, the rest is told once."""

import gzip
import json
import random

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import lines, read_bytes, sample

from tocsin.columns.cells import FieldSet
from tocsin.inputs.source import read

EVENTS = sample(50)


PACKERS = pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])


def noise(count: int) -> list[dict]:
    """Events that hardly compress, so that a cut is felt."""
    rng = random.Random(7)
    return [{"n": number, "x": rng.randbytes(300).hex()} for number in range(count)]


@PACKERS
@pytest.mark.parametrize("share", [0.0005, 0.2, 0.5, 0.9, 0.9999])
def test_a_cut_stream_gives_what_stood_before_the_cut(pack, share, tmp_path):
    events = noise(4000)
    packed = pack(lines(events))
    found = read_bytes(tmp_path, packed[: int(len(packed) * share)])
    assert found.events == events[: len(found.events)]
    assert len(found.events) >= 4000 * share * 0.9 - 400
    assert found.rejects == [(len(found.events) + 1, f"the {name_of(pack)} data break off")]


def name_of(pack) -> str:
    return "gzip" if pack is gzip.compress else "zstd"


def test_a_last_line_that_is_whole_counts_although_the_stream_breaks_off_behind_it(tmp_path):
    packed = gzip.compress(lines(EVENTS).rstrip(b"\n"))
    found = read_bytes(tmp_path, packed[:-8])
    assert found.events == EVENTS
    assert found.rejects == [(51, "the gzip data break off")]


def test_a_last_line_that_is_not_whole_is_the_reject(tmp_path):
    compressor = zstandard.ZstdCompressor().compressobj()
    head = compressor.compress(lines(EVENTS) + b'{"n": 5') + compressor.flush(
        zstandard.COMPRESSOBJ_FLUSH_BLOCK
    )
    found = read_bytes(tmp_path, head)
    assert found.events == EVENTS
    assert found.rejects == [(51, "the zstd data break off")]


@PACKERS
def test_damage_inside_compressed_data(pack, tmp_path):
    content = lines(noise(8000))
    packed = bytearray(pack(content))
    packed[len(packed) // 2 : len(packed) // 2 + 64] = bytes(64)
    found = read_bytes(tmp_path, bytes(packed))
    assert any("damaged" in reason for _, reason in found.rejects)
    assert found.events == noise(8000)[: len(found.events)]
    assert len(found.events) > 1000


@pytest.mark.parametrize(
    ("tail", "reasons"),
    [
        (b"\0" * 700, []),
        (b"GARBAGE", [(51, "something else follows the gzip data")]),
    ],
)
def test_what_follows_gzip_data(tail, reasons, tmp_path):
    found = read_bytes(tmp_path, gzip.compress(lines(EVENTS)) + tail)
    assert found.events == EVENTS
    assert found.rejects == reasons


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"a": 1}\n'.encode("utf-16"), "UTF-16"),
        ('{"a": 1}\n'.encode("utf-16-le"), "UTF-16"),
        ('{"a": 1}\n'.encode("utf-16-be"), "UTF-16"),
        ('{"a": 1}\n'.encode("utf-32"), "UTF-16"),
        (b"\x7fELF" + bytes(range(32)) * 20, "binary data"),
        (random.Random(2).randbytes(5000), "binary data"),
        (b"PK\x03\x04" + bytes(100), "zip"),
        (b"BZh91AY" + bytes(50), "bzip2"),
        (b"----\ntype=CWD msg=audit(11/22/2026 05:53:59.123:100) : cwd=/root \n", "--raw"),
        (b"node=a type=CWD msg=audit(22.11.2026 05:53:59.123:100) : cwd=/root \n", "--raw"),
        (b"\xfd7zXZ\x00" + bytes(50), "xz"),
        (b"ElfFile\x00" + bytes(4000), "EVTX"),
        (gzip.compress(gzip.compress(b"{}")), "compressed twice"),
        (gzip.compress(zstandard.compress(b"{}")), "compressed twice"),
        (b"logs/\0".ljust(257, b"\0") + b"ustar  \0" + bytes(300), "tar archive"),
    ],
    ids=range(15),
)
def test_files_that_hold_no_events_are_rejected_once_with_the_reason(content, reason, tmp_path):
    found = read_bytes(tmp_path, content)
    assert found.events == []
    assert len(found.rejects) == 1
    assert found.rejects[0][0] == 1
    assert reason in found.rejects[0][1]


@pytest.mark.parametrize("content", [b"", b"\n", b" \t\r\n\n\n", b"\xef\xbb\xbf", b"[]", b"[ \n ]"])
def test_files_without_anything_in_them_are_fine(content, tmp_path):
    for packed in (content, gzip.compress(content), zstandard.compress(content)):
        found = read_bytes(tmp_path, packed)
        assert (found.events, found.rejects) == ([], [])


def test_each_bad_line_is_rejected_with_its_number_and_stops_nothing(tmp_path):
    content = (
        b'{"n": 1}\nnot json\n{"n": 2}\n{"n": 3\n\n{"n": "\xff"}\n[1]\n"x"\n\0{"n": 4}\n'
        b'{"n": NaN}\n{"n": 5} {"n": 6}\n{"n": 7}'
    )
    found = read_bytes(tmp_path, content)
    assert [event["n"] for event in found.events] == [1, 2, 7]
    assert [line for line, _ in found.rejects] == [2, 4, 6, 7, 8, 9, 10, 11]
    assert found.lines == [1, 3, 12]


@pytest.mark.parametrize("first", [b'{"n": 1', b"garbage", b'{"n": "open\n', b"[INFO] start", b"}"])
def test_a_broken_first_line_does_not_hide_the_lines_behind_it(first, tmp_path):
    found = read_bytes(tmp_path, first + b"\n" + lines(EVENTS))
    assert found.events == EVENTS
    assert {line for line, _ in found.rejects} <= {1, 2}
    assert found.rejects


def test_a_log_that_begins_with_zero_bytes(tmp_path):
    found = read_bytes(tmp_path, bytes(200_000) + lines(EVENTS))
    assert found.events == EVENTS[1:]
    assert [line for line, _ in found.rejects] == [1]


@pytest.mark.parametrize(
    ("content", "numbers", "rejects"),
    [
        (b'[{"n":1},\n{"n":2}', [1, 2], [(2, "the JSON text ends too early")]),
        (b'[{"n":1},\n{"n":', [1], [(2, "the JSON value that begins here does not end")]),
        (b'[{"n":1}\n{"n":2}]', [1, 2], [(2, "a comma is missing in front of this")]),
        (b'{"n":1}\n {"n":2}\n{"n":', [1, 2], None),
        (b'[{"n":1},\nx,\n{"n":2},\n3,[4],"x"]', [1, 2], None),
        (b'[{"n":1},{"n":2}]\ngarbage [here]\n{"n":3}', [1, 2, 3], None),
        (b'[{"n":1},\nx {,\ny "z,\n{"n":2}]\ngarbage {"here\n{"n":3}', [1, 2, 3], None),
        (b'{"n":1}{"n":2}\n]}{"here"\n{"n":3}', [1, 2, 3], None),
    ],
)
def test_broken_arrays_keep_what_came_before(content, numbers, rejects, tmp_path):
    found = read_bytes(tmp_path, content)
    assert [event["n"] for event in found.events] == numbers
    assert found.rejects
    assert rejects is None or found.rejects == rejects


@pytest.mark.parametrize("end", [b'{"_id":"x","hits":[]}', b'{"columns":[],"values":[]}'])
def test_answers_within_answers_without_end_are_rejected(end, tmp_path):
    content = b'{"_id":"x","response":' * 5_000 + end + b"}" * 5_000
    found = read_bytes(tmp_path, content + b'\n{"n":1}')
    assert found.events == [{"n": 1}]
    ((line, reason),) = found.rejects
    assert (line, reason[:46]) == (1, "objects and arrays nest deeper than 200 levels")


def test_a_cut_search_response_gives_the_hits_before_the_cut(tmp_path):
    hits = [{"_index": "i", "_id": str(number), "_source": x} for number, x in enumerate(EVENTS)]
    content = json.dumps({"took": 1, "hits": {"hits": hits}}, indent=1).encode()
    found = read_bytes(tmp_path, content[: content.index(b'"_id": "30"')])
    assert found.events == EVENTS[:30]
    assert len(found.rejects) == 1
    assert found.rejects[0][1] == "the JSON value that begins here does not end"


def test_lines_too_long_are_passed_over(tmp_path, monkeypatch):
    for name in ("lines.LONGEST", "values.LONGEST"):
        monkeypatch.setattr(f"tocsin.inputs.{name}", 5000)
    monkeypatch.setattr("tocsin.inputs.file.FileOrigin.room", 3000)
    for size in (5001, 7000, 9000, 1_200_000, 3_000_000):
        long = b'{"n": 0, "x": "' + b"y" * size + b'"}'
        content = b'{"n": 1}\n' + long + b'\n{"n": 2}\n' + long + b'\n{"n": 3}'
        found = read_bytes(tmp_path, content)
        assert [event["n"] for event in found.events] == [1, 2, 3]
        assert found.rejects == [(2, "longer than 100 MiB"), (4, "longer than 100 MiB")]
        assert found.lines == [1, 3, 5]
        array = b'[{"n": 1},\n' + long + b',\n{"n": 2}]'
        found = read_bytes(tmp_path, array)
        assert [event["n"] for event in found.events] == [1, 2]
        assert [reject[0] for reject in found.rejects] == [2]


def test_a_line_of_50_megabytes(tmp_path):
    path = tmp_path / "events"
    path.write_bytes(b'{"n": 1, "x": "' + b"y" * 50_000_000 + b'"}\n{"n": 2}\n')
    events = read(path)
    (batch,) = events.batches()
    assert batch.cells(FieldSet(("n",))).rejected == {}
    raws = [batch.event(row) for row in range(2)]
    assert [len(raw) for raw in raws] == [50_000_017, 8]
    again = events.read_again([batch.place(0), batch.place(1)])
    assert [raw for _, raw in again] == raws


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            [b'{"a":1}', b"{", b"}", b"[", b"]", b",", b'"', b"\\", b"\n", b" ", b"x", b"1", b"\0"]
        ),
        max_size=40,
    )
)
def test_anything_is_read_or_rejected_and_never_raises(tmp_path_factory, pieces):
    folder = tmp_path_factory.mktemp("any")
    content = b"".join(pieces)
    for packed in (content, gzip.compress(content)[: len(content) + 10]):
        found = read_bytes(folder, packed)
        whole = read_bytes(folder, packed, rows=1)
        assert whole.raw == found.raw
