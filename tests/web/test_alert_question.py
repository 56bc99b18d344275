"""Questions in addresses of pages: read, changed, written and read again."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.store.filter import STATUSES, Filter, Order, Sort
from tocsin.store.writing import SEVERITIES
from tocsin.web.address import QuestionError, instant
from tocsin.web.alert_question import MANY, Asked

DAY = 86_400_000
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
PAIRS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["rule", "host", "user", "tag", "q"]), TEXT),
        st.tuples(st.just("status"), st.sampled_from([*STATUSES, "any"])),
        st.tuples(st.just("severity"), st.sampled_from(SEVERITIES)),
        st.tuples(st.just("sort"), st.sampled_from([*Order])),
        st.tuples(st.sampled_from(["page", "size"]), st.integers(1, 200).map(str)),
    ),
    max_size=12,
)


def read(query):
    return Asked.read(parse_qsl(query.removeprefix("?"), keep_blank_values=True))


@given(PAIRS)
def test_a_question_is_read_as_it_was_written(pairs):
    asked = Asked.read(pairs)
    assert read(asked.query) == asked


@given(PAIRS, st.sampled_from(MANY[2:]), TEXT)
def test_a_value_is_chosen_and_taken_away_again(pairs, name, value):
    value = value.strip() or "x"
    asked = Asked.read(pairs)
    before = {each.casefold() for each in asked.values(name)}
    once = read(asked.toggled(name, value))
    assert {each.casefold() for each in once.values(name)} == before ^ {value.casefold()}
    assert once.page == 1


def test_what_is_to_do_is_meant_where_nothing_is_said():
    asked = Asked.read([])
    to_do = ("open", "acknowledged")
    assert asked.filter == Filter(statuses=to_do, building_blocks=False)
    assert asked.sort == Sort(Order.TIME, descending=True)
    assert not asked.narrowed
    assert read("status=any").filter.statuses == ()
    assert read("reason=duplicate").filter.statuses == ()
    assert read("blocks=1").filter.building_blocks is None
    assert read("assignee=none&assignee=ann").filter.assignees == ("ann",)
    assert read("assignee=none").filter.unassigned
    assert not read("sort=rule").sort.descending


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1970-01-02", DAY, 2 * DAY - 1),
        ("1970-01-01T00:01", 60_000, 119_999),
        ("1970-01-01T00:00:02", 2_000, 2_999),
        ("1970-01-01T00:00:02.500Z", 2_500, 2_500),
        ("1970-01-01T01:00+01:00", 0, 59_999),
        ("1970-01-01T00:00-01:00", 3_600_000, 3_659_999),
        ("1969-12-31", -DAY, -1),
    ],
)
def test_times_mean_all_that_they_name(text, first, last):
    assert instant(text, "since") == first
    assert instant(text, "until", last=True) == last


@pytest.mark.parametrize(
    "query",
    [
        "page=-1",
        "page=x",
        "page=\u0661",
        "page=1000000000000",
        "size=201",
        "severity=worst",
        "order=up",
        "since=2026-02-30",
        "since=2026-01-02&until=2026-01-01",
        "q=" + "x" * 1001,
        "&".join(f"host={n}" for n in range(60)),
    ],
)
def test_what_makes_no_sense_is_refused(query):
    with pytest.raises(QuestionError):
        read(query)
