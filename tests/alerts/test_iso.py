"""Times are written as the standard library writes them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.iso import iso


@given(st.integers(-60_000_000_000_000, 250_000_000_000_000))
def test_times(milliseconds):
    told = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert iso(milliseconds) == f"{told.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800_000, "+10000-01-01T00:00:00.000Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        (-62_135_596_800_001, "0000-12-31T23:59:59.999Z"),
        (-62_167_219_200_001, "-0001-12-31T23:59:59.999Z"),
        (2**63 - 1, "+292278994-08-17T07:12:55.807Z"),
    ],
)
def test_years_beyond_four_digits(milliseconds, text):
    assert iso(milliseconds) == text
