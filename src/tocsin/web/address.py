"""Addresses of pages: what a question asks, written behind the ``?``, and read from there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class QuestionError(ValueError):
    """An address asks for what is not there; the message says what can be asked."""


class Paged:
    """A question whose answer has pages; ``given`` are its parameters as they were asked."""

    __slots__ = ()

    given: tuple[tuple[str, str], ...]

    def on_page(self, number: int) -> str:
        """The query string of another page."""
        kept = [pair for pair in self.given if pair[0] != "page"]
        return query_string(kept if number == 1 else [*kept, ("page", str(number))])

    @property
    def query(self) -> str:
        """The query string of this question."""
        return query_string(self.given)

    def values(self, name: str) -> tuple[str, ...]:
        """What was given for a parameter."""
        return tuple(value for key, value in self.given if key == name)

    def one(self, name: str) -> str:
        """What was given for a parameter that has one value; empty if nothing was."""
        return next(iter(self.values(name)), "")


def query_string(pairs: Iterable[tuple[str, str]]) -> str:
    """Parameters as they stand behind an address, the ``?`` included where there are any."""
    text = urlencode(list(pairs), quote_via=quote, errors="replace")
    return f"?{text}" if text else ""


def number(text: str, name: str, most: int) -> int:
    """A number of an address, from 1 to ``most``. Raises QuestionError."""
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= most:
        raise QuestionError(f"{name} is a number from 1 to {most:,}")
    return int(text)


def instant(text: str, name: str, *, last: bool = False) -> int | None:
    """A time of an address in milliseconds since 1970, UTC unless it says otherwise.

    ``last``: of what a day, minute or second holds, the last. None for nothing.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise QuestionError(f"{name} is a time such as 2026-08-21 or 2026-08-21T12:00") from None
    found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    at = (found - _EPOCH) // timedelta(milliseconds=1)
    return at + _held(text) - 1 if last else at


def _held(text: str) -> int:
    """Milliseconds that a time stands for, by how exactly it is written."""
    if len(text) <= len("2026-08-21"):
        return 86_400_000
    clock = text[11:].partition("+")[0].partition("-")[0].rstrip("Z")
    return 60_000 if clock.count(":") == 1 else 1 if "." in clock else 1_000
