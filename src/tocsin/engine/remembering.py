"""The rules that remember events, over one finished input: what they collect and what they find.

Sequences, samples and thresholds are joined from their events; new terms are told by their first
sights. Both are certain only when the whole input has passed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator

import numpy as np

from tocsin.alerts.finding import Finding
from tocsin.alerts.identity import finding_of
from tocsin.alerts.threshold import counted
from tocsin.columns.cells import NO_TIME, Batch, Cells
from tocsin.engine.compiled import Compiled
from tocsin.engine.first_sights import FirstSights
from tocsin.engine.joins import Joins
from tocsin.inputs.source import Events
from tocsin.match.matcher import Hits, Matcher
from tocsin.match.new_terms import Seeds
from tocsin.plan.plan import NewTermsPlan, SamplePlan, SequencePlan, ThresholdPlan
from tocsin.plan.predicate import FieldRef
from tocsin.rules.rule import Rule
from tocsin.schema.kinds import Kind

NEW_TERMS = "kibana.alert.new_terms"


class Remembering:
    """Takes the hits of stateful stages batch by batch, and gives what they mean together.

    Parameters
    ----------
    source
        The input, from which events are read again.
    """

    def __init__(self, compiled: Compiled, source: Events) -> None:
        self._compiled = compiled
        plans = list(enumerate(compiled.plans))
        joining = [
            (rule, plan)
            for rule, plan in plans
            if isinstance(plan, SequencePlan | SamplePlan | ThresholdPlan)
        ]
        terms = [(rule, plan) for rule, plan in plans if isinstance(plan, NewTermsPlan)]
        first = {rule: compiled.first_stage(rule) for rule, _ in [*joining, *terms]}
        ties = {
            rule: FieldRef(field, Kind.UNKNOWN)
            for rule, _ in joining
            if (field := compiled.rules[rule].tiebreaker_field)
        }
        self._joins = Joins(joining, first, compiled.program, source, ties)
        self._sights = FirstSights(
            terms,
            first,
            compiled.program,
            source,
            Seeds(secrets.randbits(64)),
            [rule_key(compiled.rules[rule]) for rule, _ in terms],
        )
        self._is_term = np.zeros(len(compiled.stage_rule), np.bool_)
        self._is_term[[first[rule] for rule, _ in terms]] = True

    @property
    def spilled(self) -> int:
        """Bytes that went to disk."""
        return self._joins.candidates.spilled + self._sights.sights.spilled

    def collect(self, batch: Batch, cells: Cells, hits: Hits) -> None:
        """Take the hits of stateful stages of a batch."""
        terms = self._is_term[hits.stage]
        if not terms.all():
            self._joins.collect(batch, cells, hits.row[~terms], hits.stage[~terms])
        if terms.any():
            self._sights.collect(batch, cells, hits.row[terms], hits.stage[terms])

    def teach(self, past: Events, matcher: Matcher) -> int:
        """Let events of the past teach what terms were seen; how many there were."""
        fields, events = self._compiled.program.fields, 0
        for batch in past.batches(fields):
            cells = batch.cells(fields)
            hits = matcher.match(cells, indices(batch), batch.event)
            terms = self._is_term[hits.stage]
            rows, stages = hits.row[terms], hits.stage[terms]
            self._sights.collect(batch, cells, rows, stages, taught=True)
            events += int(np.count_nonzero(cells.time != NO_TIME))
        return events

    def finish(self) -> Iterator[Finding]:
        """The input has ended: everything that is found, in no order."""
        rules, plans = self._compiled.rules, self._compiled.plans
        for rule, keys, events, at, distinct in self._joins.finish():
            plan = plans[rule]
            extra = counted(plan, keys, events, distinct) if isinstance(plan, ThresholdPlan) else {}
            yield finding_of(rule, rules[rule].id, at, events, keys, extra)
        for rule, keys, events, at, _ in self._sights.finish():
            yield finding_of(rule, rules[rule].id, at, events, keys, {NEW_TERMS: list(keys)})

    def close(self) -> None:
        """Forget everything that waits."""
        self._joins.candidates.close()
        self._sights.close()


def rule_key(rule: Rule) -> str:
    """Names what a rule asks for: it changes with all that its state depends on.

    Exceptions do not count: what was seen before they came is not forgotten.
    """
    told = (
        *(rule.id, rule.type, rule.language, rule.query, rule.from_, rule.to, rule.interval),
        *(rule.new_terms_fields, rule.history_window_start, rule.index),
        *(rule.timestamp_field, rule.tiebreaker_field, rule.event_category_field),
        *(repr(rule.raw.get(key)) for key in ("filters", "threshold", "alert_suppression")),
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def indices(batch: Batch) -> list[str | None] | None:
    """The ``_index`` of each row, None if the input gives no names at all."""
    if not batch.named:
        return None
    identities: list[tuple[str, str] | None] = [batch.identity(row) for row in range(len(batch))]
    return [None if identity is None else identity[0] or None for identity in identities]
