"""The time that a question is about."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """Times in milliseconds since 1970, both included; None: no bound."""

    since: int | None = None
    until: int | None = None

    def meets(self, low: int, high: int) -> bool:
        """Whether a moment from ``low`` to ``high`` (both included) may lie in it."""
        return not (
            (self.since is not None and high < self.since)
            or (self.until is not None and low > self.until)
        )


ALWAYS = Span()
