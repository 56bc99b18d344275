"""What a date in a query stands for: first and last moment."""

import pytest

from tocsin.plan.date_span import date_span
from tocsin.schema.kinds import Kind
from tocsin.schema.values import parse_time_nanos

NOW = parse_time_nanos("2026-03-10T12:34:56.789Z") // 1_000_000


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-01-01T23:59:59.999999999Z"),
        ("2024-02", "2024-02-01", "2024-02-01T23:59:59.999999999Z"),
        ("2026-12-31", "2026-12-31", "2026-12-31T23:59:59.999999999Z"),
        ("2026-03-10T05", "2026-03-10T05:00", "2026-03-10T05:59:59.999999999Z"),
        ("2026-03-10T05:06", "2026-03-10T05:06", "2026-03-10T05:06:59.999999999Z"),
        ("2026-03-10T05:06:07Z", "2026-03-10T05:06:07", "2026-03-10T05:06:07.999999999Z"),
        ("2026-03-10T05:06+02:00", "2026-03-10T03:06", "2026-03-10T03:06:59.999999999Z"),
        ("2026-03-10T05:06:07.8Z", "2026-03-10T05:06:07.8Z", "2026-03-10T05:06:07.8Z"),
        ("1773144896789", "2026-03-10T12:14:56.789Z", "2026-03-10T12:14:56.789Z"),
        ("now", "2026-03-10T12:34:56.789Z", "2026-03-10T12:34:56.789Z"),
        ("now-1h", "2026-03-10T11:34:56.789Z", "2026-03-10T11:34:56.789Z"),
        ("now/d", "2026-03-10", "2026-03-10T23:59:59.999999999Z"),
        ("now-30d/d", "2026-02-08", "2026-02-08T23:59:59.999999999Z"),
        ("now/w", "2026-03-09", "2026-03-15T23:59:59.999999999Z"),
        ("2026-03-10||-1M/M", "2026-02-01", "2026-02-28T23:59:59.999999999Z"),
    ],
)
def test_a_date_has_its_span(text, first, last):
    found = date_span(text, Kind.DATE_NANOS, NOW)
    ends = (parse_time_nanos(first), parse_time_nanos(last))
    assert (found.first, found.last) == ends
    millis = date_span(text, Kind.DATE, NOW)
    assert (millis.first, millis.last) == tuple(end // 1_000_000 for end in ends)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13", "now-1x", "now+", "||-1d", "x||/d"])
def test_other_texts_are_no_dates(text):
    assert date_span(text, Kind.DATE, NOW) is None


def test_years_reach_as_far_as_dates_do():
    found = date_span("9999-12-31", Kind.DATE, None)
    assert (found.first, found.last) == (253_402_214_400_000, 253_402_300_799_999)


def test_now_has_to_be_known():
    assert date_span("now-1d", Kind.DATE, None) is None
    assert date_span("2026-03-10||-1d", Kind.DATE, None) is not None
