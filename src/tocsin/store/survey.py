"""Everything that a page of alerts asks of a filter, at one moment, and the filter only once."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.store import reading
from tocsin.store.facets import Facet
from tocsin.store.filter import Filter, Page, Sort, conditions
from tocsin.store.groups import Groups, grouped
from tocsin.store.kept import Kept
from tocsin.store.tally import Tally, newest, tallied


class Survey(NamedTuple):
    """``found``: the alerts of the page; none where ``groups`` were asked for."""

    tally: Tally
    found: list[Kept]
    groups: Groups | None


def surveyed(
    connection: Connection,
    wanted: Filter,
    sort: Sort,
    page: Page,
    by: Facet | None,
    *,
    latest: int,
    most: int,
    largest: int | None,
) -> Survey:
    """Count what the latest alerts have in common, and read a page or put them into groups."""
    holds = conditions(connection, wanted)
    rows = newest(connection, holds, latest)
    tally = tallied(connection, wanted, latest, most, holds, rows)
    if by is not None:
        groups = grouped(connection, wanted, by, latest, holds, tally.total, rows)
        return Survey(tally, [], groups)
    end = page.offset + page.limit
    if page.offset >= tally.total:
        found = []
    elif sort == Sort() and min(end, tally.total) <= tally.counted:
        found = reading.at(connection, tally.keys[page.offset : end], largest)
    else:
        found = reading.find(
            connection, wanted, sort, page, whole=True, largest=largest, holds=holds
        )
    return Survey(tally, found, None)
