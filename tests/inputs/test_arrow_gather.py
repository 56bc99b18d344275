"""Cells of columns, row by row: as a plain reading of their segments gives them."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.columns.cells import FALSE, NUMBER, STRING, TRUE
from tocsin.inputs.arrow_gather import gathered
from tocsin.inputs.segment import EMPTY, NOTHING, Segment, Texts

ROWS = 40

WORDS = st.lists(st.binary(max_size=5), min_size=2, max_size=6)


@st.composite
def segments(draw):
    """What a column has of rows 0 to `ROWS`: pages one after the other, each of one form."""
    tag = draw(st.sampled_from([STRING, NUMBER, FALSE]))
    listed = draw(st.booleans())
    cuts = draw(st.lists(st.integers(1, ROWS - 1), max_size=3, unique=True))
    bounds = [0, *sorted(cuts), ROWS]
    return [draw(page(first, last, tag, listed)) for first, last in pairwise(bounds)]


@st.composite
def page(draw, first, last, tag, listed):
    rows = None
    count = last - first
    if listed:
        many = draw(st.lists(st.integers(1, 3), min_size=count, max_size=count))
        rows = np.repeat(np.arange(first, last), many)
        count = len(rows)
    coded = listed or tag == FALSE or draw(st.booleans())
    words = draw(
        WORDS if coded else st.lists(st.binary(max_size=5), min_size=count, max_size=count)
    )
    codes = None
    if coded:
        most = 1 if tag == FALSE else len(words) - 1
        some = st.sampled_from([NOTHING, EMPTY, *range(most + 1)])
        codes = np.array(draw(st.lists(some, min_size=count, max_size=count)), np.int32)
    return Segment(first, last, rows, codes, tag, texts(words, draw(st.sampled_from([0, 4]))))


def texts(words: list[bytes], gap: int) -> Texts:
    """Words with so many bytes before each."""
    ends = np.cumsum([0, *(gap + len(word) for word in words)])
    text = b"".join(bytes(gap) + word for word in words)
    return Texts(np.frombuffer(text, np.uint8).copy(), ends, gap)


def plainly(begin: int, end: int, parts) -> list[list[tuple[int, int, bytes]]]:
    """Slot, tag and text of each cell of each row."""
    found = [[] for _ in range(begin, end)]
    for slot, segment in parts:
        count = segment.last - segment.first if segment.rows is None else len(segment.rows)
        for element in range(count):
            row = segment.first + element if segment.rows is None else int(segment.rows[element])
            code = element if segment.codes is None else int(segment.codes[element])
            if begin <= row < end and code >= 0:
                words = segment.words
                text = words.text[words.ends[code] + words.gap : words.ends[code + 1]].tobytes()
                tag = TRUE if segment.tag == FALSE and code == 1 else segment.tag
                found[row - begin].append((slot, tag, text))
    return found


@given(
    st.lists(segments(), max_size=4),
    st.integers(0, ROWS - 1),
    st.integers(1, ROWS),
)
@settings(max_examples=150)
def test_cells_are_those_of_the_segments(columns, begin, size):
    end = min(begin + size, ROWS)
    parts = [
        (slot, segment)
        for slot, column in enumerate(columns)
        for segment in column
        if segment.first < end and segment.last > begin
    ]
    cells = gathered(begin, end, parts)
    told = [
        [
            (
                int(cells.slot[at]),
                int(cells.tag[at]),
                cells.text[cells.start[at] :][: cells.length[at]].tobytes(),
            )
            for at in range(cells.row_start[row], cells.row_start[row + 1])
        ]
        for row in range(end - begin)
    ]
    assert told == plainly(begin, end, parts)
    assert len(cells.slot) == cells.row_start[-1]
