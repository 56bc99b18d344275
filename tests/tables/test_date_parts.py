"""Parts of a date that the language takes are those that can be computed."""

import pytest

import tocsin
from tocsin.languages.esql.date_units import DATE_PARTS


@pytest.mark.parametrize("part", sorted(DATE_PARTS))
def test_each_part_that_the_language_takes_is_computed(part):
    query = f'row d = "2026-05-06T07:08:09.010Z"::datetime | eval r = date_extract("{part}", d)'
    (row,) = tocsin.query(tocsin.events([]), query, language="esql")
    assert row["r"] is not None
