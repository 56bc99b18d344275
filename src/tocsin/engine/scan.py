"""Rules over a finished input: one pass over the events, then what only the whole input can tell.

Single-event findings come while the events pass; sequences, samples and absences when the input has
ended, since only then the order of all events is known.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.columns.cells import NO_TIME, Batch, Cells
from tocsin.columns.problem import UNTIMED
from tocsin.columns.scan import POOL as CELLS
from tocsin.engine.compiled import Compiled
from tocsin.engine.indicator_store import IndicatorStore
from tocsin.engine.indicators import Indicators
from tocsin.engine.learning import learn
from tocsin.engine.remembering import Remembering, indices
from tocsin.engine.state import State, StateWriter, Unwritten
from tocsin.engine.statistics import Statistics
from tocsin.inputs.batch import POOL as BATCHES
from tocsin.inputs.report import SAMPLE, RejectHook
from tocsin.inputs.source import Events
from tocsin.match.kinds import Kinds
from tocsin.match.matcher import Hits, Matcher
from tocsin.plan.needs import missing_needs
from tocsin.plan.plan import ThreatPlan

Routing = Literal["auto", "strict", "off"]
_MEMO = 8 << 20
"""Bytes of values whose answers are remembered."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. ``since`` and ``until`` are event times in milliseconds, both inclusive.

    ``history``: events of the past that only teach which terms were seen. ``suppression``: whether
    rules that suppress alerts do so. ``state``: what earlier runs left, and where to leave more.
    ``indicators``: the documents that indicator match rules compare events with.

    ``rows`` bounds a batch (None: the reader decides); results never depend on it. ``jobs`` is the
    number of threads that read ahead.
    """

    routing: Routing = "auto"
    since: int | None = None
    until: int | None = None
    rows: int | None = None
    jobs: int = 1
    history: Events | None = None
    suppression: bool = True
    state: State | None = None
    indicators: Events | None = None


Observe = Callable[[Batch, Cells, Hits], None]
"""Shown each batch with the pairs of event and stage that held, before anything is made of them."""

Mark = Callable[[Batch], npt.NDArray[np.bool_]]
"""Tells of each row of a batch whether it became known only now, whenever it happened."""

Sift = Callable[[Batch, Cells, Hits], Hits]
"""Gives, of the pairs that held in a batch, those that something is made of."""


class Scan:
    """One run of compiled rules over one input.

    Iterate `findings` once; `statistics` is filled meanwhile and complete afterwards.
    """

    def __init__(
        self,
        compiled: Compiled,
        source: Events,
        options: Options = Options(),
        *,
        reject: RejectHook | None = None,
        progress: Callable[[Statistics], None] | None = None,
        observe: Observe | None = None,
        sift: Sift | None = None,
        news: Mark | None = None,
    ) -> None:
        self._observe = observe
        self._news = news
        self._sift = sift
        self._compiled = compiled
        self._source = source
        self.options = options
        self._reject = reject
        self._progress = progress
        self._matcher = Matcher(compiled.program, routing=options.routing, memo_bytes=_MEMO)
        self._remembering = Remembering(compiled, source, options.state)
        self._writer: StateWriter | Unwritten | None = None
        self._settled = options.state.watermark if options.state else None
        self._latest = self._settled
        self._arrivals = 0
        self._threats = {
            rule: plan for rule, plan in enumerate(compiled.plans) if isinstance(plan, ThreatPlan)
        }
        self._is_threat = np.isin(compiled.stage_rule, list(self._threats))
        self._indicators: Indicators | None = None
        self.statistics = Statistics(
            rules_loaded=len(compiled.rules),
            rules_compiled=sum(plan is not None for plan in compiled.plans),
        )

    def findings(self) -> Iterator[Finding]:
        """Everything that the rules find, single events in order of arrival, then sequences.

        Findings of single events have no name yet: `tocsin.alerts.identity.named` gives it.
        """
        began = time.perf_counter()
        try:
            self._learn()
            self._read_indicators()
            for batch, cells in self._batches():
                yield from self._one(batch, cells)
                del batch, cells  # their memory serves the next ones
            self.statistics.seconds.match += time.perf_counter() - began
            for pool in (CELLS, BATCHES):
                pool.clear()  # what comes now may have their memory
            state = self.options.state
            if state is not None:
                self._writer = state.begin()
                self._latest = state.reached(self._latest)
            yield from self._remembering.finish(self._latest, self._writer)
            if state is not None:
                state.updated |= self._remembering.tabled.updated
        finally:
            self._remembering.close()
            if self._writer is None:
                self._remembering.release()
            self._close(began)

    @property
    def windows(self) -> dict[int, dict[str, Any]]:
        """Windows of suppression that earlier runs left open, by rule."""
        return self._remembering.windows()

    @property
    def kinds(self) -> Kinds:
        """What the events so far were."""
        return self._matcher.kinds

    def save(self, windows: Mapping[int, dict[str, Any]]) -> None:
        """Keep what is open for a later run, once all findings were taken; else do nothing.

        Parameters
        ----------
        windows
            The windows of suppression that are open now, by rule.

        Raises
        ------
        StateError
            It could not be written; what earlier runs left is as it was.
        """
        state, writer, counts = self.options.state, self._writer, self.statistics.state
        if state is None or not isinstance(writer, StateWriter):
            return
        counts.rules += self._remembering.save(writer, windows)
        writer.commit(self._latest, state.arrival + self._arrivals)
        counts.events += writer.events
        counts.terms += writer.terms
        counts.bytes = writer.size
        counts.windows += sum(len(told["windows"]) for told in windows.values())
        counts.dropped += self._remembering.dropped()

    def release(self) -> None:
        """Forget what was needed to save the state."""
        self._remembering.release()

    def close(self) -> None:
        """Let go of the state; what was not saved is forgotten."""
        self.release()
        if self._writer is not None:
            self._writer.abandon()
        if self.options.state is not None:
            self.options.state.close()

    def _learn(self) -> None:
        """Let the events of the past teach."""
        past, counts = self.options.history, self.statistics
        if past is None:
            return
        if self._remembering.learns:
            program = self._compiled.program
            matcher = Matcher(program, routing=self.options.routing, memo_bytes=_MEMO)
            learn(past, program.fields, matcher, self._remembering, counts)
        else:
            counts.unused.append(("--history", "no rule that runs asks for new terms"))
        counts.inputs += [(told.file, told.reason) for told in past.problems]

    def _read_indicators(self) -> None:
        """Read all indicators, if there is a rule that asks for any."""
        counts, plans = self.statistics, self._threats
        if plans and self.options.indicators is not None:
            store = IndicatorStore([*plans.values()], self.options.indicators)
            self._indicators = Indicators(
                plans, store, self._compiled.program, self.options.routing
            )
            counts.indicators = {
                "read": store.read,
                "used": store.used,
                "rejected": store.rejected,
            }
            counts.indicator_rejects = store.rejects
            counts.inputs += [(told.file, told.reason) for told in self.options.indicators.problems]
        elif plans:
            counts.without_indicators = len(plans)
        elif self.options.indicators is not None:
            counts.unused.append(("--indicators", "no rule that runs compares events with any"))

    def _batches(self) -> Iterator[tuple[Batch, Cells]]:
        """The batches in order, each with its cells, read ahead where there are threads for it."""
        fields = self._compiled.program.fields
        self._source.spool = bool(self._compiled.stateful.any())
        self._source.on_reject = self._reject
        batches = self._source.batches(fields, rows=self.options.rows)
        if self.options.jobs <= 1:
            for batch in batches:
                began = time.perf_counter()
                cells = batch.cells(fields)
                self.statistics.seconds.read += time.perf_counter() - began
                yield batch, cells
                del batch, cells
            return
        waiting: deque[tuple[Batch, Future[Cells]]] = deque()
        with ThreadPoolExecutor(self.options.jobs) as pool:
            for batch in batches:
                waiting.append((batch, pool.submit(batch.cells, fields)))
                if len(waiting) > self.options.jobs:
                    ready, cells_to_come = waiting.popleft()
                    yield ready, cells_to_come.result()
            while waiting:
                ready, cells_to_come = waiting.popleft()
                yield ready, cells_to_come.result()

    def _one(self, batch: Batch, cells: Cells) -> Iterator[Finding]:
        counts = self.statistics
        for row, reason in sorted(cells.rejected.items()):
            self._refuse(batch, row, reason)
        wanted = self._accept(batch, cells)
        self._arrivals = batch.first + len(batch)
        now = self._now(batch, cells)
        in_time = self._in_time(now, wanted)
        hits = self._matcher.match(cells, indices(batch), batch.event)
        keep = wanted[hits.row]
        hits = hits if keep.all() else Hits(hits.row[keep], hits.stage[keep])
        if self._observe is not None:
            self._observe(batch, cells, hits)
        if self._sift is not None:
            hits = self._sift(batch, cells, hits)
        stateful = self._compiled.stateful[hits.stage]
        joining = stateful & (in_time[hits.row] | self._remembering.at_once[hits.stage])
        if joining.any():
            rows, stages = hits.row[joining], hits.stage[joining]
            counts.stage_hits += len(rows)
            self._remembering.collect(batch, cells, Hits(rows, stages), now)
        threat = self._is_threat[hits.stage]
        if threat.any():
            yield from self._sighted(batch, cells, hits.row[threat], hits.stage[threat])
            stateful |= threat
        yield from self._single(batch, cells, hits.row[~stateful], hits.stage[~stateful])
        counts.bytes = self._source.bytes
        if self._progress is not None:
            self._progress(counts)

    def _accept(self, batch: Batch, cells: Cells) -> npt.NDArray[np.bool_]:
        """Which rows are events of this run: they have a time, and it is within the limits."""
        wanted = cells.time != NO_TIME
        bad = [row for row in np.flatnonzero(~wanted).tolist() if row not in cells.rejected]
        for row in bad:
            self._refuse(batch, row, UNTIMED)
        accepted = int(wanted.sum())
        self.statistics.events += accepted
        if self.options.since is not None:
            wanted &= cells.time >= self.options.since
        if self.options.until is not None:
            wanted &= cells.time <= self.options.until
        self.statistics.outside += accepted - int(wanted.sum())
        return wanted

    def _now(self, batch: Batch, cells: Cells) -> Cells:
        """The cells with the times at which rows count for what remembers.

        What became known only now counts from what is settled on.
        """
        if self._news is None or self._settled is None:
            return cells
        late = self._news(batch) & (cells.time < self._settled) & (cells.time != NO_TIME)
        if not late.any():
            return cells
        return replace(cells, time=np.where(late, self._settled, cells.time))

    def _in_time(self, cells: Cells, wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which of the wanted rows are not earlier than what earlier runs have settled."""
        times = cells.time[wanted]
        if times.size:
            latest = int(times.max())
            self._latest = latest if self._latest is None else max(self._latest, latest)
        if self._settled is None:
            return wanted
        in_time = wanted & (cells.time >= self._settled)
        self.statistics.late += int(wanted.sum() - in_time.sum())
        return in_time

    def _refuse(self, batch: Batch, row: int, reason: str) -> None:
        self.statistics.rejected += 1
        if self._reject is not None:
            file, line = batch.line(row)
            self._reject(file, line, reason, batch.event(row)[:SAMPLE])

    def _single(
        self,
        batch: Batch,
        cells: Cells,
        rows: npt.NDArray[np.int32],
        stages: npt.NDArray[np.int32],
    ) -> Iterator[Finding]:
        contents = batch.events(np.unique(rows).tolist())
        times = cells.time[rows].tolist()
        rules = self._compiled.stage_rule[stages].tolist()
        last, event = -1, None
        for row, at, rule in zip(rows.tolist(), times, rules, strict=True):
            if row != last or event is None:
                last, event = row, _event(batch, cells, row, next(contents))
            yield Finding(rule, "", at, (event,))

    def _sighted(
        self,
        batch: Batch,
        cells: Cells,
        rows: npt.NDArray[np.int32],
        stages: npt.NDArray[np.int32],
    ) -> Iterator[Finding]:
        """The events among candidates of indicator match rules that meet an indicator."""
        if self._indicators is None:
            return
        rules = self._compiled.stage_rule[stages]
        for row, rule, extra in self._indicators.find(cells, rows, rules):
            event = _event(batch, cells, row, batch.event(row))
            yield Finding(rule, "", event.time, (event,), extra=extra)

    def _close(self, began: float) -> None:
        counts, matcher = self.statistics, self._matcher
        counts.bytes = self._source.bytes
        counts.rejected += self._source.rejected
        if self._indicators is not None:
            counts.indicators["left_out"] = self._indicators.left_out
        counts.unrouted = matcher.unrouted
        counts.candidate_pairs = matcher.candidate_pairs
        counts.residual_pairs = matcher.residual_pairs
        counts.new_words = matcher.new_words
        counts.memo_resets = matcher.memo_resets
        counts.spilled_bytes = self._remembering.spilled
        self._remembering.count(counts.state)
        for number, reason in self._remembering.tabled.problems:
            found = self._compiled.rules[number]
            counts.invalid.append((found.id, found.name, reason))
        names = self._compiled.program.fields.names
        unseen = {name for name, seen in zip(names, matcher.fields_seen, strict=True) if not seen}
        for rule, plan in zip(self._compiled.rules, self._compiled.plans, strict=True):
            if plan is not None and (fields := missing_needs(plan, unseen)):
                counts.cannot_match.append((rule.id, fields))
        counts.seconds.total += time.perf_counter() - began


def _event(batch: Batch, cells: Cells, row: int, content: bytes) -> SourceEvent:
    index, name = batch.identity(row) or ("", "")
    place, at = batch.place(row), int(cells.time[row])
    return SourceEvent(name, index, at, 0, content, place.source, place.offset)
