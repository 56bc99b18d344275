"""Times as pages show them, in UTC; what lies outside the years 1 to 9999 is a number."""

from __future__ import annotations

from tocsin.alerts.iso import iso


def stamp(at: int | None) -> str:
    """A time in milliseconds since 1970 as ISO 8601 has it; nothing for none."""
    if at is None:
        return ""
    try:
        return iso(at)
    except OverflowError:
        return str(at)


def moment(at: int) -> str:
    """A time to the second, as people read it."""
    try:
        return iso(at)[:19].replace("T", " ")
    except OverflowError:
        return f"{at} ms"


def exact_moment(at: int) -> str:
    """A time to the millisecond likewise."""
    return stamp(at).replace("T", " ").removesuffix("Z")
