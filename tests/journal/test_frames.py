"""What is packed is unpacked; what is no frame of a journal is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from making import events

from tocsin.journal.errors import FrameError, JournalError
from tocsin.journal.frame import (
    HEADER,
    LARGEST,
    MAGIC,
    Frame,
    Kind,
    header_at,
    pack,
    sound,
    unpack,
)
from tocsin.journal.lines import Lines, Names

texts = st.text(max_size=8)
flat = st.binary(min_size=1, max_size=40).filter(lambda line: b"\n" not in line)
lists = st.lists(flat, max_size=6)
moments = st.integers(-(2**63), 2**63 - 1)


@st.composite
def frames(draw):
    lines = draw(lists)
    some = st.lists(st.tuples(texts, texts), min_size=len(lines), max_size=len(lines))
    return Frame(
        draw(st.sampled_from([Kind.EVENTS, Kind.MARK, Kind.RULES])),
        draw(moments),
        draw(texts.filter(lambda text: "\n" not in text)),
        lines,
        draw(st.none() | some),
        draw(moments),
        draw(st.just(b"") | flat),
    )


def written(frame, position):
    packed = pack(frame)
    return packed.header(position, frame.accepted) + packed.body


@settings(max_examples=150, deadline=None)
@given(frames(), st.integers(0, 2**62), st.binary(max_size=20), st.binary(max_size=20))
def test_a_frame_comes_back_from_anywhere_in_a_buffer(frame, position, before, behind):
    text = before + written(frame, position) + behind
    header = header_at(memoryview(text), len(before), position)
    assert header.size == len(text) - len(before) - len(behind)
    assert sound(memoryview(text), len(before), header)
    found = unpack(np.frombuffer(bytearray(text), np.uint8), len(before), header)
    assert found.frame == frame
    assert found.position == position + header.size
    for line, place in zip(frame.lines, found.places, strict=True):
        at = int(place) - position + len(before)
        assert text[at : at + len(line) + 1] == line + b"\n"


@settings(max_examples=100, deadline=None)
@given(frames(), st.integers(0, 2**62), st.data())
def test_a_changed_bit_is_noticed(frame, position, data):
    text = bytearray(written(frame, position))
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= 1 << data.draw(st.integers(0, 7))
    header = header_at(memoryview(text), 0, position)
    assert header is None or not sound(memoryview(text), 0, header)


@settings(max_examples=100, deadline=None)
@given(frames(), st.integers(0, 2**62), st.data())
def test_a_frame_that_is_cut_is_not_sound(frame, position, data):
    text = memoryview(written(frame, position))
    text = text[: data.draw(st.integers(0, len(text) - 1))]
    header = header_at(text, 0, position)
    assert header is None or not sound(text, 0, header)


@settings(max_examples=100, deadline=None)
@given(frames())
def test_no_frame_begins_within_the_lines_of_another(frame):
    body = pack(frame).body
    assert MAGIC not in body[len(body) - sum(len(line) + 1 for line in frame.lines) - 1 :]


def test_a_frame_belongs_to_its_position():
    assert header_at(memoryview(written(events(b"{}"), 7)), 0, 8) is None


@pytest.mark.parametrize(
    "frame",
    [
        events(b"{}", b""),
        events(b'{"a":\n1}'),
        events(b"{}\n"),
        events(b"{}", names=[]),
        events(b"{}", names=[("a", 1)]),
        events(b"{}", names=[("\ud800", "1")]),
        events(b"{}", source="a\nb"),
        events(b"{}", source="a" * 70_000),
        events(b"{}", note=b"{\n}"),
        Frame(Kind.GAP, 1),
        events(b"x" * LARGEST),
    ],
)
def test_what_no_journal_takes(frame):
    with pytest.raises(FrameError):
        pack(frame)
    assert issubclass(FrameError, JournalError)


def test_an_empty_frame_is_a_frame():
    assert pack(Frame(Kind.MARK, 1, mark=2)).size == HEADER + 1


def test_lines_and_names_are_sequences():
    data = np.frombuffer(b"aabbb", np.uint8)
    found = Lines(data, np.array([0, 2]), np.array([2, 5]))
    assert list(found) == [b"aa", b"bbb"] == list(found[:])
    assert (found[1], found[-2], len(found[1:])) == (b"bbb", b"aa", 1)
    names = Names.of([("i", "1"), ("i", "2")])
    assert (names.indexes, list(names.ids)) == ("i", ["1", "2"])
    assert list(names) == [("i", "1"), ("i", "2")]
    assert list(names[1:]) == [("i", "2")]
    assert names.columns() == (["i", "i"], ["1", "2"])
    assert list(Names(2, "i")) == [("i", ""), ("i", "")]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.binary(min_size=1, max_size=200), max_size=20),
    st.binary(max_size=70),
    st.sampled_from([0, 64]),
)
@example(lines=[], before=b"", padding=64)
def test_lines_in_a_buffer_are_packed_as_lines_apart(lines, before, padding):
    """Whether kernels may read behind them or not, and whatever stands around them."""
    data = np.frombuffer(bytearray(before + b"".join(lines) + b"\n" * padding), np.uint8)
    ends = np.cumsum([len(line) for line in lines], dtype=np.int64) + len(before)
    starts = ends - np.array([len(line) for line in lines], np.int64)
    frame = events(source="s", note=b"{}")
    apart, together = (replace(frame, lines=some) for some in (lines, Lines(data, starts, ends)))
    if any(b"\n" in line for line in lines):
        for each in (apart, together):
            with pytest.raises(FrameError, match="line break"):
                pack(each)
    else:
        assert bytes(pack(together).body) == pack(apart).body
        assert pack(together).header(7, 1) == pack(apart).header(7, 1)


def test_some_lines_of_a_buffer():
    data = np.frombuffer(b"aabbbc", np.uint8)
    lines = Lines(data, np.array([0, 2, 5]), np.array([2, 5, 6]))
    assert lines.sizes.tolist() == [2, 3, 1]
    assert list(lines.some([2, 0])) == [b"c", b"aa"]
    assert not lines.readable
