"""One scan from the rules to the summary: gather findings, write alerts, tell what happened."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TypeAlias

from tocsin.alerts.overrides import SEVERITIES
from tocsin.cli.chosen import Choice, Ready, ready
from tocsin.cli.cold import Compiling
from tocsin.cli.failure import INTERRUPTED, CannotRun
from tocsin.cli.guard import check_outputs
from tocsin.cli.opening import Keeping
from tocsin.cli.output import writer
from tocsin.cli.progress import Reading
from tocsin.cli.rejects import Rejects
from tocsin.cli.sink import Sink, opened
from tocsin.cli.storing import Storing, storing
from tocsin.cli.summary import Summary
from tocsin.cli.unread import nothing_read
from tocsin.columns.collector import paused
from tocsin.engine.alert import Alert
from tocsin.engine.api import documents, gathering
from tocsin.engine.feedback import Feedback
from tocsin.engine.reference import ReferenceScan
from tocsin.engine.scan import Options, Scan
from tocsin.engine.state import StateError, open_state
from tocsin.engine.statistics import Statistics
from tocsin.inputs.source import Events, read


@dataclass(frozen=True, slots=True)
class Wanted:
    """What becomes of alerts and of what was counted."""

    form: str = "table"
    output: str | None = None
    least: str = "low"
    fail_on: str | None = None
    blocks: bool = False
    stats: str | None = None
    rejects: str | None = None
    store: str | None = None
    keeping: Keeping | None = None
    """Keeps the events, too."""


Clock: TypeAlias = Callable[..., Scan | ReferenceScan]
"""Makes the scan of a run, by the one clock or the other; takes what `Scan` takes."""


def run(
    events: tuple[str, ...],
    choice: Choice,
    options: Options,
    wanted: Wanted,
    state: str | None = None,
    clock: Clock = Scan,
) -> int:
    """Scan and write; the exit status. ``state``: the folder of what rules remember."""
    try:
        return _run(events, choice, options, wanted, state, clock)
    except StateError as error:
        raise CannotRun(f"--state: {error}") from error


def _run(
    events: tuple[str, ...],
    choice: Choice,
    options: Options,
    wanted: Wanted,
    state: str | None,
    clock: Clock,
) -> int:
    began = time.perf_counter()
    rules = ready(choice)
    source = read(*events)
    outputs = wanted.output, wanted.stats, wanted.rejects
    check_outputs(
        outputs,
        events=(source, options.history, options.indicators),
        rules=choice.paths or choice.overlay.rule_paths,
        files=(*choice.exceptions, *choice.lists),
    )
    if wanted.keeping is not None:
        wanted.keeping.watch(source)
    with ExitStack() as stack:
        if state is not None:
            kept = open_state(state)
            stack.callback(kept.close)
            options = replace(options, state=kept)
        store = stack.enter_context(storing(wanted.store)) if wanted.store is not None else None
        if store is not None:
            check_outputs(outputs, files=[str(store)])
        out = stack.enter_context(opened(wanted.output))
        stats = stack.enter_context(opened(wanted.stats)) if wanted.stats is not None else None
        lines = stack.enter_context(opened(wanted.rejects)) if wanted.rejects is not None else None
        refused = Rejects(lines)
        refused.watch(source)
        run = _Run(rules, source, options, refused, clock)
        stack.callback(run.close)
        run.gather()
        status = run.write(out, wanted, store)
        run.save(out)
        counts = run.statistics
        counts.seconds.load, counts.seconds.compile = rules.load, rules.compile
        counts.seconds.total = time.perf_counter() - began
        run.summary.complete(counts)
        if stats is not None:
            stored = {} if store is None else {"stored": store.counts}
            stats.write(json.dumps(counts.as_json() | stored, indent=2).encode() + b"\n")
    run.summary.tell(counts, rules.diagnostics, refused, run.seconds)
    if store is not None and wanted.keeping is None:
        store.tell()
    if counts.interrupted:
        return INTERRUPTED
    if why := nothing_read(source, counts.events, counts.rejected):
        raise CannotRun(why)
    return status


class _Run:
    """Gathers findings in order, then writes them; an interrupt keeps what was found so far."""

    def __init__(
        self, rules: Ready, source: Events, options: Options, rejects: Rejects, clock: Clock
    ) -> None:
        self._compiled = rules.compiled
        self._source = source
        self._reading = Reading(source, "alerts")
        # under the reference's clock alerts are shown to rules run by run
        self._feedback = Feedback(rules.compiled, source) if clock is Scan else None
        sifting = {"sift": self._feedback.sift} if self._feedback is not None else {}
        self._scan = clock(
            rules.compiled,
            source,
            options,
            reject=rejects,
            progress=lambda counts: self._reading.batch(counts.events, counts.alerts),
            **sifting,
        )
        self._gathered = gathering(self._scan, rules.compiled)
        self.summary = Summary(rules.compiled)
        self.seconds = 0.0
        self._compiling = Compiling()

    @property
    def statistics(self) -> Statistics:
        """What has been counted."""
        return self._scan.statistics

    def gather(self) -> None:
        """Read the whole input, up to an interrupt."""
        counts = self.statistics
        try:
            with self._reading, self._compiling:
                for finding in self._scan.findings():
                    self._gathered.add(finding)
        except KeyboardInterrupt:
            counts.interrupted = True
        keep = self._scan.options.state is not None and not counts.interrupted
        self._gathered.settle(keep=keep)
        if self._feedback is not None and not counts.interrupted:
            self._show_alerts(self._feedback)
        counts.inputs += [(found.file, found.reason) for found in self._source.problems]
        self.seconds = self._reading.seconds

    def _show_alerts(self, feedback: Feedback) -> None:
        """Show alerts to the rules that read them, up to an interrupt."""
        counts = self.statistics
        try:
            feedback.run(self._gathered, self._scan.options, counts, self._scan.kinds)
        except KeyboardInterrupt:
            counts.interrupted = True

    def save(self, out: Sink) -> None:
        """Keep what is open for the next run, if all alerts were written."""
        if not (self.statistics.interrupted or out.gone):
            self._scan.save(self._gathered.windows())

    def close(self) -> None:
        """Let go of what other runs may want."""
        self._scan.close()

    def write(self, out: Sink, wanted: Wanted, store: Storing | None = None) -> int:
        """Write and store the alerts; 1 if one reaches ``--fail-on``, whether or not it is shown.

        The store gets all of them.
        """
        status = 0
        least = SEVERITIES.index(wanted.least)
        failing = SEVERITIES.index(wanted.fail_on) if wanted.fail_on else len(SEVERITIES)
        shown = writer(wanted.form, out)
        shown.begin()
        try:
            for alert in self._alerts():
                level = self.summary.count(alert)
                if store is not None:
                    store.add(alert)
                block = alert.rule.building_block
                if level >= failing and not block:
                    status = 1
                hidden = block and wanted.form in {"table", "html"} and not wanted.blocks
                if level < least or hidden:
                    self.summary.hidden += 1
                elif not out.gone:
                    shown.write(alert)
        except KeyboardInterrupt:
            self.statistics.interrupted = True
        if store is not None:
            store.finish()
        shown.end()
        return status

    def _alerts(self) -> Iterator[Alert]:
        rules, writer_of = self._compiled.rules, documents(self._compiled)
        with closing(self._gathered), self._compiling, paused():
            for finding in self._gathered.named(writer_of):
                yield Alert(rules[finding.rule], finding, writer_of, self._source)
