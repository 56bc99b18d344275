"""Judges events by what they say themselves, where columns do not tell."""

from __future__ import annotations

import numpy as np
import orjson

from tocsin.alerts.paths import Fields
from tocsin.columns.cells import Scalar
from tocsin.corpus.column import Ints, Mask
from tocsin.corpus.part import Part
from tocsin.engine.remembering import indices
from tocsin.inputs.batch import JsonBatch
from tocsin.match.evaluate import Evaluator
from tocsin.match.matcher import Matcher
from tocsin.plan.predicate import Predicate
from tocsin.plan.program import Program, compile_program

FEW = 64
"""So many events are judged one by one; for more, the predicate is compiled."""

MEMO = 1 << 20
"""Bytes in which the matcher remembers values."""


class Exact:
    """Judges events by one predicate, as the engine does."""

    def __init__(self, condition: Predicate) -> None:
        self._condition = condition
        self._evaluator = Evaluator()
        self._compiled: tuple[Program, Matcher] | None = None

    def holds(self, part: Part, rows: Ints) -> Mask:
        """For which of some rows of a part the predicate holds; the rows rise."""
        batch = part.batch(rows)
        if len(rows) <= FEW:
            return np.array([self._one(batch.event(at)) for at in range(len(rows))], np.bool_)
        return self._many(batch)

    def _one(self, content: bytes) -> bool:
        return self._evaluator.holds(self._condition, Fields(orjson.loads(content), content))

    def _many(self, batch: JsonBatch) -> Mask:
        if self._compiled is None:
            program = compile_program([self._condition], [()])
            self._compiled = program, Matcher(program, memo_bytes=MEMO)
        program, matcher = self._compiled
        hits = matcher.match(batch.cells(program.fields), indices(batch), batch.event)
        found = np.zeros(len(batch), np.bool_)
        found[hits.row] = True
        return found


def told(part: Part, rows: Ints, *names: str) -> list[list[list[Scalar]]]:
    """The values of fields in some events of a part, as the events themselves have them."""
    batch = part.batch(rows)
    found = []
    for at in range(len(rows)):
        fields = Fields(orjson.loads(batch.event(at)))
        found.append([fields(name) for name in names])
    return found
