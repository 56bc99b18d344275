"""All rules over a stream: batches and marks in, findings out. A function of what it is given.

    batch ──► cells ──► hits ─┬─► single events, indicator matches ───────────────────┬─► findings
                              └─► records, in order of time ──watermark──► sequences, ┘
                                                     samples, thresholds, new terms

However a stream is cut into batches, the findings up to a point are the same.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.columns.problem import UNTIMED
from tocsin.engine.remembering import indices, rule_key
from tocsin.live.content import Arrays, Longs
from tocsin.live.feedback import Feedback
from tocsin.live.guard import Guard
from tocsin.live.places import Places
from tocsin.live.remembering import Given, Remembering
from tocsin.live.resent import Resent
from tocsin.live.singles import Singles
from tocsin.live.suppression import LiveSuppression
from tocsin.live.watermark import Watermark
from tocsin.match.indices import reads_alerts
from tocsin.match.matcher import Hits, Matcher
from tocsin.match.new_terms import Seeds
from tocsin.plan.rule_plan import indices_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.alerts.finding import Finding
    from tocsin.columns.cells import Cells
    from tocsin.engine.compiled import Compiled
    from tocsin.inputs.batch import JsonBatch
    from tocsin.inputs.source import Events
    from tocsin.live.options import Options
    from tocsin.match.keyhash import Flags

_MEMO = 32 << 20
_log = logging.getLogger(__name__)


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
        self.guard = Guard(
            compiled.rules, options.clock, options.work, options.share, options.burst
        )
        self.places = Places(read)
        self.watermark = Watermark(options.lateness, options.allowance, options.farthest)
        self.resent = Resent(
            self.places.content,
            drop=options.drop_resent,
            seed=secret & (1 << 62) - 1,
            most=options.most_resent,
        )
        self.matcher = Matcher(compiled.program, routing=options.routing, memo_bytes=_MEMO)
        stage_rule = compiled.stage_rule.tolist()
        self.matcher.around = lambda stage: self.guard.of(stage_rule[stage])
        self.suppression = LiveSuppression(
            compiled, self.keys, self.places, self.guard, on=options.suppression
        )
        given = Given(
            compiled,
            self.keys,
            self.places,
            self.guard,
            Seeds(secret),
            self.suppression.rules,
            options.most_terms,
            options.most_openings,
            options.most_waiting,
        )
        readers = _readers(compiled)
        others = [rule for rule in range(len(compiled.rules)) if rule not in set(readers)]
        self._parts = [Remembering(given, others), Remembering(given, readers)]
        self._feedback: Feedback | None = None
        if readers:
            self._feedback = Feedback(
                given, readers, self._parts[1], self.suppression, self.matcher, options.farthest
            )
        self.singles = Singles(compiled, options, self.guard)
        self.events = self.rejected = 0

    @property
    def capped(self) -> int:
        """Hits of events with so many key values that not all were looked at."""
        return sum(part.capped for part in self._parts)

    @property
    def evicted(self) -> int:
        """What was forgotten to bound memory: open sequences, counts, windows, events."""
        held = sum(part.evicted for part in self._parts)
        return held + self.suppression.evicted + self.resent.forgotten

    @property
    def forgotten(self) -> int:
        """Terms that were forgotten: new again, or too many."""
        return sum(part.terms.forgotten for part in self._parts)

    @property
    def names(self) -> bool:
        """Whether what it finds has names."""
        return self._feedback is not None

    def teach(self, history: Events) -> None:
        """Let events of the past teach what terms were seen; nothing is found in them."""
        program = self._compiled.program
        matcher = Matcher(program, routing=self._options.routing, memo_bytes=_MEMO)
        for batch in history.batches(program.fields):
            cells = batch.cells(program.fields)
            hits = matcher.match(cells, indices(batch), batch.event)
            for part in self._parts:
                part.teach(batch, cells, hits)

    def take(self, batch: JsonBatch, accepted: Longs) -> list[Finding]:
        """Take events in order of arrival, each with the time at which it was accepted (ms)."""
        self.guard.now = int(accepted[-1])
        try:
            cells = batch.cells(self._compiled.program.fields)
            hits = self.matcher.match(cells, _indices(batch), batch.event)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, other events must be seen
            return self._broken(batch, accepted, error)
        return self._taken(batch, accepted, cells, hits)

    def _broken(self, batch: JsonBatch, accepted: Longs, error: Exception) -> list[Finding]:
        """Some event of a batch cannot be matched: it is refused, the others are taken."""
        if len(batch) == 1:
            _log.error("an event cannot be matched", exc_info=error)
            self._refuse_row(batch, 0, f"the engine failed: {type(error).__name__}: {error}")
            return []
        half = len(batch) // 2
        found = self.take(batch.part(0, half), accepted[:half])
        return found + self.take(batch.part(half, len(batch)), accepted[half:])

    def _taken(self, batch: JsonBatch, accepted: Longs, cells: Cells, hits: Hits) -> list[Finding]:
        """Take events that have been matched."""
        self.places.turn_to(batch)
        self._refuse(batch, cells)
        passed = self.watermark.take(cells.time, accepted)
        mark = self.watermark.at
        dropped, numbers = self.resent.take(batch, cells, passed, self.watermark.latest, mark)
        wanted = (cells.time != NO_TIME) & ~dropped
        self.events += int(np.count_nonzero(wanted))
        keep = wanted[hits.row]
        running = self.guard.runs(hits, self._compiled.stage_rule)
        if running is not None:
            keep &= running
        hits = _some(hits, keep)
        found: list[Finding] = []
        if hits.row.size:
            remember = partial(self.places.remember, batch, numbers=numbers)
            for part in self._parts:
                found += part.collect(batch, cells, hits, passed.late, remember)
            stateless = ~self._compiled.stateful[hits.stage]
            found += self.singles.find(batch, cells, _some(hits, stateless), numbers)
        return self._pass(mark, self.suppression.unless_late(found, batch, passed.late))

    def advance(self, mark: int) -> list[Finding]:
        """Wait no longer for events before a time."""
        self.watermark.advance(mark)
        return self._pass(self.watermark.at, [])

    def _pass(self, mark: int, told: list[Finding]) -> list[Finding]:
        """What is certain when the watermark stands there, behind what is told at once."""
        if mark != NO_TIME:
            told += self.suppression.sifted(self._parts[0].passed(mark))
            told += self.suppression.passed(mark)
        else:
            for part in self._parts:
                part.hold()
        return told if self._feedback is None else self._feedback.echo(told, mark)

    def _refuse(self, batch: JsonBatch, cells: Cells) -> None:
        bad = np.flatnonzero(cells.time == NO_TIME).tolist()
        for row in sorted({*bad, *cells.rejected}):
            self._refuse_row(batch, row, cells.rejected.get(row, UNTIMED))

    def _refuse_row(self, batch: JsonBatch, row: int, reason: str) -> None:
        self.rejected += 1
        if self._options.reject is not None:
            self._options.reject(int(batch.offsets[row]), reason)

    def settle(self) -> None:
        """A step is done: what is open for rules that were suspended is forgotten."""
        self.guard.settle()
        if self.guard.fresh:
            for rule in self.guard.fresh:
                for part in self._parts:
                    part.drop(rule)
            self.guard.fresh.clear()

    def close(self) -> None:
        """Let go of temporary files; they are made again if need be."""
        for part in self._parts:
            part.tables.close()

    def state(self, arrays: Arrays) -> dict[str, Any]:
        """All that is remembered: JSON values, `Ref` and `Places` among them, and arrays."""
        return {
            "rules": [
                [key, rule.id, rule.name]
                for key, rule in zip(self.keys, self._compiled.rules, strict=True)
            ],
            "watermark": self.watermark.state(),
            "resent": self.resent.state(arrays),
            "parts": [part.state(arrays, self.watermark.at) for part in self._parts],
            "suppression": self.suppression.state(),
            "suspended": self.guard.state(self.keys),
            "shown": [] if self._feedback is None else self._feedback.state(),
            "counts": [self.events, self.rejected, self.resent.repeated],
            "places": self.places,
        }

    def referred(self) -> Longs:
        """The places of all records that wait or have begun something."""
        compared = np.array(self.resent.lowest, np.int64)
        return np.concatenate([compared, *(part.places() for part in self._parts)])

    def forget(self, referred: Longs) -> None:
        """A state was kept that needs no events but these."""
        self.places.forget(referred)

    def restore(self, state: Mapping[str, Any], arrays: Sequence[Longs]) -> list[str]:
        """Go on where a watch of these or of other rules was.

        Returns
        -------
            The keys of rules that had something open and are not here.
        """
        self.places.restore(state["places"])
        self.watermark.restore(state["watermark"])
        self.resent.restore(state["resent"], arrays)
        gone = []
        for part, told in zip(self._parts, state["parts"], strict=True):
            gone += part.restore(told, arrays)
        gone += self.suppression.restore(state["suppression"])
        if self._feedback is not None:
            self._feedback.restore(state["shown"], self.watermark.at)
        self.guard.restore(state["suspended"], {key: at for at, key in enumerate(self.keys)})
        self.events, self.rejected, self.resent.repeated = state["counts"]
        return gone

    def sizes(self) -> dict[str, int]:
        """What is remembered, by kind."""
        found: Counter[str] = Counter()
        for part in self._parts:
            found.update(part.sizes())
        found["resent"] = len(self.resent)
        found["findings"] = len(self.suppression)
        found["windows"] = self.suppression.windows
        found["alerts"] = len(self.places.alerts)
        return dict(found)


def _readers(compiled: Compiled) -> list[int]:
    """The numbers of the rules that read alerts."""
    return [
        rule
        for rule, plan in enumerate(compiled.plans)
        if plan is not None and reads_alerts(indices_of(compiled.rules[rule], plan))
    ]


def _indices(batch: JsonBatch) -> list[str | None] | None:
    """The names of the rows' indexes; None if no row has one."""
    if batch.identities is None:
        return None
    names, _ = batch.identities
    return [name or None for name in names] if any(names) else None


def _some(hits: Hits, chosen: Flags) -> Hits:
    return hits if chosen.all() else Hits(hits.row[chosen], hits.stage[chosen])
