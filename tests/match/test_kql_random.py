"""Random KQL queries over random events: as the row evaluator says, however events are cut."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from match.scanned import cells_of, program_of
from oracle.kql_queries import events, queries, schema
from oracle.kql_rows import Row
from tocsin.languages.kql.parser import parse
from tocsin.languages.kql.show import show
from tocsin.match.evaluate import Evaluator
from tocsin.match.explain import why, why_not
from tocsin.match.held import Held
from tocsin.match.matcher import Matcher
from tocsin.match.whole import Whole
from tocsin.plan.lower_kql import lower_kql

SCHEMAS = {mode: schema(mode) for mode in ("raw", "compat")}
several_queries = st.lists(queries(), min_size=1, max_size=5)
several_events = st.lists(events(), max_size=6)


def hits(conditions, happened, cut=None):
    program = program_of(conditions)
    matcher = Matcher(program, memo_bytes=1 << 16)
    found = []
    for first in range(0, len(happened), cut or len(happened) or 1):
        part = happened[first : first + (cut or len(happened))]
        texts = [json.dumps(event).encode() for event in part]
        got = matcher.match(cells_of(texts, program), events=texts.__getitem__)
        found += zip((got.row + first).tolist(), got.stage.tolist(), strict=True)
    return found


@pytest.mark.parametrize("mode", ["raw", "compat"])
@settings(max_examples=40)
@given(several_queries, several_events)
def test_it_agrees_with_the_rows(mode, trees, happened):
    fields = SCHEMAS[mode]
    texts = [show(tree) for tree in trees]
    conditions = [lower_kql(parse(text), fields, text=text) for text in texts]
    assert hits(conditions, happened) == [
        (row, stage)
        for row, event in enumerate(happened)
        for stage, tree in enumerate(trees)
        if Row(event, fields, mode == "compat").holds(tree)
    ]


@settings(max_examples=20)
@given(several_queries, several_events, st.integers(1, 3))
def test_any_cut_into_batches_gives_the_same(trees, happened, cut):
    conditions = [lower_kql(tree, SCHEMAS["raw"]) for tree in trees]
    assert hits(conditions, happened, cut) == hits(conditions, happened)


@settings(max_examples=40)
@given(queries(), events())
def test_there_is_always_a_reason(tree, event):
    text = show(tree)
    condition = lower_kql(parse(text), SCHEMAS["raw"], text=text)
    values, evaluator = Whole.of(json.dumps(event)), Evaluator()
    if evaluator.holds(condition, values):
        assert why(condition, values)
        assert Held(condition, evaluator).why(values)
        assert why_not(condition, values) == []
    else:
        assert why(condition, values) == []
        assert why_not(condition, values)
