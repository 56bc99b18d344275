"""Alerts as events: rules that read alerts see those of all rules, as soon as they are told.

What such a rule remembers of alerts waits for the watermark with what it remembers of events. They
are fed moment by moment, since an alert that is found at some moment is an event of that moment. An
alert is never shown to a rule that made it, or made one that it stands on. One that is told again,
having grown, is shown again only to rules about single events. One that is found at a moment that
rules have left behind, as by a table at its tick, counts for them at the moment where they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.lineage import ALERTS, RULE, RULES, turn_of
from tocsin.alerts.paths import Fields
from tocsin.alerts.snapshot import uuid_of
from tocsin.columns.cells import NO_TIME
from tocsin.inputs.batch import JsonBatch, padded
from tocsin.live.places import ALERT, TURN
from tocsin.live.writing import named_apart
from tocsin.match.matcher import Hits, Matcher
from tocsin.plan.plan import EventPlan

if TYPE_CHECKING:
    from tocsin.columns.cells import Cells
    from tocsin.live.remembering import Given, Remembering
    from tocsin.live.suppression import LiveSuppression

_RULE, _OTHERS = b'rule_id"', b'rule"'
"""How the names end of what tells the rules that an alert comes from."""
_OF_ASCII, _BACKSLASH = b"\\u00", b"\\\\"

_NAMES = 45
"""Bits of a place that an alert's id takes; its rule's rank takes those up to its turn."""

MOST_ALERTS = 200_000
"""Alerts that are kept to be read again; beyond it the earliest go."""


class Feedback:
    """The rules that read alerts, and the alerts that they may ask for again.

    Parameters
    ----------
    readers
        The numbers of these rules.
    remembering
        Those of them that remember.
    suppression
        Lets findings wait that are alike.
    """

    def __init__(
        self,
        given: Given,
        readers: Sequence[int],
        remembering: Remembering,
        suppression: LiveSuppression,
        matcher: Matcher,
        farthest: int,
    ) -> None:
        compiled = given.compiled
        self._farthest = farthest
        self._remembering = remembering
        self._suppression = suppression
        self._compiled = compiled
        self._is_reader = np.isin(compiled.stage_rule, list(readers))
        self._single = np.array(
            [isinstance(compiled.plans[rule], EventPlan) for rule in compiled.stage_rule.tolist()],
            np.bool_,
        )
        self._places = given.places
        self._guard = given.guard
        self._matcher = matcher
        self._writer = Documents(
            compiled.rules, compiled.plans, detected_at=0, execution="", prose=False, few=1
        )
        self._at: dict[str, int] = {}
        self._readers = frozenset(readers)
        ids = sorted({rule.id for rule in compiled.rules})
        last = (1 << TURN - _NAMES) - 1
        rank = {name: min(number, last) for number, name in enumerate(ids)}
        self._ranks = [rank[rule.id] for rule in compiled.rules]
        self._floor = int(NO_TIME)
        """The moment that rules which remember have come to."""

    def echo(self, told: Sequence[Finding], mark: int) -> list[Finding]:
        """These, and what rules find that read alerts, once some have been told; with names."""
        found: list[Finding] = []
        wave = list(told)
        while True:
            while wave:
                wave = self._named(wave)
                found += wave
                wave = self._suppression.sifted(self._show(wave))
            if mark == NO_TIME:
                return found
            moment = self._remembering.moment(mark)
            if moment is not None:
                self._floor, more = moment
                wave = self._suppression.sifted(more)
            else:
                self._floor = mark
                wave = self._suppression.sifted(self._remembering.passed(mark))
                wave += self._suppression.passed(mark)
                if not wave:
                    return found

    def _named(self, told: Sequence[Finding]) -> list[Finding]:
        """Findings with their names, by time."""
        return named_apart(self._writer, told, self._guard)

    def _show(self, told: Sequence[Finding]) -> list[Finding]:
        """Show alerts to the rules; what those about single events find at once.

        ``told``: as `_named` gives them.
        """
        alerts: dict[str, bytes] = {}
        rules: list[int] = []
        for finding in told:
            with self._guard.of(finding.rule):
                line = self._writer.line(finding)
                if finding.alert_id not in alerts:
                    rules.append(finding.rule)
                alerts[finding.alert_id] = line
        if not alerts:
            return []
        new = np.array([name not in self._at for name in alerts], np.bool_)
        batch = self._batch(alerts, rules)
        cells = batch.cells(self._compiled.program.fields)
        hits = self._matcher.match(cells, [ALERTS] * len(batch), batch.event)
        keep = self._is_reader[hits.stage]
        running = self._guard.runs(hits, self._compiled.stage_rule)
        if running is not None:
            keep &= running
        hits = self._foreign(batch, rules, Hits(hits.row[keep], hits.stage[keep]))
        if not hits.row.size:
            return []
        self._keep(batch, cells, np.unique(hits.row).tolist())
        return self._found(batch, cells, hits, new)

    def _found(
        self, batch: JsonBatch, cells: Cells, hits: Hits, new: np.ndarray[Any, np.dtype[np.bool_]]
    ) -> list[Finding]:
        single = self._single[hits.stage]
        fresh = Hits(hits.row[~single & new[hits.row]], hits.stage[~single & new[hits.row]])
        late = cells.time > self._guard.now + self._farthest
        origin = self._places.index(ALERTS)
        now = dataclasses.replace(cells, time=np.maximum(cells.time, self._floor))
        found = self._remembering.collect(
            batch, now, fresh, late, lambda rows: np.full(rows.size, origin, np.int32)
        )
        rules = self._compiled.stage_rule[hits.stage[single]].tolist()
        for row, rule in zip(hits.row[single].tolist(), rules, strict=True):
            found.append(Finding(rule, "", int(cells.time[row]), (_event(batch, cells, row),)))
        return found

    def _batch(self, alerts: Mapping[str, bytes], rules: Sequence[int]) -> JsonBatch:
        """Alerts as a batch of events."""
        places = [
            self._at.get(name) or self._place(name, line, rule)
            for (name, line), rule in zip(alerts.items(), rules, strict=True)
        ]
        lines = list(alerts.values())
        ends = np.cumsum([len(line) for line in lines], dtype=np.int64)
        count = len(lines)
        return JsonBatch(
            padded(lines),
            np.concatenate([np.zeros(1, np.int64), ends])[:-1],
            ends,
            np.zeros(count, np.int32),
            np.array(places, np.int64),
            np.arange(1, count + 1),
            ("alerts",),
            identities=([ALERTS] * count, list(alerts)),
        )

    def _place(self, name: str, line: bytes, rule: int) -> int:
        """A place that puts alerts of one moment in order: those of readers last, then by rule."""
        turn = turn_of(line) if rule in self._readers else 0
        return (
            ALERT | turn << TURN | self._ranks[rule] << _NAMES | int(name[:16], 16) >> 64 - _NAMES
        )

    def _foreign(self, batch: JsonBatch, made_by: Sequence[int], hits: Hits) -> Hits:
        """The hits without those of rules that an alert comes from."""
        own: dict[int, set[Any]] = {}
        kept = np.ones(hits.row.size, np.bool_)
        rules = self._compiled.stage_rule[hits.stage].tolist()
        for at, (row, rule) in enumerate(zip(hits.row.tolist(), rules, strict=True)):
            if row not in own:
                own[row] = _makers(batch.raw(row), self._compiled.rules[made_by[row]].id)
            reader = self._compiled.rules[rule]
            kept[at] = own[row].isdisjoint((reader.id, uuid_of(reader)))
        return Hits(hits.row[kept], hits.stage[kept])

    def _keep(self, batch: JsonBatch, cells: Cells, rows: Sequence[int]) -> None:
        """Keep alerts that some rule has seen."""
        for row in rows:
            place, (_, name) = int(batch.offsets[row]), batch.identity(row) or ("", "")
            self._at[name] = place
            self._places.alerts[place] = name, batch.event(row), int(cells.time[row])
        if len(self._at) > MOST_ALERTS:
            for name in list(self._at)[: MOST_ALERTS // 8]:
                self._places.alerts.pop(self._at.pop(name), None)

    def state(self) -> list[tuple[str, int]]:
        """The ids of alerts that were shown, with their places."""
        return list(self._at.items())

    def restore(self, state: Sequence[tuple[str, int]], floor: int) -> None:
        """Go on with alerts that were shown."""
        self._floor = floor
        self._at = dict(state)


def _makers(content: bytes, rule: str) -> set[Any]:
    """The ids of the rules that an alert comes from; ``rule`` is the one that made it."""
    if content.count(_RULE) == 1 and _OTHERS not in content and not _spelled_out(content):
        return {rule}
    fields = Fields(orjson.loads(content), content)
    return {*fields(RULE), *fields(RULES)}


def _spelled_out(content: bytes) -> bool:
    """Whether a character of ASCII may be written by its number, unlike the user's in a path."""
    return _OF_ASCII in content and _OF_ASCII in content.replace(_BACKSLASH, b"")


def _event(batch: JsonBatch, cells: Cells, row: int) -> SourceEvent:
    index, name = batch.identity(row) or ("", "")
    place = int(batch.offsets[row])
    return SourceEvent(name, index, int(cells.time[row]), 0, batch.event(row), 0, place)
