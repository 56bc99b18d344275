"""Events as the scanner gives them to a matcher, and what should then be found."""

import json

import numpy as np

from oracle import rows
from tocsin.columns.scan import scan
from tocsin.languages.eql.parser import parse
from tocsin.match.evaluate import Evaluator
from tocsin.match.matcher import Matcher
from tocsin.plan.lower_eql import lower
from tocsin.plan.program import compile_program


def condition_of(text, schema):
    """The condition of an event query."""
    return lower(parse(text), schema, text=text).stage.condition


def program_of(conditions, patterns=None, **options):
    """A program of stages that see every event, unless there are index patterns."""
    return compile_program(conditions, patterns or [()] * len(conditions), **options)


def cells_of(events, program):
    """The cells of events, mappings or JSON texts."""
    lines = [
        event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        for event in events
    ]
    ends = np.cumsum([len(line) for line in lines], dtype=np.int64)
    data = np.frombuffer(b"".join(lines) + bytes(64), dtype=np.uint8)
    cells = scan(data, ends - [len(line) for line in lines], ends, program.fields)
    assert not cells.rejected
    return cells


def hits_of(matcher, program, events, cut=None, indices=None):
    """All (row, stage) that a matcher finds, in batches of ``cut`` events."""
    found = []
    for first in range(0, len(events), cut or len(events) or 1):
        part = slice(first, first + (cut or len(events)))
        hits = matcher.match(
            cells_of(events[part], program), None if indices is None else indices[part]
        )
        assert hits.row.dtype == hits.stage.dtype == np.int32
        pairs = list(zip(hits.row.tolist(), hits.stage.tolist(), strict=True))
        assert pairs == sorted(set(pairs))
        found += [(first + row, stage) for row, stage in pairs]
    return found


def expected(conditions, events):
    """What the plain evaluator says."""
    evaluator = Evaluator()
    flat = [rows.flat(json.loads(e) if isinstance(e, bytes) else e) for e in events]
    return [
        (row, stage)
        for row, values in enumerate(flat)
        for stage, condition in enumerate(conditions)
        if evaluator.holds(condition, lambda name, values=values: values.get(name, []))
    ]


def agree(conditions, events, **options):
    """Check that a new matcher finds what the evaluator says; gives the matcher."""
    program = program_of(conditions)
    matcher = Matcher(program, **options)
    assert hits_of(matcher, program, events) == expected(conditions, events)
    return matcher
