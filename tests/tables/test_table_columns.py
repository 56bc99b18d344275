"""Columns made of all cells at once are those that are read event by event."""

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.columns.cells import FieldSet
from tocsin.columns.scan import scan
from tocsin.inputs.batch import padded
from tocsin.languages.esql.typed import Column
from tocsin.languages.esql.types import Type
from tocsin.tables.cells import arrow_type, read_cell
from tocsin.tables.columns import column_of
from tocsin.tables.picked import Pick

FIELDS = FieldSet(("a", "b", "c"))
TYPES = (
    *(Type.KEYWORD, Type.LONG, Type.UNSIGNED, Type.DOUBLE, Type.BOOLEAN, Type.DATE, Type.IP),
    *(Type.VERSION, Type.UNKNOWN),
)
SCALARS = st.one_of(
    st.sampled_from(
        [
            *("", "a", "Äİß", "é\ud800", "true", "1", "1.0", "-0", " 7", "10.0.0.1", "::1", "x\\n"),
            *("2026-01-02", "2026-01-02T03:04:05.678Z", "1e3"),
            *(True, False, None, 0, -1, 1.0, 1.5, 1e300, 2**63 - 1, 2**63, 2**64 - 1, 2**64),
        ]
    ),
    st.integers(-(2**65), 2**65),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
)
EVENTS = st.lists(
    st.dictionaries(st.sampled_from("abcd"), st.one_of(SCALARS, st.lists(SCALARS, max_size=3))),
    max_size=6,
)


def line(event):
    try:
        return orjson.dumps(event)
    except TypeError:
        import json

        return json.dumps(event).encode()


def cells_of(events):
    lines = [line(event) for event in events]
    ends = np.cumsum([len(one) for one in lines], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1].astype(np.int64)
    return scan(padded(lines), starts, ends, FIELDS)


@given(EVENTS, st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)), st.data())
@settings(max_examples=150, deadline=None)
def test_a_column_holds_what_each_event_s_cell_would(events, rows, among, data):
    cells = cells_of(events)
    chosen = np.array(sorted(row for row in rows if row < len(events)), np.int64)
    places = np.array(sorted(place for place in among if place < len(chosen)), np.int64)
    pick = Pick(cells, chosen, np.array([2, 0], np.int32))
    for slot in (0, 2):
        kind, multi = data.draw(st.sampled_from(TYPES)), data.draw(st.booleans())
        folded = data.draw(st.booleans())
        column = Column(1, "a", kind, multi)
        for part in (None, places):
            found = column_of(kind, pick.of(slot, part), multi=multi, folded=folded)
            assert found.type == arrow_type(column)
            asked = chosen if part is None else chosen[part]
            values = [cells.values(row, slot) for row in asked.tolist()]
            if folded:
                values = [
                    [each.lower() if isinstance(each, str) else each for each in some]
                    for some in values
                ]
            told = [read_cell(column, some) for some in values]
            if kind is Type.UNSIGNED and multi:
                told = [some and [int(one) for one in some] for some in told]
            assert found.to_pylist() == told


@pytest.mark.parametrize("multi", [True, False])
def test_no_rows_make_an_empty_column(multi):
    pick = Pick(cells_of([]), np.zeros(0, np.int64), np.array([1], np.int32))
    found = column_of(Type.LONG, pick.of(1), multi=multi)
    assert found.to_pylist() == []
    assert found.type == arrow_type(Column(1, "b", Type.LONG, multi))
