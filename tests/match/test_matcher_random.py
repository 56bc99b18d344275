"""The matcher over random rules and events: as the evaluator says, whatever else is loaded."""

from hypothesis import given
from hypothesis import strategies as st

from match.scanned import condition_of, expected, hits_of, program_of
from oracle import rows
from oracle.queries import events, queries, schema
from tocsin.languages.eql.parser import parse
from tocsin.match.matcher import Matcher

SCHEMA = schema()

several_queries = st.lists(queries(), min_size=1, max_size=6)
several_events = st.lists(events(), max_size=8)


@given(several_queries, several_events)
def test_it_agrees_with_the_evaluator_and_with_the_rows(texts, happened):
    conditions = [condition_of(text, SCHEMA) for text in texts]
    program = program_of(conditions)
    found = hits_of(Matcher(program), program, happened)
    assert found == expected(conditions, happened)
    asked = [parse(text) for text in texts]
    assert found == [
        (row, stage)
        for row, event in enumerate(happened)
        for stage, query in enumerate(asked)
        if rows.matches(query, event, SCHEMA)
    ]


@given(several_queries, several_events, st.integers(1, 3))
def test_any_cut_into_batches_gives_the_same(texts, happened, cut):
    program = program_of([condition_of(text, SCHEMA) for text in texts])
    whole = hits_of(Matcher(program), program, happened)
    assert hits_of(Matcher(program), program, happened, cut) == whole


@given(several_queries, several_events, st.sampled_from([0, 64, 600, 2000]))
def test_a_full_memo_changes_nothing(texts, happened, memo_bytes):
    program = program_of([condition_of(text, SCHEMA) for text in texts])
    whole = hits_of(Matcher(program), program, happened)
    matcher = Matcher(program, memo_bytes=memo_bytes)
    assert hits_of(matcher, program, happened, 2) == whole
    assert hits_of(matcher, program, happened, 3) == whole


@given(several_queries, queries(), several_events)
def test_a_further_rule_changes_no_other(texts, further, happened):
    few = program_of([condition_of(text, SCHEMA) for text in texts])
    more = program_of([condition_of(text, SCHEMA) for text in [*texts, further]])
    found = hits_of(Matcher(more), more, happened)
    kept = [(row, stage) for row, stage in found if stage < len(texts)]
    assert kept == hits_of(Matcher(few), few, happened)
