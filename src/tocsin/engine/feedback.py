"""Alerts as events: rules that read alerts see those of the other rules, and of each other.

    events ─► all rules ─► alerts ─┐
       └─► what alert-reading rules may want ─┴─► alert-reading rules ─► alerts ─┐
                                   ▲                                             │
                                   └── until nothing changes, at most 8 times ───┘

What such a rule may want of the input, and the alerts, wait in a temporary file, which is an input
like any other. An alert is never shown to a rule that made it, or made one that it stands on.
"""

from __future__ import annotations

import dataclasses
import hashlib
import heapq
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding
from tocsin.alerts.lineage import ALERTS, RULE, RULES, turn_of
from tocsin.alerts.snapshot import uuid_of
from tocsin.columns.cells import Batch, Cells
from tocsin.engine.carried import CARRIED
from tocsin.engine.compiled import Compiled, part_of
from tocsin.engine.gathered import Gathered
from tocsin.engine.idle import Idle
from tocsin.engine.remembering import indices
from tocsin.engine.scan import Options, Scan
from tocsin.engine.spool import Spool, SpoolOrigin
from tocsin.engine.state import State, StateWriter
from tocsin.engine.statistics import Remembered, Statistics
from tocsin.inputs.source import Events
from tocsin.match.indices import reads_alerts
from tocsin.match.kinds import Kinds
from tocsin.match.matcher import Hits, Matcher
from tocsin.match.records import places
from tocsin.plan.plan import TablePlan
from tocsin.plan.rule_plan import indices_of

MOST_ROUNDS = 8
"""How often alerts are shown to the rules that read alerts."""

SUPPRESSED = "kibana.alert.suppression.docs_count"


class Feedback:
    """The rules of a run that read alerts, and what waits for them.

    Give `sift` to a `Scan`, then, once its findings have been gathered, call `run`.
    """

    def __init__(self, compiled: Compiled, source: Events) -> None:
        self._compiled = compiled
        self._source = source
        self.rules = [
            number
            for number, plan in enumerate(compiled.plans)
            if plan is not None and reads_alerts(indices_of(compiled.rules[number], plan))
        ]
        self._is_reader = np.isin(compiled.stage_rule, self.rules)
        self._spool: Spool | None = None

    def sift(self, batch: Batch, _cells: Cells, hits: Hits) -> Hits:
        """The hits of the other rules; the events of those of alert-reading ones are kept."""
        reader = self._is_reader[hits.stage]
        if not reader.any():
            return hits
        spool = self._open()
        rows = np.unique(hits.row[reader]).tolist()
        for row, content in zip(rows, batch.events(rows), strict=True):
            place = batch.place(row)
            given = self._source.given(place) is not None
            spool.add(content, batch.identity(row), place if given else None)
        return Hits(hits.row[~reader], hits.stage[~reader])

    def run(
        self,
        gathered: Gathered,
        options: Options,
        counts: Statistics,
        kinds: Kinds | None = None,
    ) -> None:
        """Show alerts to the rules that read them, and gather what these find.

        ``kinds``: what the events of the input were, if that is known.
        """
        rules, plans, state = self._compiled.rules, self._compiled.plans, options.state
        writer = Documents(rules, plans, detected_at=0, execution="", prose=False)
        about = kinds if state is None else None
        if not self.rules or self._idle(writer, gathered, counts, about):
            return
        told_from = 0 if self._spool is None else self._spool.end
        for line in _lines(writer, gathered, state):
            self._open().add(*line)
        if self._spool is None and state is None:
            return
        spool = self._open()
        spool.mark()
        readers = None if state is None else state.of_readers()
        rounds = _Rounds(
            self._compiled, self.rules, options, self._source.sources, told_from=told_from
        )
        known, asked = digest_of(()), frozenset(self.rules)
        for turn in range(MOST_ROUNDS):
            spool.flush()
            origin = SpoolOrigin(spool, self._source)
            rounds.once(Events([origin]), asked)
            names = digest_of(finding.alert_id for finding in writer.named(rounds))
            if names == known or turn == MOST_ROUNDS - 1:
                break
            told = _in_turn(_lines(writer, rounds, readers))
            told.flush()
            # what no alert of these rules concerns finds the same again
            asked = rounds.concerned(Events([SpoolOrigin(told, self._source)]))
            if not asked:
                break
            known = names
            spool.rewind()
            spool.append(told)
        if state is not None:
            rounds.keep(Events([origin]), state, counts)
        self._source.put_beside(origin)
        for finding in rounds:
            gathered.take(finding)
            counts.suppressed += int(finding.extra.get(SUPPRESSED, 0))
        rounds.count(counts)
        rounds.close()

    def _idle(
        self, writer: Documents, gathered: Gathered, counts: Statistics, kinds: Kinds | None
    ) -> bool:
        """Whether no alert makes any of the rules fire; then what they lack is told."""
        if kinds is None or self._spool is not None or not gathered.told:
            return False
        idle = Idle(self._compiled, self.rules, kinds)
        if not idle.are(gathered.told):
            return False
        count = counts.alerts + counts.building_block_alerts
        unmatched = idle.unmatched(writer, gathered, count, self._source)
        if unmatched is None:
            return False
        readers = {self._compiled.rules[rule].id for rule in self.rules}
        counts.cannot_match = [row for row in counts.cannot_match if row[0] not in readers]
        counts.cannot_match += unmatched
        return True

    @property
    def spool(self) -> Spool:
        """The events that these rules may want; what is added goes when the rules have run."""
        return self._open()

    def _open(self) -> Spool:
        if self._spool is None:
            self._spool = Spool()
        return self._spool


