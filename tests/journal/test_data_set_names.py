"""The names of data sets: found in the right field, and told apart by all of their bytes."""

import numpy as np
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.columns.scan import scan
from tocsin.inputs.batch import padded
from tocsin.journal.sealed.columns import fields
from tocsin.journal.sealed.naming import FEW, names_of

FIELDS = ("data_stream.dataset", "event.dataset")
names = st.one_of(
    st.sampled_from(["a.b", "a.c", "", "none", "x" * 200]),
    st.text(max_size=4),
    st.integers(0, 3),
    st.lists(st.sampled_from(["a.b", "c", 1]), max_size=3),
)


def named(events):
    lines = [orjson.dumps({"@timestamp": "2026-08-01T12:00:00Z", **each}) for each in events]
    ends = np.cumsum([len(line) for line in lines], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    slots = [fields().slots[name] for name in FIELDS]
    told, numbers = names_of(scan(padded(lines), starts, ends, fields()), slots, "none")
    assert told[0] == "none"
    assert len(set(told)) == len(told)
    return [told[number] for number in numbers.tolist()]


def wanted(event):
    for name in FIELDS:
        given_value = event.get(name, [])
        some = given_value if isinstance(given_value, list) else [given_value]
        texts = [text for text in some if isinstance(text, str)]
        if texts:
            return texts[0] or "none"
    return "none"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), names), min_size=1, max_size=30))
def test_each_event_has_the_first_name_that_it_says(events):
    assert named(events) == [wanted(event) for event in events]


def test_more_names_than_the_kernel_tells_apart():
    events = [{"event.dataset": f"set{number % (2 * FEW)}"} for number in range(5 * FEW)]
    assert named(events) == [event["event.dataset"] for event in events]
