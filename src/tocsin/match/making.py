"""Candidates of the state machines, made of the values that events have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.columns.cells import FieldSet
from tocsin.match.candidate import Candidate, R, rank
from tocsin.match.join import MOST_VALUES, key_tuples, key_value
from tocsin.plan.plan import ThresholdPlan, stages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from tocsin.columns.cells import Scalar
    from tocsin.match.candidate import Key
    from tocsin.match.join import Values
    from tocsin.plan.plan import Plan, StagePlan
    from tocsin.plan.predicate import FieldRef


class Maker:
    """Makes candidates of several plans, whose stages are numbered one plan after the other.

    Parameters
    ----------
    plans, slot
        The plans, and the slot of a field in the cells; None: those of ``fields``.
    tiebreakers
        For each plan the field that orders events of equal time, if there is one.

    Attributes
    ----------
    slots
        The slots whose values are needed.
    fields
        The fields whose values are needed, in the order of their slots where no others are given.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        slot: Callable[[str], int] | None,
        tiebreakers: Sequence[FieldRef | None],
    ) -> None:
        self._stages: list[StagePlan] = []
        self._first: list[int] = []
        for plan in plans:
            self._first.append(len(self._stages))
            self._stages += stages_of(plan)
        self._counted = [
            [one.field for one in plan.cardinality] if isinstance(plan, ThresholdPlan) else []
            for plan in plans
        ]
        names = {key.field.name for stage in self._stages for key in stage.keys}
        names.update(field.name for fields in self._counted for field in fields)
        names.update(field.name for field in tiebreakers if field is not None)
        self.fields = FieldSet(tuple(sorted(names)))
        self._slots = {
            name: number if slot is None else slot(name)
            for number, name in enumerate(self.fields.names)
        }
        self.slots: Collection[int] = self._slots.values()
        self._tiebreakers = tiebreakers

    def candidate(
        self,
        number: int,
        time: int,
        arrival: int,
        ref: R,
        values: Values,
        hit: Collection[int],
    ) -> Candidate[R]:
        """An event that satisfies some stages of a plan; ``values`` by slot."""
        first = self._first[number]
        stages = {stage - first: self.keys(stage, values) for stage in hit}
        field = self._tiebreakers[number]
        ties = [] if field is None else values.get(self._slots[field.name], [])
        tiebreaker = least(field, ties)
        counted = tuple(tuple(self._values(field, values)) for field in self._counted[number])
        return Candidate(time, arrival, stages, ref, tiebreaker, counted)

    def keys(self, stage: int, values: Values) -> tuple[Key, ...]:
        """The key tuples that an event has for a stage."""
        plan = self._stages[stage]
        return key_tuples(
            [self._values(key.field, values) for key in plan.keys],
            [key.optional for key in plan.keys],
        )

    def _values(self, field: FieldRef, values: Values) -> list[Scalar]:
        found = values.get(self._slots[field.name], [])
        return [key_value(field.kind, value) for value in found[:MOST_VALUES]]


def least(field: FieldRef | None, values: Sequence[Scalar]) -> Scalar | None:
    """The value of a tiebreaker that counts, as its field understands it; None without one."""
    if field is None or not values:
        return None
    read = [key_value(field.kind, value) for value in values[:MOST_VALUES]]
    return min(read, key=lambda value: rank((value,)))
