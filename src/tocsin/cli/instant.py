"""Times on the command line: ``2026-08-01``, ``2026-08-01T12:00Z``, ``now-1h``, ``now/d``."""

from __future__ import annotations

import re
import time

from tocsin.cli.failure import CannotRun
from tocsin.rules.timing import date_math

_DATE = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)


def now() -> int:
    """The wall clock in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def instant(text: str, option: str, *, last: bool = False) -> int:
    """The time that an option names, in milliseconds.

    Of a day, month or year it is the first moment, or the last.
    """
    date = text.strip()
    if _DATE.fullmatch(date):
        text = f"{date}||/{'yMd'[date.count('-')]}"
    try:
        return date_math(text).at(now(), round_up=last)
    except ValueError as error:
        raise CannotRun(f"{option}: {error}") from error


def maybe_instant(text: str | None, option: str, *, last: bool = False) -> int | None:
    """The same where the option may be left out."""
    return None if text is None else instant(text, option, last=last)
