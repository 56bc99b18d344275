"""How many stored alerts a guide's block means."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, product

import orjson
import pytest

from tocsin.corpus.question import Condition, Kind, is_
from tocsin.corpus.span import ALWAYS, Span
from tocsin.engine.query import query
from tocsin.store.alert import StoredAlert
from tocsin.store.export import document_of
from tocsin.store.store import Store
from tocsin.store.triage import Act
from tocsin.web.kql_text import groups_text
from tocsin.web.looked_alerts import TOGETHER, alerts_meant

AT = 1_785_585_600_000
ALERTS = 180


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Alerts of three hosts and two users, one a second; some have a tag or no user."""
    with Store.open(tmp_path_factory.mktemp("alerts") / "alerts.db") as opened:
        opened.put([_alert(number) for number in range(ALERTS)])
        act = Act("somebody", AT)
        opened.tag([_alert(number).id for number in range(0, ALERTS, 7)], act, add=["seen"])
        yield opened


def _alert(number: int) -> StoredAlert:
    document = {
        "@timestamp": "2026-08-01T12:00:00.000Z",
        "event": {"kind": "signal"},
        "host": {"id": f"h-{number % 3}", "name": f"web-{number % 3}"},
        "process": {"name": f"h-{(number + 1) % 3}", "pid": number},
        **({} if number % 5 == 0 else {"user": {"id": ["u-1", "u-2"][number % 2]}}),
    }
    at = AT + number * 1000
    content = orjson.dumps(document)
    return StoredAlert(f"{number:040x}", "r", "A rule", "low", 1.0, at, False, content)


SIGNALS = is_("event.kind", "signal")
GROUPS = [
    (SIGNALS, is_("host.id", "h-1")),
    (SIGNALS, is_("user.id", "U-1")),
    (SIGNALS, is_("host.id", "h-0"), Condition("user.id", excluded=True)),
    (SIGNALS, is_("kibana.alert.workflow_tags", "seen")),
    (SIGNALS, Condition("process.pid", Kind.RANGE, bounds=(("gte", 100), ("lt", 130)))),
    (SIGNALS, Condition("host.name", Kind.WILDCARD, ("web-*2",))),
    (SIGNALS, is_("host.id", "nowhere")),
]


@pytest.mark.parametrize("span", [ALWAYS, Span(AT + 20_500, AT + 99_000)], ids=["always", "span"])
@pytest.mark.parametrize(
    "groups", [*((one,) for one in GROUPS), *product(GROUPS[:3], GROUPS[3:])], ids=str
)
def test_as_many_are_found_as_a_query_finds_in_all_of_them(store, groups, span):
    low, high = span.since or 0, span.until or 1 << 60
    every = [
        {**document_of(one), "its_id": one.id}
        for one in store.each(whole=True)
        if low <= one.timestamp <= high
    ]
    text = groups_text(groups)
    assert text
    expected = len(list(query(every, text, language="kuery")))
    found = alerts_meant(groups, span, store, 10.0, lambda: 0.0)
    assert (found.number, found.whole) == (expected, True)


def _ticking() -> Iterator[float]:
    return map(float, count())


@pytest.mark.parametrize(("seconds", "looked"), [(0.5, 0), (1.5, 1), (2.5, 2), (9.0, 4)])
def test_hurried(store, seconds, looked):
    """Each look at the clock is a second later: the latest alerts are looked at till then."""
    ticks = _ticking()
    found = alerts_meant([(SIGNALS,)], ALWAYS, store, seconds, lambda: next(ticks))
    assert found.number == (min(looked * TOGETHER, ALERTS) if looked else None)
    assert found.whole == (looked * TOGETHER >= ALERTS)


def test_the_address_has_the_words_and_the_times(store):
    found = alerts_meant([GROUPS[0], GROUPS[1]], Span(AT), store, 1.0, lambda: 0.0)
    assert found.address == "/alerts?status=any&q=h-1&since=2026-08-01T12%3A00%3A00.000Z"
