"""Why a rule found what it found, and what came near: the rule over events, looked at closely.

Beside the rule itself run its relatives that ask for less (`variants`), so that it can be told how
far a sequence came. Each event that a stage did not take is judged clause by clause: which failed
first, and how many. Slow beside a scan (some ten thousand events a second), in bounded memory.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tocsin.alerts.finding import Finding
from tocsin.columns.cells import Batch, Cells, Scalar
from tocsin.engine.clauses import clause_text, clauses_of
from tocsin.engine.compiled import Compiled, compile_plans
from tocsin.engine.scan import Options, Scan
from tocsin.engine.statistics import Statistics
from tocsin.engine.variants import Variant, variants
from tocsin.inputs.report import RejectHook
from tocsin.inputs.source import Events
from tocsin.match.evaluate import Evaluator, Values
from tocsin.match.explain import Why, why, why_not
from tocsin.match.matcher import Hits
from tocsin.plan.plan import (
    EventPlan,
    Plan,
    SamplePlan,
    SequencePlan,
    StagePlan,
    TablePlan,
    stages_of,
)
from tocsin.plan.predicate import And, Constant, Or, Predicate

EXCEPTED = "an exception"
"""Stands for the clause that failed where an exception is about the event as a whole."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An event that a stage did not take, with its clauses and the values that they met.

    ``distance``: how many clauses would have to hold besides; of ``or``, those of its best branch.
    """

    time: int
    file: str
    line: int
    content: bytes
    held: tuple[Why, ...]
    failed: tuple[Why, ...]
    distance: int


@dataclass(slots=True)
class StageStory:
    """One stage: events that met it, and of the others which clause failed first."""

    number: int
    name: str
    matched: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    nearest: list[NearMiss] = field(default_factory=list)
    """Those of which the fewest clauses failed, the nearest first."""


@dataclass(slots=True)
class Relative:
    """A variant with how often it was found, and the first time."""

    variant: Variant
    found: int = 0
    first: Finding | None = None


@dataclass(slots=True)
class Story:
    """What there is to tell of one rule over one input.

    ``seen``: events that the rule's index patterns let it see. ``findings``: the first of them, all
    of which ``found`` counts.
    """

    stages: list[StageStory]
    relatives: list[Relative]
    joined: bool = False
    """Whether the events of a finding stand for stages, in order."""
    found: int = 0
    findings: list[Finding] = field(default_factory=list)
    seen: int = 0
    statistics: Statistics = field(default_factory=Statistics)

    @property
    def furthest(self) -> Relative | None:
        """The longest beginning of a sequence that was found."""
        return next((one for one in self.relatives if one.variant.stages and one.found), None)

    @property
    def would(self) -> list[Relative]:
        """Relatives that were found though the rule was not: what it asked too much."""
        if self.found:
            return []
        return [one for one in self.relatives if one.variant.dropped and one.found]


def explain(
    compiled: Compiled,
    source: Events,
    options: Options | None = None,
    *,
    size: int = 10,
    reject: RejectHook | None = None,
    progress: Callable[[Statistics], None] | None = None,
) -> Story:
    """Run the one compiled rule over events and tell what each stage took, and what not, and why.

    Parameters
    ----------
    size
        How many findings, and near misses of each stage, are kept.
    reject
        Told of each line that is no event.

    Raises
    ------
    ValueError
        The rule cannot run.
    """
    rule, plan = compiled.rules[0], compiled.plans[0]
    if plan is None:
        raise ValueError("the rule cannot run")
    relatives = [Relative(variant) for variant in variants(plan)]
    stages = [
        StageStory(number, _name(number, plan)) for number in range(1, len(told_stages(plan)) + 1)
    ]
    story = Story(stages, relatives, isinstance(plan, SequencePlan | SamplePlan))
    everything = EventPlan(StagePlan(Constant(value=True)))
    plans = [plan, *(one.variant.plan for one in relatives), everything]
    excepted = [compiled.excepted[0]] * (len(plans) - 1)
    together = compile_plans([rule] * len(plans), plans, [*excepted, ()])
    watch = _Watch(story, plan, together.first_stage(len(plans) - 1), size)
    names = together.program.fields.names
    scan = Scan(
        together,
        source,
        options or Options(),
        reject=reject,
        progress=progress,
        observe=lambda batch, cells, hits: watch.batch(batch, cells, hits, names),
    )
    for finding in scan.findings():
        if finding.rule == 0:
            story.found += 1
            if story.found <= size:
                story.findings.append(finding)
        elif finding.rule <= len(relatives):
            relative = relatives[finding.rule - 1]
            relative.found += 1
            relative.first = relative.first or finding
    story.statistics = scan.statistics
    watch.finish()
    return story


def told_stages(plan: Plan) -> tuple[StagePlan, ...]:
    """The stages that are told of: of a table, only which events it takes in."""
    return (plan.stage,) if isinstance(plan, TablePlan) else stages_of(plan)


def _name(number: int, plan: Plan) -> str:
    stages = told_stages(plan)
    if len(stages) == 1:
        return "event"
    if number == len(stages) and getattr(plan, "until", None) is not None:
        return "until"
    return f"stage {number}" + (" (missing)" if stages[number - 1].missing else "")


class _Watch:
    """Looks at every event that a rule sees, stage by stage."""

    def __init__(self, story: Story, plan: Plan, everything: int, size: int) -> None:
        self._story = story
        self._everything = everything
        self._size = size
        self._evaluator = Evaluator()
        self._clauses = [list(clauses_of(stage.condition)) for stage in told_stages(plan)]
        self._heaps: list[list[tuple[int, int, NearMiss]]] = [[] for _ in self._clauses]
        self._arrival = 0

    def batch(self, batch: Batch, cells: Cells, hits: Hits, names: tuple[str, ...]) -> None:
        """Take a batch with the pairs of event and stage that held."""
        seen = hits.row[hits.stage == self._everything]
        self._story.seen += len(seen)
        taken = [set(hits.row[hits.stage == n].tolist()) for n in range(len(self._clauses))]
        for number, rows in enumerate(taken):
            self._story.stages[number].matched += len(rows)
        for row in np.unique(seen).tolist():
            values: dict[str, list[Scalar]] | None = None
            for number, rows in enumerate(taken):
                if row not in rows:
                    values = _values(cells, row, names) if values is None else values
                    self._missed(number, batch, int(cells.time[row]), row, values)

    def finish(self) -> None:
        """Everything has passed."""
        for stage, heap in zip(self._story.stages, self._heaps, strict=True):
            stage.nearest = [miss for *_, miss in sorted(heap, key=lambda one: (-one[0], -one[1]))]

    def _missed(
        self, number: int, batch: Batch, time: int, row: int, values: dict[str, list[Scalar]]
    ) -> None:
        def lookup(name: str) -> list[Scalar]:
            if name:
                return values.get(name, [])
            return [batch.event(row).decode("utf-8", "surrogatepass")]

        clauses = self._clauses[number]
        missing = [self._missing(one, lookup) for one in clauses]
        failed = [one for some in missing for one in some]
        if not failed:
            self._story.stages[number].failed[EXCEPTED] += 1
            return
        self._story.stages[number].failed[clause_text(failed[0])] += 1
        self._arrival += 1
        heap, rank = self._heaps[number], -len(failed)
        if (len(clauses) > 1 and all(missing)) or not self._size:
            return
        if len(heap) == self._size and rank <= heap[0][0]:
            return
        evaluator = self._evaluator
        held = (one for one, some in zip(clauses, missing, strict=True) if not some)
        miss = NearMiss(
            time,
            *batch.line(row),
            batch.event(row),
            tuple(reason for one in held for reason in why(one, lookup, evaluator)),
            tuple(reason for one in failed for reason in why_not(one, lookup, evaluator)),
            len(failed),
        )
        entry = (rank, -self._arrival, miss)
        (heapq.heappushpop if len(heap) == self._size else heapq.heappush)(heap, entry)

    def _missing(self, predicate: Predicate, values: Values) -> list[Predicate]:
        """The fewest clauses that would have to hold for the predicate to; empty if it holds."""
        if self._evaluator.holds(predicate, values):
            return []
        match predicate:
            case And(terms):
                return [one for term in terms for one in self._missing(term, values)]
            case Or(terms):
                branches = [self._missing(term, values) for term in terms]
                if all(len(branch) == 1 for branch in branches):
                    return [predicate]
                return min(branches, key=len)
            case _:
                return [predicate]


def _values(cells: Cells, row: int, names: tuple[str, ...]) -> dict[str, list[Scalar]]:
    """All values of an event by field."""
    found: dict[str, list[Scalar]] = {}
    for cell in range(int(cells.row_start[row]), int(cells.row_start[row + 1])):
        found.setdefault(names[cells.slot[cell]], []).append(cells.value(cell))
    return found