@dataclass(frozen=True, eq=False)
class _Run:
    """What some rules found, their numbers among all, and what they remembered."""

    gathered: Gathered
    rules: tuple[int, ...]
    remembered: Remembered


class _Rounds:
    """Runs the rules that read alerts; iterating gives what each found when it last ran, in order.

    Parameters
    ----------
    first
        The number of the input that findings count their events in.
    told_from
        Where in the spool the alerts of this run begin.
    """

    def __init__(
        self,
        compiled: Compiled,
        rules: Sequence[int],
        options: Options,
        first: int,
        *,
        told_from: int,
    ) -> None:
        self._told_from = told_from
        self._whole = compiled
        self._first = first
        self._compiled = compiled
        self._slots = 0, 0
        state = None
        if options.state is not None:
            state = options.state.of_readers()
            state.latest = options.state.latest
        self._options = dataclasses.replace(
            options, since=None, until=None, history=None, state=state, indicators=None, jobs=1
        )
        self._latest: dict[int, _Run] = {}
        self._unmatched: dict[str, list[str]] = {}
        self._concerned: frozenset[int] = frozenset()
        self._choose(rules)

    def __iter__(self) -> Iterator[Finding]:
        yield from heapq.merge(*map(self._of, self._runs()), key=attrgetter("time"))

    def once(self, source: Events, rules: AbstractSet[int]) -> None:
        """Run some rules over a source that holds all alerts."""
        self._run(source, rules).release()

    def keep(self, source: Events, state: State, counts: Statistics) -> None:
        """Run all rules over the source that was the last one, and keep what they remember."""
        if state.writer is None or self._options.state is None:
            return
        readers = self._options.state
        readers.writer = state.writer.readers = StateWriter(readers)
        scan = self._run(source, frozenset(self._latest))
        scan.release()
        counts.late += scan.statistics.late

    def _run(self, source: Events, rules: AbstractSet[int]) -> Scan:
        numbers = self._choose(sorted(rules))
        scan = Scan(self._compiled, source, self._options, sift=self._sift, news=self._told_now)
        gathered = Gathered(
            self._compiled,
            scan.statistics,
            suppression=self._options.suppression,
            windows=scan.windows,
        )
        for finding in scan.findings():
            gathered.add(finding)
        gathered.settle(keep=self._options.state is not None)
        scan.save(gathered.windows())
        before, run = self._runs(), _Run(gathered, numbers, scan.statistics.state)
        for rule in numbers:
            self._latest[rule] = run
            self._unmatched.pop(self._whole.rules[rule].id, None)
        self._unmatched.update(scan.statistics.cannot_match)
        for old in before:
            if old not in self._runs():
                old.gathered.close()
        return scan

    def concerned(self, alerts: Events) -> frozenset[int]:
        """The rules that ask about alerts of this round or an earlier one."""
        numbers = self._choose(sorted(self._latest))
        program, plans = self._compiled.program, self._compiled.plans
        matcher = Matcher(program, routing=self._options.routing)
        found = set(self._concerned)
        # a KQL query within a table says something of its rows, but makes none
        is_table = np.array([isinstance(plan, TablePlan) for plan in plans], np.bool_)
        makes = ~is_table[self._compiled.stage_rule] | (self._compiled.stage_position == 0)
        for batch in alerts.batches(program.fields):
            cells = batch.cells(program.fields)
            hits = self._sift(batch, cells, matcher.match(cells, indices(batch), batch.event))
            stages = hits.stage[makes[hits.stage]]
            found.update(numbers[rule] for rule in self._compiled.stage_rule[stages].tolist())
        self._concerned = frozenset(found)
        return self._concerned

    def count(self, counts: Statistics) -> None:
        """Tell which rules cannot match, and what was remembered."""
        for run in self._runs():
            counts.state.add(run.remembered)
        readers = {self._whole.rules[rule].id for rule in self._latest}
        counts.cannot_match = [row for row in counts.cannot_match if row[0] not in readers]
        counts.cannot_match += self._unmatched.items()

    def close(self) -> None:
        """Forget what was found."""
        for run in self._runs():
            run.gathered.close()

    def _choose(self, rules: Sequence[int]) -> tuple[int, ...]:
        """Turn to some of the rules."""
        self._compiled = part_of(self._whole, rules, (RULE, RULES))
        slot = self._compiled.program.slot
        self._slots = slot(RULE), slot(RULES)
        return tuple(rules)

    def _runs(self) -> list[_Run]:
        """The runs that are the latest of some rule, each once."""
        return list(dict.fromkeys(self._latest.values()))

    def _of(self, run: _Run) -> Iterator[Finding]:
        """What a run found, for rules that did not run again, as it counts among all."""
        for finding in run.gathered:
            rule = run.rules[finding.rule]
            if self._latest[rule] is run:
                moved = tuple(
                    event
                    if event is None or event.source == CARRIED
                    else event._replace(source=event.source + self._first)
                    for event in finding.events
                )
                yield finding._replace(rule=rule, events=moved)

    def _told_now(self, batch: Batch) -> npt.NDArray[np.bool_]:
        """Which rows are alerts of this run: a table tells some that are long past."""
        _, offsets = places(batch, np.arange(len(batch), dtype=np.int32))
        return offsets >= self._told_from

    def _sift(self, _batch: Batch, cells: Cells, hits: Hits) -> Hits:
        return own_rules(self._compiled, self._slots, cells, hits)


