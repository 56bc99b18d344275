"""Rules about what is new run only where something new is: with the same alerts."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from tocsin.plan import rule_esql
from tocsin.plan.rule_plan import plan_of
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MINUTE = 60_000


def rule(query):
    return Rule(
        id="r",
        name="R",
        type="esql",
        language="esql",
        query=f"from x | {query}",
        interval="5m",
        from_="now-2h",
    )


FIRST = "stats n = count(*), first = min(@timestamp), last = max(@timestamp) by host.id"


@pytest.mark.parametrize(
    ("query", "most"),
    [
        (f'{FIRST} | eval a = date_diff("minute", first, now()) | where a <= 10', 11 * MINUTE),
        (f'{FIRST} | where n == 1 and date_diff("hours", last, now()) < 2', 180 * MINUTE),
        (f"{FIRST} | where first >= now() - 9 minutes", 9 * MINUTE),
        (f"{FIRST} | where now() - 1 hour < last", 60 * MINUTE),
        (f"{FIRST} | where last >= now() - 1 hour and first > now() - 5m", 5 * MINUTE),
        (
            (
                "stats last = max(case(process.pid == 1, @timestamp, null)) by host.id"
                " | where last > now() - 1 minute"
            ),
            MINUTE,
        ),
        (
            f"{FIRST} | stats f = min(first) by n | where f > now() - 3 minutes",
            3 * MINUTE,
        ),
        ("where @timestamp > now() - 1 minute | stats n = count(*) by host.id", MINUTE),
        # without groups there is a row even where no event is left
        ("where @timestamp > now() - 1 minute | stats n = count(*) | where n == 0", None),
        (f"{FIRST} | where first <= now() - 9 minutes", None),
        (f'{FIRST} | where date_diff("minute", first, now()) >= 9', None),
        (f'{FIRST} | where n > 1 or date_diff("minute", first, now()) < 9', None),
        (f'{FIRST} | where date_diff("month", first, now()) < 9', None),
        ("stats f = min(event.ingested) by host.id | where f > now() - 1m", None),
        (f"{FIRST} | where n > 1", None),
    ],
)
def test_what_is_asked_of_the_time_since_some_event(query, most):
    plan, found = plan_of(rule(query), Schema())
    assert plan is not None, found
    assert plan.recent == most


QUERIES = [
    f'{FIRST} | eval a = date_diff("minute", first, now()) | where a <= 10',
    f"{FIRST} | where last > now() - 7 minutes and n < 3 | keep host.id, n",
    (
        "stats last = max(case(process.pid == 1, @timestamp, null)) by host.id"
        " | where last > now() - 6 minutes"
    ),
    "where @timestamp > now() - 12 minutes | stats n = count(*) by host.id",
    "where @timestamp > now() - 12 minutes | stats n = count(*) | where n == 0",
    "inline stats last = max(@timestamp) by host.id | where last > now() - 8m | keep host.id",
    "where @timestamp > now() - 9 minutes | keep host.id",
]


@given(
    st.lists(
        st.tuples(st.integers(0, 20_000), st.sampled_from("ab"), st.integers(1, 2)), max_size=9
    ),
    st.sampled_from(QUERIES),
)
@settings(max_examples=20, deadline=None)
def test_the_alerts_are_those_of_all_runs(events, query):
    made = [
        {
            "@timestamp": (START + dt.timedelta(seconds=at)).isoformat(),
            "host.id": key,
            "process.pid": pid,
            "_number": number,
        }
        for number, (at, key, pid) in enumerate(events)
    ]

    def told():
        found = tocsin.scan(tocsin.events(made), [rule(query)], routing="off")
        kept = ("tocsin.ticks", "tocsin.events", "n", "a", "host.id", "@timestamp")
        return [(each.id, [each.document.get(name) for name in kept]) for each in found]

    found = told()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rule_esql, "recent", lambda _: None)
        assert told() == found
