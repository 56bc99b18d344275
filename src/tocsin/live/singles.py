"""Rules about single events, and those that compare one with indicators: told at once."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import event_name
from tocsin.columns.content import content_hash
from tocsin.engine.indicator_store import IndicatorStore
from tocsin.engine.indicators import Indicators
from tocsin.plan.plan import ThreatPlan

if TYPE_CHECKING:
    from tocsin.columns.cells import Cells
    from tocsin.engine.compiled import Compiled
    from tocsin.inputs.batch import JsonBatch
    from tocsin.live.guard import Guard
    from tocsin.live.options import Options
    from tocsin.match.keyhash import Ints
    from tocsin.match.matcher import Hits

_log = logging.getLogger("tocsin.live.watch")  # who reads the log knows the watch


class Singles:
    """What rules find that remember nothing.

    Attributes
    ----------
    indicators
        How many were ``read``, ``used`` and ``rejected``; empty if no rule asks for any.
    """

    def __init__(self, compiled: Compiled, options: Options, guard: Guard) -> None:
        self._compiled = compiled
        self._options = options
        self._guard = guard
        of_stage = [compiled.plans[rule] for rule in compiled.stage_rule.tolist()]
        self._is_threat = np.array([isinstance(p, ThreatPlan) for p in of_stage], np.bool_)
        self.indicators: dict[str, int] = {}
        self._indicators = self._read()

    def _read(self) -> Indicators | None:
        """The indicators that rules compare events with; None if no rule can."""
        plans = {
            rule: plan
            for rule, plan in enumerate(self._compiled.plans)
            if isinstance(plan, ThreatPlan)
        }
        given = self._options.indicators
        if not plans or given is None:
            if plans:
                _log.info("no indicators are given: rules that need some find nothing")
            elif given is not None:
                _log.info("indicators are not read: no rule that runs compares events with any")
            return None
        try:
            store = IndicatorStore([*plans.values()], given())
        except OSError as error:  # no room for them, say: other rules need none
            _log.error("indicators cannot be read: %s", error)
            return None
        self.indicators = {"read": store.read, "used": store.used, "rejected": store.rejected}
        _log.info("indicators read", extra=self.indicators)
        return Indicators(plans, store, self._compiled.program, self._options.routing)

    def find(
        self, batch: JsonBatch, cells: Cells, hits: Hits, numbers: Mapping[int, int]
    ) -> list[Finding]:
        """The findings of hits; ``numbers``: by row, of events among those that are equal."""
        if not hits.row.size:
            return []
        event = functools.cache(lambda row: _event(batch, cells, row, numbers.get(row, 0)))
        threat = self._is_threat[hits.stage]
        rules = self._compiled.stage_rule[hits.stage]
        found = [
            Finding(rule, "", int(cells.time[row]), (event(row),))
            for row, rule in zip(hits.row[~threat].tolist(), rules[~threat].tolist(), strict=True)
        ]
        if threat.any() and self._indicators is not None:
            found += self._met(self._indicators, cells, hits.row[threat], rules[threat], event)
        return found

    def _met(
        self,
        indicators: Indicators,
        cells: Cells,
        rows: Ints,
        rules: Ints,
        event: Callable[[int], SourceEvent],
    ) -> list[Finding]:
        """The findings among pairs of a row and the number of a rule, rule by rule."""
        found: list[Finding] = []
        for rule in np.unique(rules).tolist():
            some = rules == rule
            with self._guard.of(rule):
                found += [
                    Finding(rule, "", int(cells.time[row]), (event(row),), extra=extra)
                    for row, _, extra in indicators.find(cells, rows[some], rules[some])
                ]
        return found


def _event(batch: JsonBatch, cells: Cells, row: int, number: int) -> SourceEvent:
    index, name = batch.identity(row) or ("", "")
    content = batch.event(row)
    name = name or event_name(content_hash(content), number)
    at, place = int(cells.time[row]), int(batch.offsets[row])
    return SourceEvent(name, index, at, 0, content, 0, place)
