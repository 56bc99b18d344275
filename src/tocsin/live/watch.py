"""All rules over a stream: batches and marks in, findings out. A function of what it is given.

    batch ──► cells ──► hits ─┬─► single events, indicator matches ───────────────────┬─► findings
                              └─► records, in order of time ──watermark──► sequences, ┘
                                                     samples, thresholds, new terms

However a stream is cut into batches, the findings up to a point are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import event_name
from tocsin.columns.cells import NO_TIME
from tocsin.columns.content import content_hash
from tocsin.engine.indicator_store import IndicatorStore
from tocsin.engine.indicators import Indicators
from tocsin.engine.remembering import rule_key
from tocsin.engine.scan import NO_TIMESTAMP
from tocsin.live.collecting import Collecting
from tocsin.live.content import Arrays, Longs
from tocsin.live.guard import Guard
from tocsin.live.joining import Joined, LiveJoins
from tocsin.live.places import Places
from tocsin.live.resent import Resent
from tocsin.live.suppression import LiveSuppression
from tocsin.live.tables import LiveTables
from tocsin.live.terms import LiveTerms
from tocsin.live.watermark import Watermark
from tocsin.match.matcher import Hits, Matcher
from tocsin.match.new_terms import Seeds
from tocsin.plan.plan import (
    NewTermsPlan,
    SamplePlan,
    SequencePlan,
    TablePlan,
    ThreatPlan,
    ThresholdPlan,
    stages_of,
)
from tocsin.plan.predicate import FieldRef
from tocsin.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.columns.cells import Cells
    from tocsin.engine.compiled import Compiled
    from tocsin.inputs.batch import JsonBatch
    from tocsin.live.options import Options
    from tocsin.match.keyhash import Flags

_MEMO = 32 << 20
_ENDS = "its query ends with head or tail, and a stream has no end"


class Watch:
    """Rules that watch a stream.

    Parameters
    ----------
    read
        Gives a line of the journal by its place.
    secret
        What hashes begin with, as long as state is kept.
    """

    def __init__(
        self, compiled: Compiled, options: Options, read: Callable[[int], bytes], secret: int
    ) -> None:
        self._compiled = compiled
        self._options = options
        self.secret = secret
        self.keys = [rule_key(rule) for rule in compiled.rules]
        program = compiled.program
        self.guard = Guard(compiled.rules, options.clock, options.share, options.burst)
        self.places = Places(read)
        self.watermark = Watermark(options.lateness, options.allowance)
        self.resent = Resent(
            self.places.content,
            drop=options.drop_resent,
            seed=secret & (1 << 62) - 1,
            most=options.most_resent,
        )
        self.matcher = Matcher(program, routing=options.routing, memo_bytes=_MEMO)
        joined = [
            Joined(rule, plan, self.keys[rule])
            for rule, plan in enumerate(compiled.plans)
            if isinstance(plan, SequencePlan | SamplePlan | ThresholdPlan)
        ]
        terms = [
            (rule, plan)
            for rule, plan in enumerate(compiled.plans)
            if isinstance(plan, NewTermsPlan)
        ]
        names = [self.keys[rule] for rule, _ in terms]
        seeds = Seeds(secret)
        self._collecting = Collecting(
            [*((one.rule, one.plan) for one in joined), *terms],
            [*(one.key for one in joined), *names],
            {
                rule: compiled.first_stage(rule)
                for rule in (*(j.rule for j in joined), *(r for r, _ in terms))
            },
            program.slot,
            seeds,
        )
        ties = {
            one.rule: FieldRef(field, Kind.UNKNOWN)
            for one in joined
            if (field := compiled.rules[one.rule].tiebreaker_field)
        }
        self.joins = LiveJoins(
            joined, compiled.rules, ties, self.places, self.guard, seeds.of_values
        )
        self._first_term = sum(len(stages_of(one.plan)) for one in joined)
        self.terms = LiveTerms(
            terms, compiled.rules, self.places, self.guard, seeds, names,
            most=options.most_terms,
        )  # fmt: skip
        self.suppression = LiveSuppression(
            compiled, self.keys, self.places, self.guard, on=options.suppression
        )
        self.tables = LiveTables(
            compiled, self.keys, self.places, self.guard, self.suppression.rules
        )
        for one in joined:
            if one.plan.window.cuts:
                self.guard.suspend(one.rule, _ENDS)
        of_stage = [compiled.plans[rule] for rule in compiled.stage_rule.tolist()]
        self._is_table = np.array([isinstance(p, TablePlan) for p in of_stage], np.bool_)
        self._is_threat = np.array([isinstance(p, ThreatPlan) for p in of_stage], np.bool_)
        self._waits = compiled.stateful & ~self._is_table
        self._indicators = self._sightings()
        self.events = self.rejected = 0

    def _sightings(self) -> Indicators | None:
        plans = {
            rule: plan
            for rule, plan in enumerate(self._compiled.plans)
            if isinstance(plan, ThreatPlan)
        }
        if not plans or self._options.indicators is None:
            return None
        store = IndicatorStore([*plans.values()], self._options.indicators)
        return Indicators(plans, store, self._compiled.program, self._options.routing)

    @property
    def capped(self) -> int:
        """Hits of events with so many key values that not all were looked at."""
        return self._collecting.capped

    @property
    def evicted(self) -> int:
        """What was forgotten to bound memory: open sequences, counts, windows, events."""
        machines = sum(machine.counts.evicted for machine in self.joins.machines)
        held = self.joins.openings.evicted + self.suppression.evicted + self.resent.forgotten
        return machines + held + self.tables.evicted

    def take(self, batch: JsonBatch, accepted: Longs) -> list[Finding]:
        """Take events in order of arrival, each with the time at which it was accepted (ms)."""
        self.guard.now = int(accepted[-1])
        self.places.turn_to(batch)
        cells = batch.cells(self._compiled.program.fields)
        self._refuse(batch, cells)
        passed = self.watermark.take(cells.time, accepted)
        mark = self.watermark.at
        dropped, numbers = self.resent.take(batch, cells, passed, self.watermark.latest, mark)
        wanted = (cells.time != NO_TIME) & ~dropped
        self.events += int(np.count_nonzero(wanted))
        indices = None if batch.identities is None else [n or None for n in batch.identities[0]]
        hits = self.matcher.match(cells, indices, batch.event)
        keep = wanted[hits.row]
        running = self.guard.runs(hits, self._compiled.stage_rule)
        if running is not None:
            keep &= running
        hits = _some(hits, keep)
        waits = self._waits[hits.stage] & ~passed.late[hits.row]
        if waits.any():
            self._collecting.collect(
                batch, cells, hits.row[waits], hits.stage[waits],
                lambda rows: self.places.remember(batch, rows, numbers),
            )  # fmt: skip
        tables = self._is_table[hits.stage]
        found = self._tabled(batch, cells, _some(hits, tables), numbers, passed.late)
        at_once = _some(hits, ~self._waits[hits.stage] & ~self._is_table[hits.stage])
        found += self._at_once(batch, cells, at_once, numbers, passed.late)
        return found + self._pass(mark)

    def _tabled(
        self,
        batch: JsonBatch,
        cells: Cells,
        hits: Hits,
        numbers: Mapping[int, int],
        late: Flags,
    ) -> list[Finding]:
        """The findings of ES|QL about single events; the rest waits."""
        if not hits.row.size:
            return []
        found = self.tables.collect(
            batch, cells, hits, late, lambda rows: self.places.remember(batch, rows, numbers)
        )
        return self._unless_late(found, batch, late)

    def advance(self, mark: int) -> list[Finding]:
        """Wait no longer for events before a time."""
        self.watermark.advance(mark)
        return self._pass(self.watermark.at)

    def _pass(self, mark: int) -> list[Finding]:
        """What is certain when the watermark stands there."""
        if mark == NO_TIME:
            return []
        ready = self._collecting.passed(mark)
        terms = ready.stage >= self._first_term
        found = self.joins.feed(ready.part(~terms) if terms.any() else ready, mark)
        if terms.any():
            new = ready.part(terms)
            moved = (new.stage - self._first_term).astype(np.int32)
            found += self.terms.feed(new._replace(stage=moved), mark)
        found += self.tables.passed(mark)
        told = self._sifted(found)
        return told + self.suppression.passed(mark)

    def _sifted(self, found: Sequence[Finding]) -> list[Finding]:
        """The findings that are told at once; those of rules that suppress wait."""
        if not self.suppression.rules:
            return list(found)
        told = []
        for finding in found:
            if finding.rule in self.suppression.rules:
                self.suppression.wait(finding)
            else:
                told.append(finding)
        return told

    def _refuse(self, batch: JsonBatch, cells: Cells) -> None:
        bad = np.flatnonzero(cells.time == NO_TIME).tolist()
        refused = sorted({*bad, *cells.rejected})
        self.rejected += len(refused)
        if self._options.reject is not None:
            for row in refused:
                reason = cells.rejected.get(row, NO_TIMESTAMP)
                self._options.reject(int(batch.offsets[row]), reason)

    def _at_once(
        self,
        batch: JsonBatch,
        cells: Cells,
        hits: Hits,
        numbers: Mapping[int, int],
        late: Flags,
    ) -> list[Finding]:
        """The findings of single events and of indicator matches."""
        if not hits.row.size:
            return []
        events: dict[int, SourceEvent] = {}

        def event(row: int) -> SourceEvent:
            known = events.get(row)
            if known is None:
                known = events[row] = _event(batch, cells, row, numbers.get(row, 0))
            return known

        threat = self._is_threat[hits.stage]
        rules = self._compiled.stage_rule[hits.stage]
        found = [
            Finding(rule, "", int(cells.time[row]), (event(row),))
            for row, rule in zip(hits.row[~threat].tolist(), rules[~threat].tolist(), strict=True)
        ]
        if threat.any() and self._indicators is not None:
            for rule in np.unique(rules[threat]).tolist():
                some = threat & (rules == rule)
                with self.guard.of(rule):
                    found += [
                        Finding(rule, "", int(cells.time[row]), (event(row),), extra=extra)
                        for row, _, extra in self._indicators.find(
                            cells, hits.row[some], rules[some]
                        )
                    ]
        return self._unless_late(found, batch, late)

    def _unless_late(
        self, found: Sequence[Finding], batch: JsonBatch, late: Flags
    ) -> list[Finding]:
        """Findings of single events that are told at once; others wait, unless they came late."""
        told = []
        for one in found:
            row = int(np.searchsorted(batch.offsets, one.present[0].offset))
            if one.rule in self.suppression.rules and not late[row]:
                self.suppression.wait(one)
            else:
                told.append(one)
        return told

    def settle(self) -> None:
        """A step is done: what is open for rules that were suspended is forgotten."""
        self.guard.settle()
        if self.guard.changed:
            for rule in self.guard.suspended:
                self.joins.drop(rule)
                self.tables.drop(rule)

    def state(self, arrays: Arrays) -> dict[str, Any]:
        """All that is remembered: JSON values, `Ref` among them, and arrays."""
        return {
            "rules": [
                [key, rule.id, rule.name]
                for key, rule in zip(self.keys, self._compiled.rules, strict=True)
            ],
            "watermark": self.watermark.state(),
            "resent": self.resent.state(arrays),
            "records": self._collecting.state(arrays),
            "joins": self.joins.state(arrays),
            "terms": self.terms.state(arrays, self.watermark.at),
            "tables": self.tables.state(arrays),
            "suppression": self.suppression.state(),
            "suspended": self.guard.state(self.keys),
            "places": self.places.state(),
            "counts": [self.events, self.rejected, self.resent.repeated],
        }

    def restore(self, state: Mapping[str, Any], arrays: Sequence[Longs]) -> list[str]:
        """Go on where a watch of these or of other rules was.

        Returns
        -------
            The keys of rules that had something open and are not here.
        """
        self.places.restore(state["places"])
        self.watermark.restore(state["watermark"])
        self.resent.restore(state["resent"], arrays)
        self._collecting.restore(state["records"], arrays)
        gone = self.joins.restore(state["joins"], arrays)
        self.terms.restore(state["terms"], arrays)
        gone += self.tables.restore(state["tables"], arrays)
        gone += self.suppression.restore(state["suppression"])
        self.guard.restore(state["suspended"], {key: at for at, key in enumerate(self.keys)})
        self.events, self.rejected, self.resent.repeated = state["counts"]
        return gone

    @property
    def lowest(self) -> int | None:
        """The first place of all records that wait or have begun something."""
        held = self.joins.openings.rows()
        lows = [int(held[:, 4].min())] if len(held) else []
        if self._collecting.waiting.lowest is not None:
            lows.append(self._collecting.waiting.lowest)
        if self.tables.lowest is not None:
            lows.append(self.tables.lowest)
        return min(lows, default=None)

    def sizes(self) -> dict[str, int]:
        """What is remembered, by kind."""
        return {
            "records": len(self._collecting.waiting),
            "openings": len(self.joins.openings),
            "machines": sum(not machine.idle for machine in self.joins.machines),
            "terms": len(self.terms),
            "candidates": len(self.tables),
            "resent": len(self.resent),
            "findings": len(self.suppression),
            "windows": self.suppression.windows,
        }


def _some(hits: Hits, chosen: Flags) -> Hits:
    return hits if chosen.all() else Hits(hits.row[chosen], hits.stage[chosen])


def _event(batch: JsonBatch, cells: Cells, row: int, number: int) -> SourceEvent:
    index, name = batch.identity(row) or ("", "")
    content = batch.event(row)
    name = name or event_name(content_hash(content), number)
    at, place = int(cells.time[row]), int(batch.offsets[row])
    return SourceEvent(name, index, at, 0, content, 0, place)
