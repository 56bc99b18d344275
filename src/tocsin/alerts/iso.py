"""Times as alerts write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = [f"{second:02d}." for second in range(60)]
_REST = [f"{rest:03d}Z" for rest in range(1000)]


def iso(milliseconds: int) -> str:
    """A time as ``2026-08-21T12:00:00.000Z``."""
    minute, rest = divmod(milliseconds, 60_000)
    second, rest = divmod(rest, 1000)
    return _minute(minute) + _SECONDS[second] + _REST[rest]


@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    return (_EPOCH + timedelta(minutes=minutes)).isoformat()[:17]
