"""A step of an investigation: what was asked, what was found, and what would show more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

MOST_ROWS = 20
"""Rows of a step that are shown; its list of events has all."""


class Row(NamedTuple):
    """Something found: when, what, and whether it matters more than the rest."""

    time: str
    told: str
    marked: bool = False


class Listing(NamedTuple):
    """Events that a step asked for: in words, how many, and the page that lists them.

    ``whole``: everything was looked at; ``number`` None: nothing was, for want of time.
    """

    asked: str
    kql: str
    address: str
    number: int | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step carried out.

    ``told`` are sentences about what was found. ``lacking`` says which source would show it, where
    there is none; ``caution`` what the answer does not prove.
    """

    name: str
    title: str
    told: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    more: int = 0
    listings: tuple[Listing, ...] = ()
    lacking: str = ""
    caution: str = ""

    @property
    def whole(self) -> bool:
        """Whether everything that it asks for was looked at."""
        return all(one.whole for one in self.listings)


def steps_json(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """Steps as JSON."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "told": list(one.told),
            "rows": [row._asdict() for row in one.rows],
            "more": one.more,
            "asked": [listing._asdict() for listing in one.listings],
            "lacking": one.lacking or None,
            "caution": one.caution or None,
            "whole": one.whole,
        }
        for one in steps
    ]
