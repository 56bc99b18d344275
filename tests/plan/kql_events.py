"""Ask one event one query: by the fast matcher, by the evaluator, and they have to agree."""

import json

import numpy as np

from tocsin.columns.scan import scan
from tocsin.inputs.batch import padded
from tocsin.match.evaluate import Evaluator
from tocsin.match.explain import why, why_not
from tocsin.match.held import Held
from tocsin.match.matcher import Matcher
from tocsin.match.whole import Whole
from tocsin.plan.program import compile_program


def rows_of(predicate, events):
    """Which events satisfy a predicate."""
    texts = [json.dumps(event).encode() for event in events]
    program = compile_program([predicate], [()])
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
    cells = scan(padded(texts), starts, ends, program.fields)
    matcher = Matcher(program, routing="off", memo_bytes=1 << 16)
    fast = matcher.match(cells, events=lambda row: texts[row]).row.tolist()
    evaluator = Evaluator()
    for row, text in enumerate(texts):
        values = Whole.of(text.decode())
        given = lambda name, v=values, t=text: v(name) if name else [t.decode()]  # noqa: E731
        assert evaluator.holds(predicate, given) == (row in fast), (predicate, text)
        if row in fast:
            assert Held(predicate, evaluator).why(given)
            assert why(predicate, given)
        else:
            assert why_not(predicate, given)
    return fast


def holds(predicate, event):
    """Whether one event satisfies a predicate."""
    return rows_of(predicate, [event]) == [0]
