"""Times as pages show them, in UTC; what lies outside the years 1 to 9999 is a number."""

from __future__ import annotations

from tocsin.alerts.iso import iso
from tocsin.schema.values import FIRST_TIME, LAST_TIME


def stamp(at: int | None) -> str:
    """A time in milliseconds since 1970 as ISO 8601 has it; nothing for none."""
    if at is None:
        return ""
    return iso(at) if FIRST_TIME <= at <= LAST_TIME else str(at)


def moment(at: int) -> str:
    """A time to the second, as people read it."""
    return iso(at)[:19].replace("T", " ") if FIRST_TIME <= at <= LAST_TIME else f"{at} ms"


def exact_moment(at: int) -> str:
    """A time to the millisecond likewise."""
    return stamp(at).replace("T", " ").removesuffix("Z")
