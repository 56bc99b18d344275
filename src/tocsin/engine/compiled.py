"""Rules made ready to run: parsed, checked, lowered, and joined into one program."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tocsin.columns.collector import paused
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.engine.excepting import Excepting
from tocsin.plan.lower_exceptions import Lowered, with_exceptions
from tocsin.plan.plan import EventPlan, Plan, TablePlan, ThreatPlan, fields_to_read, stages_of
from tocsin.plan.predicate import FieldRef
from tocsin.plan.program import Program, compile_program
from tocsin.plan.rule_plan import in_rule, indices_of, plan_of
from tocsin.plan.suppression import SuppressionPlan, suppression_of
from tocsin.rules.cache import Cache
from tocsin.rules.exceptions import Exceptions
from tocsin.rules.rule import Rule
from tocsin.rules.support import RUNS, Status, support
from tocsin.schema.fields import Schema, TextMode
from tocsin.tables.patterns import pattern_problem


@dataclass(frozen=True)
class Compiled:
    """Rules with their plans and the program over all their stages.

    ``plans[i]`` and ``statuses[i]`` belong to ``rules[i]``; a rule that cannot run has no plan.
    Stages are numbered over all rules, a rule's own in order and its ``until`` last: ``stage_rule``
    and ``stage_position`` (int32 each) lead back, ``stateful`` marks all but single events.
    ``excepted[i]`` are the exceptions of ``rules[i]``, which its plan has already;
    ``suppressions[i]``: how the alerts of ``rules[i]`` are suppressed, if they are.
    """

    rules: tuple[Rule, ...]
    plans: tuple[Plan | None, ...]
    statuses: tuple[Status, ...]
    diagnostics: tuple[Diagnostic, ...]
    program: Program
    stage_rule: npt.NDArray[np.int32]
    stage_position: npt.NDArray[np.int32]
    stateful: npt.NDArray[np.bool_]
    excepted: tuple[tuple[Lowered, ...], ...] = ()
    suppressions: tuple[SuppressionPlan | None, ...] = ()

    def tiebreaker(self, rule: int) -> FieldRef | None:
        """The field that orders the rule's events of one time; None if the rule names none."""
        name = self.rules[rule].tiebreaker_field
        return FieldRef(name, Schema().kind(name)) if name else None

    def first_stage(self, rule: int) -> int:
        """The number of a rule's first stage."""
        return int(np.searchsorted(self.stage_rule, rule))


def compile_rules(
    rules: Iterable[Rule], schema: Schema | None = None, exceptions: Exceptions | None = None
) -> Compiled:
    """Compile all rules; one that cannot run stops no other.

    Parameters
    ----------
    exceptions
        What the rules are not about (`tocsin.rules.exceptions.gather`).
    """
    with paused():
        return _compiled(tuple(rules), schema or Schema(), exceptions or Exceptions())


def _compiled(kept: tuple[Rule, ...], schema: Schema, exceptions: Exceptions) -> Compiled:
    excepting = Excepting(exceptions, schema)
    excepted = [excepting.of(rule) for rule in kept]
    plans: list[Plan | None] = []
    statuses: list[Status] = []
    diagnostics: list[Diagnostic] = []
    suppressions: list[SuppressionPlan | None] = []
    for rule, barred in zip(kept, excepted, strict=True):
        status, plan, suppressed = support(rule), None, None
        known = (rule.type, rule.language) in RUNS and status.status != "unsupported"
        if status.runs or known:
            plan, found = plan_of(rule, schema)
            if isinstance(plan, TablePlan) and (problem := pattern_problem(plan.pipeline)):
                found = [*found, in_rule(Diagnostic("ESQ112", problem), rule)]
                plan = None
            diagnostics.extend(found)
            if plan is None:
                reason = next((d.message for d in found if d.severity is Severity.ERROR), "")
                status = Status("invalid", reason)
            else:
                excepting.check(rule, plan)
                plan = with_exceptions(plan, barred)
                suppressed, told = suppression_of(rule, schema)
                diagnostics.extend(in_rule(each, rule) for each in told)
        suppressions.append(suppressed)
        plans.append(plan if status.runs else None)
        statuses.append(status)
    diagnostics.extend(excepting.diagnostics)
    made = _joined(kept, plans, statuses, diagnostics, excepted)
    return dataclasses.replace(made, suppressions=tuple(suppressions))


