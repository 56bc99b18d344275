"""Events hashed together have the hashes that they have alone."""

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.alerts.hashes import content_hashes
from tocsin.alerts.reader import BYTES_TOGETHER, FEW, LARGE, MOST
from tocsin.columns.content import content_hash

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from(["a", "a.b", "b", "ä", '"', "@timestamp"]), values)


@settings(max_examples=60, deadline=None)
@given(st.lists(objects, min_size=FEW // 4, max_size=FEW // 4))
def test_hashed_together_or_alone(events):
    lines = 4 * [_line(event) for event in events]
    assert content_hashes(lines) == [content_hash(line) for line in lines]


def _line(event):
    try:
        return orjson.dumps(event)
    except TypeError:  # integers of more than 64 bits
        return b'{"a" : 1e400, "a" : 123456789012345678901234567890}'


def test_any_number_and_any_size():
    small = [b'{"n":%d}' % number for number in range(MOST + 5)]
    large = [b'{"n":"%s"}' % (b"x" * (BYTES_TOGETHER // 40)) for _ in range(FEW)]
    huge = [b'{"n":"%s"}' % (b"x" * LARGE)]
    for lines in ([], small, large, small[:FEW] + huge, [*large, *small], huge * 2):
        assert content_hashes(lines) == [content_hash(line) for line in lines]
