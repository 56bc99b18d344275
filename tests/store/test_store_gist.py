"""What a store keeps of an alert is the same whether its document is looked through in parts."""

from __future__ import annotations

import random
from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st
from made import made

from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.plan.plan import EventPlan, StagePlan
from tocsin.plan.predicate import Exists, FieldRef
from tocsin.rules.rule import Rule, Technique, Threat
from tocsin.schema.kinds import Kind
from tocsin.store.apart import taken_apart
from tocsin.store.gist import Gist, _plain, former_digest, gist
from tocsin.store.store import Store

PREFIX = "kibana.alert.rule."
RUN = {
    f"{PREFIX}execution.uuid": "run",
    f"{PREFIX}execution.timestamp": "2026-08-01T00:00:00.000Z",
    "tocsin.detected_at": "2026-08-01T00:00:00.000Z",
}
NAMES = st.sampled_from(
    (
        *("host", "host.name", "user", "message", "kibana.alert.reason", "tocsin.detected_at"),
        *(f"{PREFIX}name", f"{PREFIX}threat", f"{PREFIX}uuid", f"{PREFIX}execution.uuid"),
    )
)
LEAVES = st.sampled_from(
    ("web-1", 'a "b"', "C:\\users", "Ü", 7, 1.5, None, True, f',"{PREFIX}uuid":')
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=5,
)
MEMBERS = st.dictionaries(NAMES, VALUES, max_size=5)
THREAT = [{"tactic": {"id": "TA0001"}, "technique": [{"id": "T1078"}]}]


def written(own: dict[str, Any], rule: dict[str, Any], run: dict[str, Any]) -> bytes:
    """A document of such members, one after the other."""
    parts = (orjson.dumps(part)[1:-1] for part in (own, rule, run))
    return b"{%s}" % b",".join(part for part in parts if part)


def sorted_out(found: Gist) -> tuple[object, ...]:
    return sorted(found.labels), found.digest, found.words


@given(MEMBERS, MEMBERS, st.sampled_from(({}, RUN, RUN | {"host": 1})), st.integers(0, 400))
@example({"host": {"name": "a"}}, {f"{PREFIX}uuid": "r", f"{PREFIX}threat": THREAT}, RUN, 0)
@example({"tocsin.detected_at": 1}, {f"{PREFIX}uuid": "r"}, RUN, 0)
@example({f"{PREFIX}uuid": 1}, {f"{PREFIX}uuid": "r"}, RUN, 0)
def test_parts_and_the_whole_say_the_same(
    own: dict[str, Any], rule: dict[str, Any], run: dict[str, Any], cut: int
) -> None:
    document = written({"@timestamp": 1, **own}, {f"{PREFIX}uuid": "r", **rule}, run)
    for text in (document, document[: -cut or None], document[:cut] + document[cut + 1 :]):
        alert = made(1, document=text)
        assert sorted_out(gist(alert)) == sorted_out(_plain(alert))


@given(MEMBERS, MEMBERS, st.randoms())
def test_order_and_wall_clock_do_not_count(
    own: dict[str, Any], rule: dict[str, Any], chance: random.Random
) -> None:
    rule = {f"{PREFIX}uuid": "r", **{k: v for k, v in rule.items() if k.startswith(PREFIX)}}
    members = [*(own | rule | RUN).items()]
    chance.shuffle(members)
    later = dict.fromkeys(RUN, "2026-08-02T00:00:00.000Z")
    one = made(1, document=written(own, rule, RUN))
    other = made(1, document=orjson.dumps(dict(members)))
    assert gist(one).digest == gist(other).digest
    assert gist(made(1, document=written(own, rule, later))).digest == gist(one).digest
    assert former_digest(one) == former_digest(other)


def test_an_alert_that_stands_there_since_before_is_the_same(tmp_path: Any) -> None:
    one, other = made(1), made(2)
    with Store.open(tmp_path) as store:
        store.put([one, other])
        with store._database.writing() as connection:
            connection.exec_driver_sql(
                "UPDATE alert SET digest = ? WHERE id = ?", (former_digest(one), one.id)
            )
        assert store.put([one, other]) == (0, 0, 2)
        assert store.put([one._replace(rule_name="Another"), other]) == (0, 1, 1)


def test_what_the_engine_writes_is_taken_apart() -> None:
    rules = [
        Rule("r", "R", "eql", threat=(Threat("TA1", "T", "", (Technique("T1", "N", "", ()),)),))
    ]
    plans = [EventPlan(StagePlan(Exists(FieldRef("process.name", Kind.UNKNOWN))))]
    documents = Documents(rules, plans, detected_at=0, execution="run", few=1)
    event = b'{"@timestamp":"2026-08-01T00:00:00Z","process":{"name":"a"}}'
    found = Finding(0, "", 1, (SourceEvent("1", "logs", 1, 0, event, 0, 0),))
    (line,) = map(documents.line, documents.named([found]))
    apart = taken_apart(line, "r")
    assert apart is not None
    assert {**apart.members, **apart.rule.members} == {
        name: value for name, value in orjson.loads(line).items() if name not in RUN | {}
    }