def compile_plans(
    rules: Sequence[Rule], plans: Sequence[Plan], excepted: Sequence[tuple[Lowered, ...]]
) -> Compiled:
    """Join plans that were made otherwise; ``plans[i]`` runs as ``rules[i]``."""
    runs = [Status("runs", runs=True)] * len(plans)
    return _joined(tuple(rules), plans, runs, (), excepted)


def reading(compiled: Compiled, fields: Iterable[str]) -> Compiled:
    """The same, with a program that reads further fields of each event."""
    made = _joined(
        compiled.rules,
        compiled.plans,
        compiled.statuses,
        compiled.diagnostics,
        compiled.excepted or [()] * len(compiled.plans),
        fields,
    )
    return dataclasses.replace(made, suppressions=compiled.suppressions)


def part_of(compiled: Compiled, numbers: Sequence[int], extra: Iterable[str] = ()) -> Compiled:
    """Some of the rules, numbered anew in this order; ``extra``: further fields to read."""

    def chosen(values: Sequence[_Value]) -> tuple[_Value, ...]:
        return tuple(values[number] for number in numbers if number < len(values))

    made = _joined(
        chosen(compiled.rules),
        chosen(compiled.plans),
        chosen(compiled.statuses),
        (),
        chosen(compiled.excepted),
        extra,
    )
    return dataclasses.replace(made, suppressions=chosen(compiled.suppressions))


_Value = TypeVar("_Value")


def _joined(
    rules: tuple[Rule, ...],
    plans: Sequence[Plan | None],
    statuses: Sequence[Status],
    diagnostics: Sequence[Diagnostic],
    excepted: Sequence[tuple[Lowered, ...]],
    further: Iterable[str] = (),
) -> Compiled:
    numbered = [
        (number, position, stage, not isinstance(plan, EventPlan | ThreatPlan))
        for number, plan in enumerate(plans)
        if plan is not None
        for position, stage in enumerate(stages_of(plan))
    ]
    extra = {field for plan in plans if plan is not None for field in fields_to_read(plan)}
    extra.update(rule.tiebreaker_field for rule in rules if rule.tiebreaker_field)
    extra.update(further)
    program = compile_program(
        [stage.condition for _, _, stage, _ in numbered],
        [indices_of(rules[number], plans[number]) for number, *_ in numbered],
        extra_fields=sorted(extra),
    )
    return Compiled(
        rules=rules,
        plans=tuple(plans),
        statuses=tuple(statuses),
        diagnostics=tuple(diagnostics),
        program=program,
        stage_rule=np.array([number for number, *_ in numbered], dtype=np.int32),
        stage_position=np.array([position for _, position, *_ in numbered], dtype=np.int32),
        stateful=np.array([stateful for *_, stateful in numbered], dtype=np.bool_),
        excepted=tuple(excepted),
    )


def compile_cached(
    rules: Sequence[Rule],
    key: str,
    cache: Cache | None,
    exceptions: Exceptions | None = None,
    text_mode: TextMode = "raw",
) -> Compiled:
    """Compile, or take what an earlier start compiled of the very same rules.

    Parameters
    ----------
    key
        Names the content that the rules were read from, empty if it is not known.
    text_mode
        How KQL and Lucene look at texts (`Schema`).
    """
    schema = Schema(text=text_mode)
    if cache is None or not key:
        return compile_rules(rules, schema, exceptions)
    chosen = hashlib.sha256(f"{key} {text_mode}".encode())
    for rule in rules:
        chosen.update(repr((rule.id, rule.enabled, rule.severity, rule.risk_score)).encode())
    if exceptions is not None:
        chosen.update(exceptions.key.encode())
    name = f"compiled-{chosen.hexdigest()}"
    known = cache.get(name)
    if isinstance(known, Compiled):
        return dataclasses.replace(known, rules=tuple(rules))
    made = compile_rules(rules, schema, exceptions)
    cache.put(name, dataclasses.replace(made, rules=()))
    return made
