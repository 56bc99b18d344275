"""The state machine of a plan: what takes candidates in order and gives matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from tocsin.match.candidate import R
from tocsin.match.new_terms import NewTermsMachine
from tocsin.match.sample import SampleMachine
from tocsin.match.sequence import SequenceMachine
from tocsin.match.threshold import ThresholdMachine
from tocsin.plan.plan import SamplePlan, SequencePlan, ThresholdPlan

if TYPE_CHECKING:
    from tocsin.plan.plan import Joining

Machine: TypeAlias = (
    SequenceMachine[R] | SampleMachine[R] | ThresholdMachine[R] | NewTermsMachine[R]
)
"""All of them have ``feed``, ``advance``, ``finish``, ``state``, ``restore`` and ``counts``."""


def machine_of(plan: Joining, ticks: int = 1) -> Machine[R]:
    """A new machine; ``ticks``: those of the candidates' times in a millisecond.

    That of new terms needs to know more, and is made by whoever knows it.
    """
    match plan:
        case SequencePlan():
            return SequenceMachine(plan, ticks=ticks)
        case SamplePlan():
            return SampleMachine(plan, ticks=ticks)
        case ThresholdPlan():
            return ThresholdMachine(plan, ticks=ticks)
        case _:
            assert_never(plan)
