"""Whether an exception is about a row of computed columns, such as an ES|QL query gives.

Exceptions are part of a rule's condition (`tocsin.plan.lower_exceptions`). A column that a query
computes is no field of any event, so that rows are asked once more when they have come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tocsin.alerts.paths import Fields
from tocsin.match.evaluate import Evaluator
from tocsin.plan.lower_exceptions import Lowered


class Excepted:
    """Asks some exceptions, of which one is enough."""

    def __init__(self, excepted: Sequence[Lowered]) -> None:
        self._conditions = [each.condition for each in excepted]
        self._evaluator = Evaluator()

    def __call__(self, row: Mapping[str, Any]) -> bool:
        """Whether one of them is about a row: a mapping from columns to values, lists or none."""
        fields = Fields(dict(row))
        return any(self._evaluator.holds(condition, fields) for condition in self._conditions)
