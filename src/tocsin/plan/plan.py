"""A rule compiled: its stages as predicates, and how they join. Plain values, no events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tocsin.languages.esql.typed import Pipeline, Source
from tocsin.languages.esql.types import Type
from tocsin.plan.predicate import FieldRef, Predicate


@dataclass(frozen=True, slots=True)
class Key:
    """A join key of a stage; an optional one (``?field``) may be null, and nulls join."""

    field: FieldRef
    optional: bool = False


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage: what its event must be, and the keys it joins by (global keys first)."""

    condition: Predicate
    keys: tuple[Key, ...] = ()
    missing: bool = False
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """The pipes and the size: ``("head" | "tail", count)``, applied in this order."""

    cuts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class EventPlan:
    """One event that satisfies a condition."""

    stage: StagePlan
    window: Window = Window()


@dataclass(frozen=True, slots=True)
class SequencePlan:
    """Events in order; ``reach`` is maxspan, else the rule's look-back, in milliseconds.

    ``maxspan`` is None if the query has none; ``reach`` then only bounds state (None: no bound).
    """

    stages: tuple[StagePlan, ...]
    maxspan: int | None = None
    until: StagePlan | None = None
    reach: int | None = None
    window: Window = Window()


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """One event for each stage, all distinct, of equal keys, in no order."""

    stages: tuple[StagePlan, ...]
    reach: int | None = None
    window: Window = Window()
    samples_per_key: int = 1


@dataclass(frozen=True, slots=True)
class Cardinality:
    """A field of which the counted events must have at least so many distinct values."""

    field: FieldRef
    least: int


@dataclass(frozen=True, slots=True)
class ThresholdPlan:
    """So many events with equal keys within ``reach`` milliseconds; then the count restarts.

    The stage's keys are the fields that events are grouped by; without keys all are one group.
    """

    stage: StagePlan
    least: int
    cardinality: tuple[Cardinality, ...] = ()
    reach: int | None = None
    window: Window = Window()


@dataclass(frozen=True, slots=True)
class NewTermsPlan:
    """An event whose key values, together, no event had in the ``history`` milliseconds before."""

    stage: StagePlan
    history: int


@dataclass(frozen=True, slots=True)
class Pairing:
    """A field of the event that has a value of the indicator's field; or, ``negated``, has none."""

    field: FieldRef
    indicator: FieldRef
    negated: bool = False


@dataclass(frozen=True, slots=True)
class ThreatPlan:
    """An event that shares values with an indicator: some group's pairings all hold for both.

    ``indicator`` says which documents are indicators, of the indices that match ``index``; in an
    alert stands what they have at ``path``. A `Recent` leaf in it counts from the event's time.
    """

    stage: StagePlan
    groups: tuple[tuple[Pairing, ...], ...]
    indicator: Predicate
    index: tuple[str, ...] = ()
    path: str = "threat.indicator"


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A pipeline over a table of the events that satisfy ``stage``.

    The stage never asks for more than the pipeline does.
    ``kql``: the KQL queries in it, each with the stage whose events satisfy it. ``paths``: where
    events carry each column of the source, in their order. A pipeline that looks at more than one
    event is run at times that are multiples of ``interval`` milliseconds, over the events between
    ``low`` and ``high``, date math relative to each such time. ``recent``: the most milliseconds
    from some event to that time wherever it finds anything (None: any number).
    """

    stage: StagePlan
    pipeline: Pipeline
    kql: tuple[tuple[str, StagePlan], ...] = ()
    paths: tuple[str, ...] = ()
    interval: int = 300_000
    low: str = "now-6m"
    high: str = "now"
    recent: int | None = None

    @property
    def indices(self) -> tuple[str, ...]:
        """The patterns of the indices that the pipeline reads."""
        source = self.pipeline.source
        return source.indices if isinstance(source, Source) else ()


Joining: TypeAlias = SequencePlan | SamplePlan | ThresholdPlan
"""Plans whose events are told together: they are records until they are read again."""

Plan: TypeAlias = (
    EventPlan | SequencePlan | SamplePlan | ThresholdPlan | NewTermsPlan | ThreatPlan | TablePlan
)


def fields_to_read(plan: Plan) -> set[str]:
    """The fields whose values joining asks for, beyond those of the conditions."""
    found = {key.field.name for stage in stages_of(plan) for key in stage.keys}
    if isinstance(plan, ThresholdPlan):
        found.update(one.field.name for one in plan.cardinality)
    if isinstance(plan, ThreatPlan):
        found.update(pairing.field.name for group in plan.groups for pairing in group)
    if isinstance(plan, TablePlan):
        source = plan.pipeline.source
        columns = source.columns if isinstance(source, Source) else ()
        for column, path in zip(columns, plan.paths, strict=True):
            if path:
                found.add(path)
            if column.type is Type.GEO_POINT:
                found.update((f"{path}.lat", f"{path}.lon", f"{path}.coordinates"))
    return found


def stages_of(plan: Plan) -> tuple[StagePlan, ...]:
    """All stages whose events a matcher must find, in order, ``until`` last; runs not expanded."""
    match plan:
        case EventPlan(stage=stage) | ThresholdPlan(stage=stage) | NewTermsPlan(stage=stage):
            return (stage,)
        case ThreatPlan(stage=stage):
            return (stage,)
        case SequencePlan(stages=stages, until=until):
            return stages if until is None else (*stages, until)
        case SamplePlan(stages=stages):
            return stages
        case TablePlan(stage=stage, kql=kql):
            return (stage, *(each for _, each in kql))
