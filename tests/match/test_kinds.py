"""Stages that no event can satisfy which has its values of gates from events that came."""

from hypothesis import given
from hypothesis import strategies as st

from match.scanned import hits_of, program_of
from tocsin.match import desk as at
from tocsin.match.kinds import gates_of
from tocsin.match.matcher import Matcher
from tocsin.plan.predicate import And, Exists, FieldRef, Not, Or, Text
from tocsin.schema.kinds import Kind

NAMES = ("event.dataset", "event.action", "event.kind", "process.name")
FIELDS = [FieldRef(name, Kind.KEYWORD) for name in NAMES]
SET, ACTION, KIND, NAME = FIELDS

words = st.sampled_from(["a", "b", "c"])
leaves = st.one_of(
    st.builds(Text, st.sampled_from(FIELDS), st.lists(words, min_size=1, max_size=2).map(tuple)),
    st.builds(Exists, st.sampled_from(FIELDS)),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: And(tuple(terms))),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: Or(tuple(terms))),
    ),
    max_leaves=6,
)
events = st.dictionaries(st.sampled_from(NAMES), st.lists(words, max_size=2), max_size=4)


@given(
    st.lists(conditions, min_size=1, max_size=4),
    st.lists(events, max_size=5),
    st.data(),
)
def test_what_is_mixed_from_events_satisfies_only_what_may_hold(asked, happened, data):
    program = program_of(asked)
    matcher = Matcher(program)
    hits_of(matcher, program, happened)
    kinds = matcher.kinds
    mixed = {}
    for name in NAMES[:2]:
        known = sorted({value for event in happened for value in event.get(name, ())})
        mixed[name] = data.draw(st.lists(st.sampled_from(known), max_size=2)) if known else []
    for name in NAMES[2:]:
        mixed[name] = data.draw(st.lists(words, max_size=2))
    for _, stage in hits_of(Matcher(program), program, [mixed]):
        assert kinds.may_hold(stage, ("event.kind",))
    for _, stage in hits_of(matcher, program, happened):
        assert kinds.may_hold(stage, ())


def test_a_gate_without_its_value_rules_a_stage_out():
    asked = [
        And((Text(SET, ("okta",)), Text(NAME, ("x",)))),
        Or((Text(SET, ("okta",)), Text(ACTION, ("login",)))),
        And((Not(Text(SET, ("okta",))), Text(KIND, ("signal",)))),
        Text(SET, ("okta", "dns")),
        And((Text(KIND, ("signal",)), Exists(SET))),
        And((Text(KIND, ("signal",)), Exists(KIND), Text(ACTION, ("logoff",)))),
    ]
    program = program_of(asked)
    matcher = Matcher(program)
    hits_of(matcher, program, [{"event": {"dataset": "dns"}}, {"event": {"action": "login"}}])
    may = [matcher.kinds.may_hold(stage, ("event.kind",)) for stage in range(len(asked))]
    assert may == [False, True, True, True, True, False]
    may = [matcher.kinds.may_hold(stage, ()) for stage in range(len(asked))]
    assert may == [False, True, False, True, False, False]
    assert matcher.kinds.fields == {"event.dataset", "event.action"}


def test_what_routes_made_anew_have_forgotten_still_counts():
    program = program_of(
        [Text(SET, ("one",)), Text(SET, ("two",)), Text(SET, ("three",))],
        [("logs-one-*",), ("logs-two-*",), ("logs-*",)],
    )
    matcher = Matcher(program, routing="auto")
    for name in ("one", "two"):
        hits_of(matcher, program, [{"event": {"dataset": name}}])
    assert [matcher.kinds.may_hold(stage, ()) for stage in range(3)] == [True, True, False]


def test_where_kinds_are_too_many_everything_may_hold():
    program = program_of([Text(SET, ("one",)), Text(SET, ("two",))])
    matcher = Matcher(program)
    hits_of(matcher, program, [{"event": {"dataset": "one"}}])
    assert not matcher.kinds.may_hold(1, ())
    matcher._desk[at.WIDE] = 1  # a row had no class of its own
    assert gates_of(program, matcher._desk) is None
    assert matcher.kinds.may_hold(1, ())
    at.forget_classes(matcher._desk)
    assert matcher.kinds.may_hold(1, ())
