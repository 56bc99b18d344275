"""The scanner's times are those of `event_time`, and usual ones need no Python."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_scan import scanned

from tocsin.columns.cells import NO_TIME, FieldSet
from tocsin.columns.moment import UNCLEAR, count, moment
from tocsin.schema.values import event_time, parse_time

MILLIS = FieldSet(("x",))
NANOS = FieldSet(("x",), nanoseconds=True)

TWO = st.integers(0, 99).map("{:02d}".format)
SECONDS = st.sampled_from(["", ".", ","]).flatmap(
    lambda mark: st.text("0123456789", max_size=11).map(lambda digits: mark + digits)
)
OFFSETS = st.sampled_from(["", "Z", "z", "+", "-"]).flatmap(
    lambda sign: (
        st.just(sign)
        if sign not in "+-" or not sign
        else st.tuples(TWO, st.sampled_from(["", ":"]), TWO | st.just("")).map(
            lambda parts: sign + "".join(parts)
        )
    )
)
CALENDAR = st.builds(
    "{:04d}-{:02d}-{:02d}{}{:02d}:{:02d}:{:02d}{}{}".format,
    st.integers(0, 9999),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from("TTTTt "),
    st.integers(0, 25),
    st.integers(0, 61),
    st.integers(0, 61),
    SECONDS,
    OFFSETS,
)
TIMES = st.one_of(
    CALENDAR,
    CALENDAR.flatmap(lambda text: st.integers(0, len(text)).map(lambda end: text[:end])),
    st.datetimes().map(lambda time: time.isoformat() + "Z"),
    st.integers(-(10**19), 10**19),
    st.integers(-(10**19), 10**19).map(str),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=24),
    st.booleans(),
    st.none(),
)


def known(value, nanoseconds):
    time = event_time(value, nanoseconds=nanoseconds)
    return NO_TIME if time is None else time


@given(st.lists(TIMES, max_size=20))
def test_one_time_is_what_event_time_says(values):
    lines = [json.dumps({"@timestamp": value}).encode() for value in values]
    for fields in (MILLIS, NANOS):
        want = [known(value, fields.nanoseconds) for value in values]
        assert scanned(lines, fields).time.tolist() == want


@given(st.lists(TIMES, max_size=4), st.lists(TIMES, max_size=4), st.booleans())
def test_the_first_readable_value_counts_and_the_timestamp_first(stamps, ingested, swapped):
    event = {"@timestamp": stamps, "event": {"ingested": ingested}}
    if swapped:
        event = dict(reversed(event.items()))
    times = [event_time(value, nanoseconds=False) for value in [*stamps, *ingested]]
    want = next((time for time in times if time is not None), NO_TIME)
    assert scanned([json.dumps(event).encode()], MILLIS).time.tolist() == [want]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2026-03-01T10:00:17.123Z", 1_772_359_217_123),
        ("2026-03-01T10:00:17.123999999Z", 1_772_359_217_123),
        ("2026-03-01T12:30:17.1+02:30", 1_772_359_217_100),
        ("2026-03-01T09:00:17-01:00", 1_772_359_217_000),
        ("2026-03-01T10:00:17", 1_772_359_217_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000),
    ],
)
def test_usual_times_are_read_in_compiled_code(text, time):
    data = np.frombuffer(bytearray(text.encode() + bytes(64)), np.uint8)
    assert moment(data, 0, len(text), False) == time == parse_time(text)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (253_402_300_799_999, 253_402_300_799_999),
        (253_402_300_800_000, NO_TIME),
        (-62_135_596_800_000, -62_135_596_800_000),
        ("-62135596800001", NO_TIME),
        (1_704_067_200_123_456_789, NO_TIME),  # nanoseconds, which a sensor took for milliseconds
        (1e18, NO_TIME),
        ("9999-12-31T23:59:59.999-01:00", NO_TIME),
        ("9999-12-31T23:59:59,999-01:00", NO_TIME),
        ("0001-01-01T00:59:59+01:00", NO_TIME),
        ("0001-01-01T01:00:00+01:00", -62_135_596_800_000),
    ],
)
def test_events_happen_in_the_years_1_to_9999(value, time):
    event = json.dumps({"@timestamp": value}).encode()
    assert scanned([event], MILLIS).time.tolist() == [time]
    event = json.dumps({"@timestamp": [value, 7], "event.ingested": 8}).encode()
    assert scanned([event], MILLIS).time.tolist() == [7 if time == NO_TIME else time]


@pytest.mark.parametrize(
    "text", ["2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2023-04-31T00:00:00Z"]
)
def test_days_that_do_not_exist_are_no_times(text):
    data = np.frombuffer(bytearray(text.encode() + bytes(64)), np.uint8)
    assert moment(data, 0, len(text), False) == UNCLEAR
    assert parse_time(text) is None


def test_every_day_of_four_centuries():
    days = np.arange(np.datetime64("1876-01-01"), np.datetime64("2277-01-01"))
    lines = [b'{"@timestamp":"%sT23:00:00.5Z"}' % str(day).encode() for day in days]
    want = days.astype("datetime64[ms]").astype(np.int64) + 82_800_500
    assert (scanned(lines, MILLIS).time == want).all()


def test_digits_behind_the_text_are_not_read():
    data = np.frombuffer(bytearray(b"2026-03-01T10:00:17.5" + b"9" * 64), np.uint8)
    assert moment(data, 0, 21, False) % 1000 == 500
    assert count(np.frombuffer(b"12" + b"9" * 64, np.uint8), 0, 2, False) == 12


def test_another_field_can_be_the_timestamp():
    lines = [
        b'{"@timestamp":1,"when":{"it":{"was":2}},"event.ingested":3}',
        b'{"@timestamp":1,"event":{"ingested":"3"}}',
        b'{"@timestamp":1}',
    ]
    fields = FieldSet(("when.it.was", "@timestamp"), timestamp="when.it.was")
    cells = scanned(lines, fields)
    assert cells.time.tolist() == [2, 3, NO_TIME]
    assert [cells.values(row, 1) for row in range(3)] == [[1], [1], [1]]
    same = FieldSet((), timestamp="event.ingested")
    assert scanned(lines, same).time.tolist() == [3, 3, NO_TIME]


def test_a_rejected_line_has_no_time():
    assert scanned([b'{"@timestamp":1}}', b'{"@timestamp":1}'], MILLIS).time.tolist() == [
        NO_TIME,
        1,
    ]
