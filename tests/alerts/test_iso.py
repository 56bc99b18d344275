"""Times are written as the standard library writes them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.iso import iso


@given(st.integers(-60_000_000_000_000, 250_000_000_000_000))
def test_times(milliseconds):
    told = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert iso(milliseconds) == f"{told.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
