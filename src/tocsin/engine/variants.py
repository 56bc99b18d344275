"""A rule's near relatives: what would match if it asked for less. Run beside the rule itself.

Of a sequence: its first stages alone; the whole without ``maxspan``, without ``until``, without its
missing events, without its join keys. Of a sample: without its keys.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.plan.plan import (
    EventPlan,
    NewTermsPlan,
    Plan,
    SamplePlan,
    SequencePlan,
    StagePlan,
    TablePlan,
    ThreatPlan,
    ThresholdPlan,
)


@dataclass(frozen=True, slots=True)
class Variant:
    """A plan that asks for less than the rule's.

    ``dropped``: what it leaves out, for people. ``stages``: how many stages it kept, 0 for all.
    """

    dropped: str
    plan: Plan
    stages: int = 0


def variants(plan: Plan) -> list[Variant]:
    """The relatives of a plan; none for plans of single events."""
    match plan:
        case SequencePlan():
            return [*_shorter(plan), *_looser(plan)]
        case SamplePlan() if any(stage.keys for stage in plan.stages):
            loose = dataclasses.replace(plan, stages=_without_keys(plan.stages))
            return [Variant("the join keys", loose)]
        case ThresholdPlan():
            return list(_lower(plan))
        case NewTermsPlan():
            return [Variant("that the values are new", EventPlan(plan.stage))]
        case ThreatPlan():
            return [Variant("an indicator that has the values", EventPlan(plan.stage))]
        case TablePlan():
            return [Variant("what follows its `where`", EventPlan(plan.stage))]
        case _:
            return []


def _shorter(plan: SequencePlan) -> Iterator[Variant]:
    """The first stages of a sequence, up to each that must happen, the longest first."""
    present = [number for number, stage in enumerate(plan.stages, 1) if not stage.missing]
    for kept in reversed(present[:-1] if not plan.stages[-1].missing else present):
        if sum(stage.runs for stage in plan.stages[:kept] if not stage.missing) >= 2:
            stages = plan.stages[:kept]
            yield Variant("", dataclasses.replace(plan, stages=stages), kept)


def _looser(plan: SequencePlan) -> Iterator[Variant]:
    if plan.maxspan is not None:
        yield Variant("`maxspan`", dataclasses.replace(plan, maxspan=None, reach=None))
    if plan.until is not None:
        yield Variant("`until`", dataclasses.replace(plan, until=None))
    if any(stage.keys for stage in plan.stages):
        until = plan.until and dataclasses.replace(plan.until, keys=())
        stages = _without_keys(plan.stages)
        yield Variant("the join keys", dataclasses.replace(plan, stages=stages, until=until))
    kept = tuple(stage for stage in plan.stages if not stage.missing)
    if len(kept) < len(plan.stages) and sum(stage.runs for stage in kept) >= 2:
        yield Variant("the missing events", dataclasses.replace(plan, stages=kept))


def _lower(plan: ThresholdPlan) -> Iterator[Variant]:
    """A threshold without its cardinality, and with half, a quarter… of its count."""
    if plan.cardinality:
        yield Variant("the number of distinct values", dataclasses.replace(plan, cardinality=()))
    least = plan.least
    while (least := least // 2) >= 1:
        lower = dataclasses.replace(plan, least=least, cardinality=())
        yield Variant(f"a count of more than {least:,}", lower)


def _without_keys(stages: tuple[StagePlan, ...]) -> tuple[StagePlan, ...]:
    return tuple(dataclasses.replace(stage, keys=()) for stage in stages)
