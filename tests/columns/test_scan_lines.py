"""The scanner accepts what `orjson` accepts and gives what stands there, whatever is wanted."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_scan import SEEDS, accepts, assert_agrees, cells_of, mutants, row, scanned

from tocsin.columns.cells import NO_TIME, FieldSet
from tocsin.columns.problem import WORDS
from tocsin.columns.scan import PADDING, scan
from tocsin.columns.vector import WIDTH

NAMES = FieldSet(
    (
        *(
            "a",
            "a.b",
            "a.b.c",
            "",
            ".",
            "..",
            "key",
            "n",
            "big",
            "long",
            "t",
            "f",
            "z",
            "e",
            "l",
            "s",
        ),
        *("process.name", "process.args", "process.parent.name", "deep", "deep.a", "@timestamp"),
    )
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=90)
)
KEYS = st.sampled_from(("a", "b", "c", "a.b", "b.c", "a.b.c", "", ".", "key")) | st.text(max_size=9)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
EVENTS = st.dictionaries(KEYS, TREES, max_size=6)


def written(event: object) -> list[bytes]:
    """An event as several writers write it."""
    return [
        json.dumps(event).encode(),
        json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(),
        json.dumps(event, indent=1).encode() + b"\r\n\t ",
    ]


@given(st.lists(EVENTS, max_size=4))
def test_events_become_the_cells_that_they_hold(events):
    lines = [line for event in events for line in written(event)]
    assert assert_agrees(lines, NAMES) == len(lines)


@settings(max_examples=50)
@given(EVENTS, st.data())
def test_any_name_of_an_event_can_be_wanted(event, data):
    names = sorted({name for name, *_ in cells_of(json.dumps(event).encode())})
    wanted = data.draw(st.lists(st.sampled_from(names), unique=True) if names else st.just([]))
    assert_agrees(written(event), FieldSet(tuple(wanted)))


@pytest.mark.parametrize("seed", range(4))
def test_damaged_events_are_judged_as_orjson_does(seed):
    good = assert_agrees(mutants(3_000, seed), NAMES)
    assert 300 < good < 2_700


@pytest.mark.parametrize("line", SEEDS)
def test_a_line_that_is_cut_is_rejected_even_if_its_rest_follows(line):
    for at in range(1, len(line)):
        cells = scanned([line[:at], line[at:]], NAMES, gap=b"")
        assert 0 in cells.rejected, line[:at]


@pytest.mark.parametrize("line", [b'{"a":' + bytes([byte]) + b"}" for byte in range(256)])
def test_each_single_byte_as_a_value(line):
    assert_agrees([line], NAMES)


def test_each_byte_inside_a_string_before_and_after_an_escape():
    lines = [
        b'{"a":"' + before + bytes([byte]) + after + b'"}'
        for byte in range(256)
        for before in (b"", b"x" * 62, b"\\n", b"\xc3\xa9")
        for after in (b"", b"y", b"\\n", b"y" * 70)
    ]
    assert_agrees(lines, NAMES)


def test_every_beginning_of_utf8():
    chosen = (0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xFF)
    lines = [
        b'{"a":"' + bytes([lead, *rest]) + b'z"}'
        for lead in range(0xC0, 0x100)
        for rest in (
            *((one,) for one in chosen),
            *((one, two) for one in chosen for two in (0x41, 0x80, 0xBF, 0xC0)),
            *((one, 0x80, two) for one in chosen for two in (0x41, 0x80, 0xBF, 0xC0)),
        )
    ]
    good = assert_agrees(lines, NAMES)
    assert 0 < good < len(lines)


def test_every_escape():
    lines = [b'{"a":"\\' + bytes([mark]) + b'"}' for mark in range(256)]
    units = (0, 0x22, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000)
    for first in (*units, 0xFFFF):
        lines.append(b'{"a":"\\u%04x"}' % first)
        lines += [b'{"a":"\\u%04X\\u%04x!"}' % (first, second) for second in units]
        lines += [
            b'{"a":"\\u%04x\\n"}' % first,
            b'{"a":"\\u%04xx"}' % first,
            b'{"a":"\\u%04x\\' % first,
        ]
    lines += [b'{"a":"\\u00' + rest + b'"}' for rest in (b"", b"0", b"g0", b"0g", b"+1", b"\xff0")]
    good = assert_agrees(lines, NAMES)
    assert 0 < good < len(lines)


@pytest.mark.parametrize("gap", [b"", b" ", b"\r\n", b'"', b"}", b"\0"])
def test_rows_do_not_see_each_other(gap):
    lines = mutants(400, 11)
    together = scanned(lines, NAMES, gap)
    for at, line in enumerate(lines):
        alone = scanned([line], NAMES)
        assert row(together, at, NAMES) == row(alone, 0, NAMES)
        assert together.rejected.get(at) == alone.rejected.get(0)
        assert together.time[at] == alone.time[0]


def test_what_is_rejected_does_not_depend_on_what_is_wanted():
    lines = mutants(2_000, 12)
    everything = scanned(lines, NAMES).rejected
    assert everything == scanned(lines, FieldSet(())).rejected
    assert everything == scanned(lines, FieldSet(("process.args", "deep.a"))).rejected


def nested(levels: int, opening: bytes, closing: bytes) -> bytes:
    return b'{"a":' + opening * (levels - 1) + b"1" + closing * (levels - 1) + b"}"


@pytest.mark.parametrize(
    ("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")]
)
@pytest.mark.parametrize(
    "levels", [2, 64, 65, 99, 100, 101, 199, 200, 201, 254, 255, 1024, 1025, 90_000]
)
def test_depth_is_limited(opening, closing, levels):
    line = nested(levels, opening, closing)
    deep = (levels - 1) * (opening.count(b"[") + opening.count(b"{")) + 1 > 200
    cells = scanned([line], NAMES)
    assert (0 in cells.rejected) == deep
    assert accepts(line) != deep
    if deep:
        assert "deeper than 200 levels" in cells.rejected[0]


def test_dotted_and_nested_names_are_the_same_field():
    forms = [
        b'{"process":{"parent":{"name":"x"}}}',
        b'{"process.parent.name":"x"}',
        b'{"process":{"parent.name":"x"}}',
        b'{"process.parent":{"name":"x"}}',
        b'[{"process":[{"parent":[[{"name":["x"]}]]}]}]'[1:-1],
        b'{"process.parent":[{"name":"x"}]}',
        b'{"process\\u002eparent":{"n\\u0061me":"x"}}',
    ]
    cells = scanned(forms, NAMES)
    assert not cells.rejected
    for at in range(len(forms)):
        assert cells.values(at, NAMES.names.index("process.parent.name")) == ["x"]


def test_a_name_and_what_lies_below_it_are_both_found():
    line = b'{"a":[1,{"b":[2,{"c":3}]}],"a.b":4,"a.b.c":5,"a":{"b.c":6},"a":7,"a.x":8,"a.b.x":9}'
    cells = scanned([line], NAMES)
    assert [cells.values(0, slot) for slot in range(3)] == [[1, 7], [2, 4], [3, 5, 6]]


def test_repeated_keys_add_their_values():
    cells = scanned([b'{"a":1,"a":"x","a":[true,false,null],"a":{"b":1}}'], NAMES)
    values = cells.values(0, 0)
    assert values == [1, "x", True, False]
    assert [type(value) for value in values] == [int, str, bool, bool]
    assert cells.values(0, 1) == [1]


def test_values_have_their_json_types():
    line = b'{"a":[1,1.0,1e2,-0,"1",18446744073709551616,123456789012345678901234567890]}'
    values = scanned([line], NAMES).values(0, 0)
    assert values == [1, 1.0, 100.0, 0, "1", 2**64, 123456789012345678901234567890]
    assert [type(value) for value in values] == [int, float, float, int, str, int, int]


@pytest.mark.parametrize("size", [*range(20), 31, 32, 33, 62, 63, 64, 65, 66, 127, 128, 129, 5000])
def test_strings_and_keys_of_any_length(size):
    text = "k" * size
    fields = FieldSet((text, f"{text}.x" if text else "x", text[:-1] + "j", text + "k"))
    lines = [
        orjson.dumps({text: text, text + "x": 1, text[:-1]: 2, "y" + text[1:]: 3}),
        orjson.dumps({text: {"x": "é" * size + '"'}}),
    ]
    assert assert_agrees(lines, fields) == 2


def test_keys_that_share_ends_and_length_are_told_apart():
    keys = [f"abcdefgh{middle:04d}ijklmnop" for middle in range(50)]
    fields = FieldSet(tuple(keys[::2]))
    assert assert_agrees([orjson.dumps(dict.fromkeys(keys, 1))], fields) == 1


def test_many_names_with_many_segments():
    names = tuple(".".join(f"s{(n * 7 + k) % 13}" for k in range(1 + n % 25)) for n in range(300))
    fields = FieldSet(tuple(dict.fromkeys(names)))
    event = {name: at for at, name in enumerate(fields.names)}
    assert assert_agrees([orjson.dumps(event)], fields) == 1


def test_a_name_of_very_many_segments_costs_little():
    name = ".".join("ab" for _ in range(3_000))
    cells = scanned([b'{"ab":1}'], FieldSet((name, "ab")))
    assert cells.values(0, 1) == [1]


def test_more_cells_than_events_usually_have():
    line = b'{"a":[' + b",".join([b"1"] * 5_000) + b"]}"
    cells = scanned([line] * 20, NAMES)
    assert not cells.rejected
    assert cells.slot.size == 100_000
    assert cells.values(19, 0) == [1] * 5_000


def test_no_lines_at_all():
    cells = scan(np.zeros(PADDING, np.uint8), np.empty(0, np.int64), np.empty(0, np.int64), NAMES)
    assert cells.row_start.tolist() == [0]
    assert cells.time.size == cells.slot.size == 0


def test_data_without_zeros_at_their_end_are_copied():
    line = b'{"a":"x"}'
    for data in (line, line + b"}" * 100, line + bytes(63), line + bytes(30) + b"1" + bytes(40)):
        spans = np.array([0], np.int64), np.array([len(line)], np.int64)
        cells = scan(np.frombuffer(data, np.uint8), *spans, NAMES)
        assert cells.values(0, 0) == ["x"]


@pytest.mark.parametrize("span", [(-1, 3), (3, 2), (0, 1_000)])
def test_spans_outside_the_data_are_a_callers_mistake(span):
    starts, ends = np.array([[span[0]], [span[1]]], np.int64)
    with pytest.raises(ValueError, match="spans"):
        scan(np.zeros(100, np.uint8), starts, ends, NAMES)


def test_batches_do_not_overwrite_each_other():
    lines = [[orjson.dumps({"a": f"{batch}-{at}"}) for at in range(200)] for batch in range(30)]
    kept = [scanned(part, NAMES) for part in lines]
    for batch, cells in enumerate(kept):
        assert [cells.values(at, 0) for at in range(200)] == [
            [f"{batch}-{at}"] for at in range(200)
        ]


def test_threads_do_not_disturb_each_other():
    lines = mutants(500, 31)
    alone = scanned(lines, NAMES)
    with ThreadPoolExecutor(4) as threads:
        for cells in threads.map(lambda _: scanned(lines, NAMES), range(40)):
            assert cells.rejected == alone.rejected
            assert (cells.start == alone.start).all()
            assert bytes(cells.text[:-WIDTH]) == bytes(alone.text[:-WIDTH])


def test_text_can_be_read_a_word_at_a_time():
    cells = scanned([b'{"a":"x"}'], NAMES)
    assert cells.text.size >= cells.start[-1] + cells.length[-1] + WIDTH


REASONS = {
    b"": "the line is empty (byte 1)",
    b" \t": "the line is empty (byte 3)",
    b"[1]": "an event is a JSON object, this is something else (byte 1)",
    b"\xef\xbb\xbf{}": "an event is a JSON object, this is something else (byte 1)",
    b"{a:1}": "a key in quotes is expected (byte 2)",
    b'{"a":1,}': "a key in quotes is expected (byte 8)",
    b'{"a" 1}': "a colon is expected after a key (byte 6)",
    b'{"a":}': "a JSON value is expected (byte 6)",
    b'{"a":NaN}': "a JSON value is expected (byte 6)",
    b'{"a":[1,]}': "a JSON value is expected (byte 9)",
    b'{"a":1 "b":2}': "a comma or } is expected after a value (byte 8)",
    b'{"a":[1}': "a comma or ] is expected after a value (byte 8)",
    b'{"a":01}': "this is not a number that JSON and a double can hold (byte 6)",
    b'{"a":1e999}': "this is not a number that JSON and a double can hold (byte 6)",
    b'{"a":"b': "a string is not closed (byte 8)",
    b'{"a': "a string is not closed (byte 4)",
    b'{"a":"b\nc"}': "a control character stands inside a string (byte 8)",
    b'{"a":"b\0c"}': "a control character stands inside a string (byte 8)",
    b'{"a":"\\x"}': "a string holds a backslash that escapes nothing (byte 7)",
    b'{"a":"\\ud800"}': "a string holds one half of a surrogate pair (byte 7)",
    b'{"a":"\xc0\x80"}': "a string is not valid UTF-8 (byte 7)",
    b'{"a":' + b"[" * 200: "objects and arrays nest deeper than 200 levels (byte 205)",
    b'{"a":{': "the object is not closed (byte 7)",
    b'{"a"': "the object is not closed (byte 5)",
    b'{"a":1': "the object is not closed (byte 7)",
    b'{"a":1}}': "more text follows the object (byte 8)",
    b'{"a":1}\0': "more text follows the object (byte 8)",
}


@pytest.mark.parametrize("line", REASONS)
def test_the_reason_says_what_and_where(line):
    assert not accepts(line)
    cells = scanned([line], NAMES)
    assert cells.rejected == {0: REASONS[line]}
    assert cells.time[0] == NO_TIME


def test_every_reason_is_given_by_some_line():
    given_words = {text.rpartition(" (")[0] for text in REASONS.values()}
    assert given_words == set(WORDS.values())
