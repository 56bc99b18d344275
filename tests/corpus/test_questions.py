"""Questions to stored events, sealed or not."""

import pytest
from asking import NOW, stored, told

from tocsin.corpus.question import Condition, Kind, Question, filled, is_
from tocsin.corpus.span import Span
from tocsin.languages import QueryError
from tocsin.rules.guide_blocks import Block
from tocsin.rules.guide_blocks import Condition as Written

pytestmark = pytest.mark.usefixtures("unsynced")

RANGE = '{"gte": 1, "lt": "{{process.pid}}"}'


@pytest.fixture
def asked(tmp_path):
    sealed = [
        told(0, process={"name": "curl", "pid": 7}, host={"name": "a"}),
        told(1_000, process={"name": "wget", "pid": 70}, host={"name": "b"}),
        told(2_000, process={"name": ["sh", "curl"], "pid": "7"}, host={"name": "b"}),
    ]
    fresh = [told(3_000, process={"name": "curl"}, host={"name": "a"}), {"message": "no time"}]
    with stored(tmp_path, sealed, fresh) as questions:
        yield questions


def test_counts_and_finds_sealed_and_unsealed_events_by_any_value(asked):
    question = Question(((is_("process.name", "curl"),),))
    assert asked.count(question).events == 3
    found = asked.find(question, 2)
    assert found.total == 3
    assert [event.time - NOW for event in found.events] == [3_000, 2_000]
    assert found.events[1].source["process"]["name"] == ["sh", "curl"]
    assert (found.events[1].index_name, found.events[1].id) == ("logs-x", "0-2")
    oldest = asked.find(question, 1, newest_first=False)
    assert [event.time - NOW for event in oldest.events] == [0]


def test_values_say_events_hosts_and_times(asked):
    found = asked.values(Question(), "process.name", 2)
    assert [tuple(row) for row in found.values] == [
        ("curl", 3, 2, NOW, NOW + 3_000),
        ("sh", 1, 1, NOW + 2_000, NOW + 2_000),
    ]
    assert found.others == 1


@pytest.mark.parametrize(
    ("condition", "events"),
    [
        (Condition("process.pid"), 3),
        (Condition("process.pid", excluded=True), 2),
        (is_("process.pid", 7), 2),
        (is_("process.pid", "7"), 2),
        (is_("process.pid", "seven"), 0),
        (is_("process.name", "CURL"), 0),
        (is_("process.name", "wget", "sh"), 2),
        (Condition("process.name", Kind.WILDCARD, ("*u?l",)), 3),
        (Condition("process.pid", Kind.RANGE, bounds=(("gte", 7), ("lt", 70))), 2),
        (is_("process.name", "'; drop table events; --"), 0),
    ],
)
def test_conditions(asked, condition, events):
    assert asked.count(Question(((condition,),))).events == events


def test_spans_hold_their_ends_and_no_event_without_a_time(asked):
    assert asked.count(Question()).events == 5
    assert asked.count(Question(span=Span(NOW))).events == 4
    assert asked.count(Question(span=Span(NOW + 1_000, NOW + 2_000))).events == 2


def test_kql_and_groups_must_both_hold(asked):
    groups = ((is_("host.name", "a"),), (is_("process.name", "wget"),))
    assert asked.count(Question(groups)).events == 3
    assert asked.count(Question(groups, "process.pid >= 7")).events == 2
    with pytest.raises(QueryError):
        asked.count(Question(kql="process.pid >="))


def test_a_guides_block_is_filled_with_the_alerts_values():
    block = Block(
        "investigate",
        "x",
        groups=(
            (Written("host.id", "{{host.id}}"), Written("event.category", "process")),
            (Written("user.id", "{{user.id}}"),),
            (Written("a.b/c", "{{ a.b/c }}"),),
            (
                Written(
                    "process.pid", '{"gte": 1, "lt": "{{process.pid}}"}', "range", excluded=True
                ),
            ),
        ),
    )
    values = {"host.id": ["h", "g"], "process.pid": [9], "a.b/c": ["d"]}
    made = filled(block, lambda name: values.get(name, []))
    assert made.missing == ("user.id",)
    assert made.question.groups == (
        (is_("host.id", "h", "g"), is_("event.category", "process")),
        (is_("a.b/c", "d"),),
        (Condition("process.pid", Kind.RANGE, bounds=(("gte", 1), ("lt", "9")), excluded=True),),
    )
    nothing = filled(block, lambda name: [])
    assert nothing.question is None
    assert nothing.missing == ("host.id", "user.id", "a.b/c", "process.pid")


def test_warming_changes_no_answer(tmp_path):
    events = [told(n, host={"name": f"h{n % 3}"}, process={"name": "a"}) for n in range(40)]
    with stored(tmp_path, events[:30], events[30:]) as questions:
        questions.warm()
        assert questions.count(Question()).events == 40
    with stored(tmp_path / "empty", []) as questions:
        questions.warm()
        assert not questions.any
