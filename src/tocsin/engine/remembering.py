"""The rules that remember events, over one finished input: what they collect and what they find.

Sequences, samples and thresholds are joined from their events; new terms are told by their first
sights. Both are certain only when the whole input has passed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from tocsin.alerts.finding import Finding
from tocsin.alerts.identity import finding_of
from tocsin.alerts.threshold import counted
from tocsin.columns.cells import Batch, Cells
from tocsin.engine.compiled import Compiled
from tocsin.engine.first_sights import FirstSights
from tocsin.engine.joins import Joins
from tocsin.engine.open_events import restored
from tocsin.engine.state import State, StateWriter, Unwritten, damaged
from tocsin.engine.statistics import Remembered
from tocsin.engine.table_memory import TableMemory
from tocsin.engine.tabled import Tabled
from tocsin.inputs.source import Events
from tocsin.match.machine import Machine, machine_of
from tocsin.match.matcher import Hits
from tocsin.match.new_terms import Seeds
from tocsin.match.terms import NEVER, NOTHING
from tocsin.plan.plan import (
    Joining,
    NewTermsPlan,
    SamplePlan,
    SequencePlan,
    TablePlan,
    ThresholdPlan,
)
from tocsin.rules.rule import Rule

NEW_TERMS = "kibana.alert.new_terms"


class Remembering:
    """Takes the hits of stateful stages batch by batch, and gives what they mean together.

    Parameters
    ----------
    source
        The input, from which events are read again.
    state
        What earlier runs left; None: nothing, and nothing is kept.

    Attributes
    ----------
    at_once
        By stage: whether its rule keeps nothing from run to run, and so takes late events.
    """

    def __init__(self, compiled: Compiled, source: Events, state: State | None = None) -> None:
        self._compiled = compiled
        self._state = state
        plans = list(enumerate(compiled.plans))
        joining = [
            (rule, plan)
            for rule, plan in plans
            if isinstance(plan, SequencePlan | SamplePlan | ThresholdPlan)
        ]
        terms = [(rule, plan) for rule, plan in plans if isinstance(plan, NewTermsPlan)]
        first = {rule: compiled.first_stage(rule) for rule, _ in [*joining, *terms]}
        ties = {rule: field for rule, _ in joining if (field := compiled.tiebreaker(rule))}
        self._states = {} if state is None else self._going_on(joining, state)
        self._joins = Joins(
            joining,
            first,
            compiled.program,
            source,
            ties,
            carried=None if state is None else state.events,
            first_arrival=0 if state is None else state.arrival,
        )
        self._sights = FirstSights(
            terms,
            first,
            compiled.program,
            source,
            Seeds(secrets.randbits(64) if state is None else state.secret),
            [rule_key(compiled.rules[rule]) for rule, _ in terms],
        )
        self.tabled = Tabled(
            compiled,
            source,
            None if state is None else self._tables(state),
            None if state is None else state.events,
        )
        self.at_once = self._is_table = np.array(
            [isinstance(compiled.plans[rule], TablePlan) for rule in compiled.stage_rule.tolist()],
            np.bool_,
        )
        self._is_term = np.zeros(len(compiled.stage_rule), np.bool_)
        self._is_term[[first[rule] for rule, _ in terms]] = True

    @cached_property
    def _keys(self) -> list[str]:
        """The name of each rule's state."""
        return [rule_key(rule) for rule in self._compiled.rules]

    def _going_on(
        self, plans: Sequence[tuple[int, Joining]], state: State
    ) -> dict[int, dict[str, Any]]:
        """The states of machines that go on; raises StateError if one cannot."""
        found = {}
        try:
            for rule, plan in plans:
                row = state.rules.get(self._keys[rule], {})
                if "machine" in row:
                    found[rule] = restored(row["machine"])
                    machine: Machine[object] = machine_of(plan)
                    machine.restore(found[rule])
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise damaged(state.folder) from error
        return found

    def _tables(self, state: State) -> dict[int, TableMemory]:
        """What rules in ES|QL remember; raises StateError if it is damaged."""
        found = {}
        try:
            for rule, plan in enumerate(self._compiled.plans):
                row = state.rules.get(self._keys[rule], {})
                if isinstance(plan, TablePlan) and "table" in row:
                    found[rule] = TableMemory.read(row["table"], state.events.spans)
        except (ValueError, TypeError, LookupError) as error:
            raise damaged(state.folder) from error
        return found

    @property
    def spilled(self) -> int:
        """Bytes that went to disk."""
        joined = self._joins.candidates.spilled + self._sights.sights.spilled
        return joined + self.tabled.spilled

    def count(self, counts: Remembered) -> None:
        """Put into the counts what waited, what was dropped to bound memory, and left out."""
        candidates, sights = self._joins.candidates, self._sights.sights
        counts.records += candidates.records
        counts.sights += sights.records
        counts.rows += self.tabled.rows
        counts.waiting += candidates.bytes + sights.bytes + self.tabled.bytes
        counts.evicted += candidates.counts.evicted
        counts.capped += candidates.capped + sights.capped
        counts.forgotten += sights.forgotten

    def collect(self, batch: Batch, cells: Cells, hits: Hits, now: Cells | None = None) -> None:
        """Take the hits of stateful stages of a batch.

        ``now``: the cells with the times at which events count for other rules than tables.
        """
        tables = self._is_table[hits.stage]
        if tables.any():
            self.tabled.collect(batch, cells, Hits(hits.row[tables], hits.stage[tables]))
            hits = Hits(hits.row[~tables], hits.stage[~tables])
        cells = cells if now is None else now
        terms = self._is_term[hits.stage]
        if not terms.all():
            self._joins.collect(batch, cells, hits.row[~terms], hits.stage[~terms])
        if terms.any():
            self._sights.collect(batch, cells, hits.row[terms], hits.stage[terms])

    @property
    def learns(self) -> bool:
        """Whether the past can teach any rule."""
        return bool(self._is_term.any())

    def teach(self, batch: Batch, cells: Cells, hits: Hits) -> None:
        """Let a batch of the past teach what terms were seen."""
        terms = self._is_term[hits.stage]
        rows, stages = hits.row[terms], hits.stage[terms]
        self._sights.collect(batch, cells, rows, stages, taught=True)

    def finish(
        self, latest: int | None = None, writer: StateWriter | Unwritten | None = None
    ) -> Iterator[Finding]:
        """The input has ended: everything that is found, in no order.

        Parameters
        ----------
        latest
            The time of its latest event in milliseconds, None if it has none.
        writer
            Told what is remembered then.
        """
        rules, plans = self._compiled.rules, self._compiled.plans
        low = None if self._state is None else self._state.watermark
        span = None if writer is None or latest is None else (low, latest)
        for rule, keys, events, at, distinct in self._joins.finish(span, self._states):
            plan = plans[rule]
            extra = counted(plan, keys, events, distinct) if isinstance(plan, ThresholdPlan) else {}
            yield finding_of(rule, rules[rule].id, at, events, keys, extra)
        for rule, keys, events, at, _ in self._sights.finish(
            NOTHING if self._state is None else self._state.terms,
            NEVER if latest is None else latest,
            None if writer is None else writer.add_terms,
        ):
            yield finding_of(rule, rules[rule].id, at, events, keys, {NEW_TERMS: list(keys)})
        yield from self.tabled.finish(span)

    def save(self, writer: StateWriter, windows: Mapping[int, dict[str, Any]]) -> int:
        """Write what is open: events, machines, windows of suppression; of how many rules."""
        for number, event in self._joins.open_events():
            writer.add_event(number, event)
        for number, event in self.tabled.open_events(len(self._joins.open)):
            writer.add_event(number, event)
        machines, tables = self._joins.open.states, self.tabled.open
        rules = sorted(machines.keys() | tables.keys() | windows.keys())
        for rule in rules:
            told = self._compiled.rules[rule]
            row: dict[str, Any] = {"key": self._keys[rule], "rule_id": told.id, "name": told.name}
            if rule in machines:
                row["machine"] = orjson.Fragment(machines[rule])
            if rule in tables:
                row["table"] = tables[rule].as_json()
            if rule in windows:
                row["windows"] = windows[rule]
            writer.add_rule(orjson.dumps(row))
        return len(rules)

    def windows(self) -> dict[int, dict[str, Any]]:
        """The windows of suppression that earlier runs left open, by rule."""
        if self._state is None:
            return {}
        known = self._state.rules
        return {
            rule: known[key]["windows"]
            for rule, key in enumerate(self._keys)
            if "windows" in known.get(key, {})
        }

    def dropped(self) -> list[tuple[str, str, str]]:
        """Rule id, name and reason of what was remembered and is of no use for these rules."""
        if self._state is None:
            return []
        keys = set(self._keys)
        ids = {rule.id for rule in self._compiled.rules}
        return [
            (
                str(row.get("rule_id", "")),
                str(row.get("name", "")),
                "the rule has changed" if row.get("rule_id") in ids else "the rule was not run",
            )
            for key, row in self._state.rules.items()
            if key not in keys
        ]

    def release(self) -> None:
        """Forget the events of what is open, too."""
        self._joins.close()
        self.tabled.close()

    def close(self) -> None:
        """Forget everything that waits; events of what is open can still be read again."""
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
