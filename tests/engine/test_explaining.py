"""What is told of a rule: hits, first failing clauses, near misses, and how far a sequence came."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from tocsin.engine.compare import compared
from tocsin.engine.compiled import compile_rules
from tocsin.engine.explain import explain
from tocsin.engine.scan import Options
from tocsin.engine.variants import variants
from tocsin.rules.rule import Rule


def rule(query, **more):
    return Rule(id="r", name="R", type="eql", language="eql", query=query, **more)


def story(query, events, routing="auto", size=10, **more):
    one = rule(query, **more)
    options = Options(routing=routing)
    return explain(compile_rules([one]), tocsin.events(events), options, size=size)


def event(second, name="a", category="process", **fields):
    return {
        "@timestamp": f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z",
        "event": {"category": category},
        "process": {"name": name},
        **fields,
    }


class TestEvents:
    QUERY = 'process where process.name == "a" and user.name : "r*" and not host.id == "x"'

    def test_the_first_clause_that_failed_is_counted(self):
        events = [
            event(0, user={"name": "root"}),
            event(1, "b", user={"name": "root"}),
            event(2, "b"),
            event(3, user={"name": "app"}),
            event(4, user={"name": "root"}, host={"id": "x"}),
            event(5, category="file"),
        ]
        told = story(self.QUERY, events)
        assert (told.found, told.seen) == (1, 6)
        [stage] = told.stages
        assert stage.matched == 1
        assert stage.failed == Counter(
            {
                'process.name == "a"': 2,
                'user.name : "r*"': 1,
                'not host.id == "x"': 1,
                'event.category == "process"': 1,
            }
        )

    def test_near_misses_come_nearest_first(self):
        events = [event(0, "b"), event(1), event(2, "b", user={"name": "root"})]
        told = story(self.QUERY, events)
        nearest = [(miss.line, miss.distance) for miss in told.stages[0].nearest]
        assert nearest == [(2, 1), (3, 1), (1, 2)]
        first = told.stages[0].nearest[0]
        assert [(why.clause, why.value) for why in first.failed] == [('user.name : "r*"', None)]
        assert ('process.name == "a"', "a") in {(why.clause, why.value) for why in first.held}

    def test_of_or_the_nearest_branch_is_told(self):
        query = (
            'any where (process.name == "a" and user.name == "x" and host.id == "y") or '
            '(process.name == "b" and user.name == "root")'
        )
        [miss] = story(f"{query[:9]} true and ({query[10:]})", [event(0, "b")]).stages[0].nearest
        assert [why.clause for why in miss.failed] == ['user.name == "root"']

    def test_size_bounds_what_is_kept_and_nothing_else(self):
        events = [event(n, "b") for n in range(50)] + [event(60, user={"name": "r"})] * 9
        told = story(self.QUERY, events, size=3)
        assert (told.found, len(told.findings), len(told.stages[0].nearest)) == (9, 3, 3)
        assert told.stages[0].failed.total() == 50

    def test_events_of_other_indices_are_not_seen(self):
        one = event(0, data_stream={"type": "logs", "dataset": "a.b"})
        other = event(1, data_stream={"type": "logs", "dataset": "c.d"})
        told = story("process where true", [one, other], "strict", index=("logs-a.*",))
        assert (told.found, told.seen, told.statistics.events) == (1, 1, 2)
        assert told.stages[0].failed == Counter()


class TestSequences:
    QUERY = (
        'sequence by host.id with maxspan=10s [process where process.name == "a"] '
        '[process where process.name == "b"] [process where process.name == "c"]'
    )

    def would(self, query, events):
        told = story(query, events)
        return [one.variant.dropped for one in told.would], told

    def test_how_far_it_came(self):
        host = {"host": {"id": "1"}}
        events = [event(0, "a", **host), event(1, "b", **host), event(2, "a", **host)]
        would, told = self.would(self.QUERY, events)
        assert would == []
        assert told.furthest.variant.stages == 2
        assert [stage.matched for stage in told.stages] == [2, 1, 0]

    def test_too_slow(self):
        events = [event(n * 8, name, host={"id": "1"}) for n, name in enumerate("abc")]
        would, told = self.would(self.QUERY, events)
        assert would == ["`maxspan`"]
        assert told.furthest.variant.stages == 2

    def test_other_keys(self):
        events = [event(n, name, host={"id": str(n)}) for n, name in enumerate("abc")]
        assert self.would(self.QUERY, events)[0] == ["the join keys"]

    def test_until(self):
        query = f'{self.QUERY} until [process where process.name == "z"]'
        events = [event(n, name, host={"id": "1"}) for n, name in enumerate("azbc")]
        would, told = self.would(query, events)
        assert would == ["`until`"]
        assert told.stages[-1].name == "until"

    def test_a_missing_event_that_came(self):
        query = (
            'sequence with maxspan=10s [process where process.name == "a"] '
            '![process where process.name == "b"] [process where process.name == "c"]'
        )
        events = [event(n, name) for n, name in enumerate("abc")]
        assert self.would(query, events)[0] == ["the missing events"]

    def test_of_what_was_found_nothing_is_told(self):
        events = [event(n, name, host={"id": "1"}) for n, name in enumerate("abc")]
        would, told = self.would(self.QUERY, events)
        assert (told.found, would) == (1, [])

    def test_a_sample(self):
        query = (
            'sample by host.id [process where process.name == "a"] '
            '[process where process.name == "b"]'
        )
        events = [event(n, name, host={"id": name}) for n, name in enumerate("ab")]
        assert self.would(query, events)[0] == ["the join keys"]

    def test_a_plan_of_one_event_has_no_relatives(self):
        assert variants(compile_rules([rule("process where true")]).plans[0]) == []


NAMES = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from("abc"), st.sampled_from(["1", "2"])), max_size=25
)


@settings(max_examples=60, deadline=None)
@given(NAMES)
def test_explaining_finds_what_a_scan_finds(drawn):
    events = [event(second, name, host={"id": host}) for second, name, host in drawn]
    for query in (TestSequences.QUERY, 'process where process.name == "a" and host.id == "1"'):
        told = story(query, events, size=100)
        assert told.found == len(list(tocsin.scan(events, [rule(query)])))
        for stage in told.stages:
            assert stage.matched + stage.failed.total() == told.seen == len(events)


def test_relatives_find_at_least_what_the_rule_finds():
    events = [event(n, name, host={"id": "1"}) for n, name in enumerate("abcabc")]
    told = story(TestSequences.QUERY, events)
    assert told.found
    assert all(one.found >= told.found for one in told.relatives)


class TestComparing:
    def pairs(self, old, new):
        events = [event(n, name, user={"name": "root"}) for n, name in enumerate("abcab")]
        both = (tocsin.scan(events, rules) for rules in (old, new))
        return Counter(pair.change for pair in compared(*both))

    def test_gained_and_lost(self):
        old = [rule('process where process.name in ("a", "b")')]
        new = [rule('process where process.name in ("b", "c")')]
        assert self.pairs(old, new) == {"lost": 2, "gained": 1, "same": 2}

    def test_nothing_on_a_side(self):
        every = [rule("process where true")]
        assert self.pairs([], every) == {"gained": 5}
        assert self.pairs(every, []) == {"lost": 5}
        assert self.pairs(every, every) == {"same": 5}

    def test_another_severity_is_a_change(self):
        old, new = rule("process where true"), rule("process where true", severity="high")
        assert self.pairs([old], [new]) == {"changed": 5}

    @pytest.mark.parametrize("order", [1, -1])
    def test_several_rules_at_one_moment(self, order):
        many = [
            Rule(id=name, name=name, type="eql", language="eql", query="process where true")
            for name in "xyz"
        ]
        assert self.pairs(many[::order], many[:2]) == {"same": 10, "lost": 5}
