"""Times as alerts write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = [f"{second:02d}." for second in range(60)]
_REST = [f"{rest:03d}Z" for rest in range(1000)]


def iso(milliseconds: int) -> str:
    """A time as ``2026-08-21T12:00:00.000Z``; years of more than four digits with their sign."""
    minute, rest = divmod(milliseconds, 60_000)
    second, rest = divmod(rest, 1000)
    return _minute(minute) + _SECONDS[second] + _REST[rest]


@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    try:
        return (_EPOCH + timedelta(minutes=minutes)).isoformat()[:17]
    except OverflowError:
        text = str(np.datetime64(minutes, "m"))
        year = int(text[:-12])
        return f"{year:+05d}{text[-12:]}:" if year else f"0000{text[-12:]}:"
