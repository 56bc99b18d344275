"""Join keys: what values are worth by kind, and that their hashes never tell equal ones apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from match.inputs import cells_of, slots_of
from tocsin.match.candidate import identity
from tocsin.match.join import MOST_TUPLES, MOST_VALUES, field_values, key_tuples, key_value
from tocsin.match.keyhash import value_hash
from tocsin.match.records import Recorder
from tocsin.plan.plan import Key, SequencePlan, StagePlan
from tocsin.plan.predicate import Constant, FieldRef
from tocsin.schema.kinds import Kind

KINDS = [
    Kind.KEYWORD,
    Kind.LONG,
    Kind.DOUBLE,
    Kind.BOOLEAN,
    Kind.IP,
    Kind.DATE,
    Kind.VERSION,
    Kind.UNKNOWN,
]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Kind.KEYWORD, "4624", "4624"),
        (Kind.KEYWORD, 4624, "4624"),
        (Kind.KEYWORD, 1.50, "1.5"),
        (Kind.KEYWORD, True, "true"),
        (Kind.LONG, "5", 5),
        (Kind.LONG, "05", 5),
        (Kind.LONG, 5.0, 5),
        (Kind.LONG, "x", "x"),
        (Kind.LONG, True, True),
        (Kind.LONG, 2**70, 2.0**70),
        (Kind.LONG, "9" * 350, "9" * 350),
        (Kind.DOUBLE, "1e3", 1000),
        (Kind.BOOLEAN, "true", True),
        (Kind.BOOLEAN, "True", "True"),
        (Kind.IP, "::FFFF:10.0.0.1", "10.0.0.1"),
        (Kind.IP, "2001:DB8:0::1", "2001:db8::1"),
        (Kind.IP, "not an address", "not an address"),
        (Kind.DATE, "1970-01-01T00:00:01Z", 1000),
        (Kind.DATE, "10000", 10000),
        (Kind.DATE_NANOS, "1970-01-01T00:00:01Z", 10**9),
        (Kind.UNKNOWN, "5", "5"),
        (Kind.UNKNOWN, 5, 5),
        (Kind.UNKNOWN, False, False),
    ],
    ids=repr,
)
def test_a_value_is_worth_what_its_kind_makes_of_it(kind, value, expected):
    assert identity((key_value(kind, value),)) == identity((expected,))


def test_every_choice_of_values_is_a_tuple():
    assert key_tuples([[1, 2], ["x"]], [False, False]) == ((1, "x"), (2, "x"))
    assert key_tuples([[], [1, 2]], [True, False]) == ((None, 1), (None, 2))
    assert key_tuples([[], [1, 2]], [False, False]) == ()
    assert key_tuples([], []) == ((),)


def test_values_and_tuples_are_bounded():
    assert len(key_tuples([list(range(5000))], [False])) == MOST_VALUES
    assert len(key_tuples([list(range(100))] * 3, [False] * 3)) == MOST_TUPLES


def test_values_are_read_by_row_and_slot():
    _, known = slots_of("k", "m")
    rows = [
        {"time": 0, "k": ["a", 1, 2.5], "other": 9},
        {"time": 0},
        {"time": 0, "m": True, "k": False},
    ]
    found = list(field_values(cells_of(rows, known), [known["k"], known["m"]]))
    assert found == [{1: ["a", 1, 2.5]}, {}, {1: [False], 2: [True]}]


VALUES = st.one_of(
    st.sampled_from(
        ["5", 5, 5.0, "05", "5.0", "5e0", -5, "-5", 0, "-0", -0.0, True, "true", "false", False]
    ),
    st.sampled_from(["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "2001:DB8:0::1", "", "é"]),
    st.sampled_from(["1970-01-01T00:00:05Z", 5000, "5000", 2**63, float(2**63), 10**18, 10**19]),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
)


def hashes(kinds, values):
    """The hashes that each value has as the key of each stage of a plan, alone in its event."""
    stages = tuple(
        StagePlan(Constant(value=True), (Key(FieldRef(name, kind)),))
        for name, kind in zip(("k", "m"), kinds, strict=True)
    )
    slot, known = slots_of("k", "m")
    recorder = Recorder([SequencePlan(stages)], slot)
    cells = cells_of([{"time": 0, "k": value, "m": value} for value in values], known)
    rows = np.arange(len(values), dtype=np.int32)
    found = []
    for stage in (0, 1):
        event, _, key = recorder.records(cells, rows, rows, np.full_like(rows, stage))
        assert event.tolist() == rows.tolist()
        found.append(key.tolist())
    return found


@given(st.lists(VALUES, min_size=2, max_size=8), st.sampled_from(KINDS), st.sampled_from(KINDS))
def test_equal_keys_have_equal_hashes(values, kind, other):
    left, right = hashes((kind, other), values)
    for value, found in zip(values, left, strict=True):
        for again, other_found in zip(values, right, strict=True):
            one, two = key_value(kind, value), key_value(other, again)
            equal = identity((one,)) == identity((two,))
            assert not equal or found == other_found
            # Others may collide: numbers beyond 64 bits, and addresses (all of ours have a 1).
            if not equal and {type(one), type(two)} <= {str, bool} and "1" not in f"{one}{two}":
                assert found != other_found


@given(VALUES)
def test_numbers_of_equal_value_hash_alike(value):
    if isinstance(value, float) and value.is_integer():
        assert value_hash(value) == value_hash(int(value)) or abs(value) >= 2**63


def recorded(stages, rows):
    """What a recorder makes of one hit of each stage by each row, as (row, stage, hash)."""
    slot, known = slots_of("k", "m")
    recorder = Recorder([SequencePlan(tuple(stages))], slot)
    at = np.arange(len(rows), dtype=np.int32)
    hit_row = np.repeat(at, len(stages)).astype(np.int32)
    hit_stage = np.tile(np.arange(len(stages), dtype=np.int32), len(rows))
    found = recorder.records(cells_of(rows, known), at, hit_row, hit_stage)
    return list(zip(*(column.tolist() for column in found), strict=True)), recorder


def keys(*names):
    found = (Key(FieldRef(n.lstrip("?"), Kind.UNKNOWN), n.startswith("?")) for n in names)
    return StagePlan(Constant(value=True), tuple(found))


def test_each_tuple_is_a_record_and_a_missing_key_gives_none():
    rows = [{"time": 0, "k": [1, 2], "m": ["x", "y"]}, {"time": 0, "k": 1}, {"time": 0}]
    found, _ = recorded([keys("k", "m"), keys("k", "?m"), keys()], rows)
    assert [(row, stage) for row, stage, _ in found] == [
        *[(0, 0)] * 4,
        *[(0, 1)] * 4,
        (0, 2),
        (1, 1),
        (1, 2),
        (2, 2),
    ]
    assert len({key for _, _, key in found}) == 4 + 1 + 1
    assert [key for _, stage, key in found if stage == 0] == [
        key for row, stage, key in found if stage == 1 and row == 0
    ]


def test_the_order_of_keys_matters():
    rows = [{"time": 0, "k": 1, "m": 2}, {"time": 0, "k": 2, "m": 1}]
    found, _ = recorded([keys("k", "m"), keys("m", "k")], rows)
    by = {(row, stage): key for row, stage, key in found}
    assert by[0, 0] == by[1, 1] != by[0, 1] == by[1, 0]


def test_an_event_with_very_many_values_is_cut_and_counted():
    rows = [{"time": 0, "k": list(range(1500))}, {"time": 0, "k": 1, "m": 2}]
    found, recorder = recorded([keys("k"), keys("k", "?m")], rows)
    assert len(found) == 2 * MOST_VALUES + 2
    assert recorder.capped == 2
    rows = [{"time": 0, "k": list(range(80)), "m": list(range(80))}]
    found, recorder = recorded([keys("k", "m")], rows)
    assert len(found) == MOST_TUPLES
    assert recorder.capped == 1


def test_a_row_has_only_the_values_that_its_hits_ask_for():
    stages = [keys("k"), keys("m"), keys("k", "m")]
    slot, known = slots_of("k", "m")
    values = [{"time": 0, "k": number, "m": [f"m{number}", "other"]} for number in range(4)]
    every, _ = recorded(stages, values)
    chosen = [(0, 1), (1, 0), (1, 2), (3, 1), (3, 2)]
    recorder = Recorder([SequencePlan(tuple(stages))], slot)
    rows, hit_stage = (np.array(column, np.int32) for column in zip(*chosen, strict=True))
    unique, hit_row = np.unique(rows, return_inverse=True)
    found = recorder.records(
        cells_of(values, known), unique.astype(np.int32), hit_row.astype(np.int32), hit_stage
    )
    places, *rest = map(list, found)
    told = list(zip(unique[places].tolist(), *rest, strict=True))
    assert told == [one for one in every if one[:2] in chosen]