def own_rules(compiled: Compiled, slots: tuple[int, int], cells: Cells, hits: Hits) -> Hits:
    """The hits without those of rules that an alert comes from.

    Parameters
    ----------
    slots
        Those of the alert's rule, and of the rules of its ancestors, which Kibana names by their
        uuid.
    """
    rules = compiled.stage_rule[hits.stage].tolist()
    asked = np.zeros(len(cells.row_start) - 1, np.bool_)
    asked[hits.row] = True
    found = np.flatnonzero((cells.slot == slots[0]) | (cells.slot == slots[1]))
    owner = np.searchsorted(cells.row_start, found, side="right") - 1
    wanted = asked[owner]
    own: dict[int, set[Any]] = {}
    for row, cell in zip(owner[wanted].tolist(), found[wanted].tolist(), strict=True):
        own.setdefault(row, set()).add(cells.value(cell))
    kept = np.ones(len(rules), np.bool_)
    for place, (row, rule) in enumerate(zip(hits.row.tolist(), rules, strict=True)):
        made = compiled.rules[rule]
        kept[place] = own.get(row, frozenset()).isdisjoint((made.id, uuid_of(made)))
    return Hits(hits.row[kept], hits.stage[kept])


def _lines(
    writer: Documents, found: Iterable[Finding], state: State | None
) -> Iterator[tuple[bytes, tuple[str, str]]]:
    """Alerts as events, each with its index and id; what is told again was seen before."""
    updated = frozenset() if state is None else state.updated
    for finding in writer.named(found):
        if finding.alert_id not in updated:
            yield writer.line(finding), (ALERTS, finding.alert_id)


def _in_turn(alerts: Iterable[tuple[bytes, tuple[str, str]]]) -> Spool:
    """Alerts of rules that read alerts, so that within a moment what causes stands first."""
    turns: dict[int, Spool] = {}
    for line, name in alerts:
        turns.setdefault(turn_of(line), Spool()).add(line, name)
    whole = Spool()
    for turn in sorted(turns):
        whole.append(turns[turn])
    return whole


def digest_of(names: Iterable[str]) -> bytes:
    """What changes if one of some names does."""
    whole = hashlib.sha256()
    for name in names:
        whole.update(f"{name} ".encode())
    return whole.digest()
