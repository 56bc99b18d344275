"""Date math, intervals and look-backs."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.rules.rule import Rule
from tocsin.rules.timing import TimingError, date_math, history, instant, interval, look_back
from tocsin.schema.values import FIRST_TIME, LAST_TIME


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NOW = at("2026-08-19T14:37:21.123")  # a Wednesday


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("now", "2026-08-19T14:37:21.123"),
        ("now-9m", "2026-08-19T14:28:21.123"),
        ("now+1h", "2026-08-19T15:37:21.123"),
        ("now-1H", "2026-08-19T13:37:21.123"),
        ("now-30s", "2026-08-19T14:36:51.123"),
        ("now-m", "2026-08-19T14:36:21.123"),
        ("now-2w", "2026-08-05T14:37:21.123"),
        ("now-6M", "2026-02-19T14:37:21.123"),
        ("now-8M", "2025-12-19T14:37:21.123"),
        ("now-1y", "2025-08-19T14:37:21.123"),
        ("now-30d/d", "2026-07-20T00:00:00"),
        ("now/h", "2026-08-19T14:00:00"),
        ("now/w", "2026-08-17T00:00:00"),
        ("now/M", "2026-08-01T00:00:00"),
        ("now/y", "2026-01-01T00:00:00"),
        ("now-1d/d+2h", "2026-08-18T02:00:00"),
        ("2026-03-31||-1M", "2026-02-28T00:00:00"),
        ("2024-02-29||+1y", "2025-02-28T00:00:00"),
        ("2026-08-01T12:00:00Z||/d", "2026-08-01T00:00:00"),
        ("2026-08-01T12:00:00+02:00", "2026-08-01T10:00:00"),
        ("2026-08-01", "2026-08-01T00:00:00"),
        ("2026-08||-1d", "2026-07-31T00:00:00"),
        ("2026||+1M/M", "2026-02-01T00:00:00"),
        (" now-1m ", "2026-08-19T14:36:21.123"),
    ],
)
def test_date_math_is_reckoned_as_elasticsearch_does(text, then):
    assert date_math(text).at(NOW) == at(then)
    assert instant(text, NOW) == at(then)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("now/d", "2026-08-19T23:59:59.999"),
        ("now/M", "2026-08-31T23:59:59.999"),
        ("now/w", "2026-08-23T23:59:59.999"),
        ("now-1m", "2026-08-19T14:36:21.123"),
    ],
)
def test_an_upper_bound_rounds_up(text, then):
    assert date_math(text).at(NOW, round_up=True) == at(then)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9m",
        "nowish",
        "now-",
        "now-9",
        "now-9x",
        "now 9m",
        "now-9m;",
        "now-1.5h",
        "yesterday",
        "||-1d",
        "2026-13-01",
        "now-9999999999d",
        "now-\u0661m",
    ],
)
def test_what_is_no_date_math_is_told(text):
    with pytest.raises(TimingError, match=r"write|use one of|step|unit"):
        date_math(text)


@pytest.mark.parametrize("text", ["now-99999y", "now-999999999w", "now+999999999M"])
def test_times_out_of_the_calendar_are_told(text):
    with pytest.raises(TimingError, match="years"):
        date_math(text).at(NOW)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("5m", 300_000), ("30s", 30_000), ("24h", 86_400_000), ("2d", 172_800_000)],
)
def test_intervals(text, milliseconds):
    assert interval(text) == milliseconds


@pytest.mark.parametrize(
    "text", ["", "m", "5", "5w", "-5m", "0s", "5 m", "1.5h", "²m", "99999999999m"]
)
def test_what_is_no_interval_is_told(text):
    with pytest.raises(TimingError):
        interval(text)


def rule(from_, to="now"):
    return Rule(id="a", name="A", type="eql", from_=from_, to=to)


@pytest.mark.parametrize(
    ("from_", "to", "minutes"),
    [
        ("now-9m", "now", 9),
        ("now-6m", "now-1m", 5),
        ("now-7205m", "now", 7205),
        ("now-1d/d", "now", 2 * 1440),
        ("now-1d", "now/d", 1440),
    ],
)
def test_the_look_back_is_from_from_to_to(from_, to, minutes):
    assert round(look_back(rule(from_, to)) / 60_000) == minutes


@pytest.mark.parametrize(
    ("from_", "to", "years"),
    [
        ("1900-01-01T00:00:00.000Z", "now", 100),
        ("2019-02-19T20:42:00.000Z", "now", 100),
        ("2026-08-01||-7d", "now-1m", 99),
        ("2024-01-01", "2025-01-01", 1),
    ],
)
def test_a_window_that_begins_at_a_date_grows(from_, to, years):
    year = 365 * 86_400_000
    assert years * year <= look_back(rule(from_, to)) < (years + 3) * year
    terms = Rule(id="a", name="A", type="new_terms", to=to, history_window_start=from_)
    assert history(terms) == look_back(rule(from_, to))


def test_a_look_back_of_nothing_is_told():
    for from_, to in (("now", "now"), ("now", "now-1m"), ("2025-01-01", "2024-01-01")):
        with pytest.raises(TimingError, match="before"):
            look_back(rule(from_, to))


@given(st.text("now+-/|0123456789yMwdhHms.", max_size=15), st.integers(0, 4 * 10**12))
def test_nothing_but_a_timing_error_is_raised(text, now):
    with contextlib.suppress(TimingError):
        assert isinstance(date_math(text).at(now), int)


@given(st.integers(1, 500), st.sampled_from("smhdw"), st.integers(0, 4 * 10**12))
def test_adding_undoes_subtracting(number, unit, now):
    assert date_math(f"now-{number}{unit}+{number}{unit}").at(now) == now


@pytest.mark.parametrize("unit", "yMwdhms")
def test_what_ends_with_the_calendar_is_rounded_up_to_its_last_moment(unit):
    assert date_math(f"now/{unit}").at(LAST_TIME, round_up=True) == LAST_TIME


@pytest.mark.parametrize(
    ("text", "now", "then"),
    [
        ("now-9m", LAST_TIME, LAST_TIME - 540_000),
        ("now+9m", LAST_TIME, LAST_TIME + 540_000),
        ("now", LAST_TIME + 1, LAST_TIME + 1),
        ("now-9m/d", FIRST_TIME, FIRST_TIME - 540_000),
        ("now-1M", FIRST_TIME, FIRST_TIME - 2_629_746_000),
    ],
)
def test_a_bound_may_lie_beyond_the_years_that_have_a_calendar(text, now, then):
    assert date_math(text).bound(now) == then
