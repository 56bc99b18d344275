"""Alerts as events under the reference's clock: a run sees the alerts that earlier runs told.

An alert's time is the moment of the run that told it, and so is its arrival, so that a rule that
reads alerts sees it when a run of its own begins later. What such rules tell is shown to them in
turn, until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import orjson

from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding
from tocsin.alerts.lineage import ALERTS, RULE, RULES
from tocsin.columns.cells import Batch, Cells
from tocsin.engine.compiled import Compiled, part_of
from tocsin.engine.feedback import MOST_ROUNDS, Feedback, digest_of, own_rules
from tocsin.engine.gathered import Gathered
from tocsin.engine.reference.arrivals import RUN as ARRIVAL
from tocsin.engine.reference.simulation import RUN
from tocsin.engine.spool import Spool, SpoolOrigin
from tocsin.engine.statistics import Statistics
from tocsin.inputs.source import Events
from tocsin.match.matcher import Hits


class Runner(Protocol):
    """A scan under the reference's clock."""

    statistics: Statistics

    def findings(self) -> Iterator[Finding]:
        """What it tells."""
        ...


class Guard:
    """Keeps alerts from the rules that they come from."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        slot = compiled.program.slot
        self._slots = slot(RULE), slot(RULES)

    def sift(self, _batch: Batch, cells: Cells, hits: Hits) -> Hits:
        """The hits without those of rules that an alert comes from."""
        return own_rules(self._compiled, self._slots, cells, hits)


class Fed:
    """Gathers what the runs tell, and shows it to the rules that read alerts."""

    def __init__(self, compiled: Compiled, source: Events) -> None:
        self._compiled = compiled
        self._source = source
        self._gathered = Gathered(compiled, Statistics(), suppression=False)
        self._writer = _writer(compiled)
        self.suppressed = 0

    def close(self) -> None:
        """Forget what was gathered."""
        self._gathered.close()

    def add(self, finding: Finding) -> None:
        """Take what a run tells."""
        self._gathered.add(finding)

    def named(self, found: Iterable[Finding]) -> Iterator[Finding]:
        """Findings in order of time, with their names and those of their events."""
        return self._writer.named(found)

    def run(
        self, feedback: Feedback, scan: Callable[[Compiled, Events], Runner]
    ) -> Iterator[Finding]:
        """What the rules tell that read alerts, in order of time and named.

        Parameters
        ----------
        feedback
            Holds the events that these rules may want.
        scan
            Makes the scan of these rules over a source.
        """
        rules = feedback.rules
        spool = Spool()
        spool.append(feedback.spool)
        spool.given = dict(feedback.spool.given)
        self._gathered.settle()
        for line in _lines(self._writer, self._gathered):
            spool.add(*line)
        spool.mark()
        part = part_of(self._compiled, rules)
        writer, known = _writer(part), digest_of(())
        for turn in range(MOST_ROUNDS):
            spool.flush()
            origin = SpoolOrigin(spool, self._source)
            one = scan(part, Events([origin]))
            found = Gathered(part, Statistics(), suppression=False)
            for finding in one.findings():
                found.add(finding)
            found.settle()
            self.suppressed = one.statistics.suppressed
            names = digest_of(finding.alert_id for finding in writer.named(found))
            if names == known or turn == MOST_ROUNDS - 1:
                break
            known = names
            told = Spool()
            for line in _lines(writer, found):
                told.add(*line)
            told.flush()
            spool.rewind()
            spool.append(told)
            found.close()
        first = self._source.sources
        self._source.put_beside(origin)
        for finding in writer.named(found):
            events = tuple(
                event and event._replace(source=event.source + first) for event in finding.events
            )
            yield finding._replace(rule=rules[finding.rule], events=events, excerpt=None)
        found.close()


def _writer(compiled: Compiled) -> Documents:
    return Documents(compiled.rules, compiled.plans, detected_at=0, execution="", prose=False)


def _lines(writer: Documents, found: Iterable[Finding]) -> Iterator[tuple[bytes, tuple[str, str]]]:
    """Alerts as events of the moments of their runs, each with its index and id."""
    for finding in writer.named(found):
        document = orjson.loads(writer.line(finding))
        document["@timestamp"] = document[ARRIVAL] = document.get(RUN, document["@timestamp"])
        yield orjson.dumps(document), (ALERTS, finding.alert_id)
