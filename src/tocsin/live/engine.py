"""The live engine: reads the journal in order, and commits what it finds with its place in it.

    journal ──► frames ──► Watch ──► findings ──► alerts ─┐
                                                          ├─► one transaction of the store
                              position, now and then state ┘

Everything that can change an alert stands in the journal. So after a stop, however sudden, the
engine takes the last state that was kept and reads on from where that was; what it finds up to the
committed position is in the store already, and only what follows is committed.
"""

from __future__ import annotations

import gc
import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.columns.collector import paused
from tocsin.journal.batch import batch
from tocsin.journal.frame import Kind, Placed
from tocsin.live.content import Arrays, Longs, packed, unpacked
from tocsin.live.options import Counts, Options
from tocsin.live.places import ALERT, Plain
from tocsin.live.ports import BEHIND, Frames, Keeper
from tocsin.live.run_log import RunLog
from tocsin.live.watch import Watch
from tocsin.live.writing import Writing
from tocsin.store.alert import RuleRun, Snapshot, StoredAlert

if TYPE_CHECKING:
    from tocsin.alerts.finding import Finding
    from tocsin.engine.compiled import Compiled

VERSION = 1
"""Of the content of snapshots."""

TOGETHER = 1_000
"""Alerts that are committed together, about."""

MOMENT = 0.1
"""Seconds for which alerts wait for those of the next steps: a commit of few is as much work."""

_LOOK = 1.0
"""Seconds between two looks at sizes, while the engine is busy."""

_DAMAGED = (ValueError, TypeError, LookupError, AttributeError)
"""What comes of a state that holds something else than it should."""

_AGAIN = "what rules remembered is built again from what the journal still holds"

_log = logging.getLogger(__name__)


Load = Callable[[bytes], "Compiled | None"]
"""Gives the rules that a frame's note names; None: they are as they were."""


class Engine:
    """Reads a journal, commits to a store.

    Parameters
    ----------
    load
        Called for each frame that says that the rules have changed.

    Raises
    ------
    OSError, JournalError, StoreError
        The journal or the store cannot be read. From `step` and `close` also: cannot be written;
        what was not committed then is committed by the next step.
    """

    def __init__(
        self,
        journal: Frames,
        store: Keeper,
        compiled: Compiled,
        options: Options | None = None,
        *,
        load: Load | None = None,
    ) -> None:
        self._journal = journal
        self._store = store
        self._options = options = options or Options()
        self._load = load
        self._buffer: list[Placed] = []
        self._pending: list[StoredAlert] = []
        self._told: Counter[str] = Counter()
        self._counts = Counts()
        self._committed = store.position()
        self._compiled = compiled
        self._watch, self._position = self._begin(compiled)
        self._writing = self._written_by(self._watch)
        self._seen = self._position
        self._saved = self._position
        self._saved_at = self._committed_at = self._logged_at = 0
        self._log = RunLog()
        self._lock, self._looked = threading.Lock(), 0.0
        self._began = self._wrote = 0.0
        self._kept_at = self._options.clock()
        self._base = self._watch.events, self._watch.rejected, self._watch.resent.repeated

    @property
    def position(self) -> int:
        """Behind the last frame that was taken."""
        return self._position

    def step(self) -> bool:
        """Take what is there, up to a batch, and commit it; False if there was nothing."""
        with self._lock, paused():
            return self._step()

    def _step(self) -> bool:
        began = self._began = self._options.clock()
        group = self._group()
        if not group:
            if self._rested(began):
                self._commit(self._snapshot())
            elif self._pending or self._position > self._committed:
                self._commit(None)
            return False
        found = self._take(group)
        self._position = group[-1].position
        self._counts.steps += 1
        if self._position > self._committed:
            self._pending += self._writing.alerts(found, self._counts.accepted)
        self._watch.settle()
        self._commit_if_due()
        now = self._options.clock()
        self._counts.step_seconds += now - began
        if now - self._looked >= _LOOK:
            self._looked = now
            self._look()
        return True

    def _rested(self, clock: float) -> bool:
        """Whether the state is to be kept although nothing comes, as where the disk is full.

        What the journal holds before it can go then, and there may be room.
        """
        if self._position <= max(self._saved, self._committed - 1):
            self._kept_at = clock
            return False
        return clock - self._kept_at >= self._options.snapshot_every / 1000

    def run(self, stop: Callable[[], bool], *, wait: float = 0.2) -> None:
        """Step until told to stop, then keep the state. ``wait``: seconds, at most, to notice."""
        gc.freeze()  # rules stay: no collection has to look through them again
        while not stop():
            if not self.step():
                self._journal.wait(self._position, wait)
        self.close()

    def close(self) -> None:
        """Keep the state, so that the next start need not read anything again. Flushes nothing."""
        ahead = self._pending or self._position > self._saved
        with self._lock:
            if ahead and self._position >= self._committed:
                self._commit(self._snapshot(), ended=True)
        self.release()

    def release(self) -> None:
        """Let go of temporary files, and keep nothing."""
        self._watch.close()

    def _group(self) -> list[Placed]:
        """The next frames that are taken together: all of events, up to a batch, or one other."""
        if not self._buffer:
            self._buffer = self._journal.read(self._position, self._options.bytes)
        group: list[Placed] = []
        rows = 0
        for placed in self._buffer:
            events = placed.frame.kind == Kind.EVENTS
            if group and (not events or rows + len(placed.frame.lines) > self._options.rows):
                break
            group.append(placed)
            rows += len(placed.frame.lines)
            if not events or placed.position == self._committed:
                break
        del self._buffer[: len(group)]
        return group

    def _take(self, group: Sequence[Placed]) -> list[Finding]:
        counts, frame = self._counts, group[-1].frame
        counts.frames += len(group)
        counts.bytes += group[-1].position - self._position
        counts.accepted = max(counts.accepted, frame.accepted)
        if not self._saved_at:
            self._saved_at = self._committed_at = self._logged_at = counts.accepted
        match frame.kind:
            case Kind.EVENTS:
                return self._events(group)
            case Kind.MARK:
                self._watch.guard.now = frame.accepted
                return self._watch.advance(frame.mark)
            case Kind.RULES:
                self._reload(frame.note)
            case Kind.GAP:
                counts.gaps += group[-1].position - self._position
                _log.error("bytes of the journal cannot be read: %s", frame.note.decode())
        return []

    def _events(self, group: Sequence[Placed]) -> list[Finding]:
        whole = batch(group)
        if whole is None:
            return []
        sizes = [len(placed.frame.lines) for placed in group]
        accepted = np.repeat(np.array([p.frame.accepted for p in group], np.int64), sizes)
        found: list[Finding] = []
        for begin in range(0, len(whole), self._options.rows):
            end = min(begin + self._options.rows, len(whole))
            found += self._watch.take(whole.part(begin, end), accepted[begin:end])
        return found

    def _commit_if_due(self) -> None:
        if self._position < self._committed:
            return
        options, now = self._options, self._counts.accepted
        if (
            self._watch.guard.changed
            or self._position - self._saved > options.snapshot_bytes
            or now - self._saved_at >= options.snapshot_every
        ):
            self._commit(self._snapshot())
        elif now - self._committed_at >= options.commit_every or (
            not self._may_wait()
            and (self._pending or self._position - self._committed > options.bytes)
        ):
            self._commit(None)

    def _may_wait(self) -> bool:
        """Whether alerts may be committed with those of the next steps.

        That is for a moment, if there are such; for longer, if so much waits anyway.
        """
        waits = self._journal.end - self._position
        moment = waits > 0 and self._began - self._wrote < MOMENT
        return (
            len(self._pending) < TOGETHER
            and self._position - self._committed < BEHIND
            and (moment or waits > BEHIND)
        )

    def _runs(self, told: Counter[str], *, ended: bool) -> list[RuleRun]:
        """Rows of the run log, where some are due."""
        now = self._counts.accepted
        if not ended and now - self._logged_at < self._options.runs_every:
            return []
        self._logged_at = now
        watch, (events, *_) = self._watch, self._base
        return self._log.rows(
            self._compiled.rules,
            told,
            watch.guard.seconds,
            watch.guard.suspended,
            events=watch.events - events,
            latest=max(watch.watermark.latest, 0),
            at=now,
        )

    def _commit(self, kept: _Kept | None, *, ended: bool = False) -> None:
        """Commit what was found, and where the engine is."""
        snapshot = None if kept is None else Snapshot(self._position, VERSION, kept.content)
        counts = self._counts
        told = self._told + Counter(alert.rule_id for alert in self._pending)
        runs = self._runs(told, ended=ended)
        self._store.commit(self._position, self._pending, snapshot, runs)
        counts.commits += 1
        for alert in self._pending:
            self._count(alert)
        self._pending = []
        self._committed, self._committed_at = self._position, counts.accepted
        self._wrote = self._began
        if kept is not None:
            self._saved, self._saved_at = self._position, counts.accepted
            self._kept_at = self._options.clock()
            self._watch.guard.changed = False
            counts.snapshots += 1
            counts.snapshot_bytes = len(kept.content)
            self._journal.keep_from(min(kept.lowest, self._position))
            self._watch.forget(kept.places)

    def _count(self, alert: StoredAlert) -> None:
        if alert.building_block:
            self._counts.building_block_alerts += 1
        else:
            known = self._counts.alerts
            known[alert.severity] = known.get(alert.severity, 0) + 1
        self._told[alert.rule_id] += 1

    def _snapshot(self) -> _Kept:
        """The whole state."""
        began = self._options.clock()
        kept = _content(self._watch)
        self._counts.snapshot_seconds += self._options.clock() - began
        return kept

    def _begin(self, compiled: Compiled) -> tuple[Watch, int]:
        """A watch in the state that was kept last, and the position that belongs to it."""
        snapshot = self._store.snapshot()
        if snapshot is not None:
            if snapshot.version == VERSION:
                try:
                    return self._restored(compiled, snapshot.content), snapshot.position
                except _DAMAGED as error:
                    self._drop("", f"the state that was kept is damaged: {error!r}; {_AGAIN}")
            else:
                age = "a newer" if snapshot.version > VERSION else "an older"
                told = f"has the form of {age} Tocsin ({snapshot.version}, this one's is {VERSION})"
                self._drop("", f"the state that was kept {told}; {_AGAIN}")
        secret = self._options.secret or secrets.randbits(64)
        watch = Watch(compiled, self._options, self._journal.event, secret)
        if self._options.history is not None:
            watch.teach(self._options.history)
            for problem in self._options.history.problems:
                _log.warning("not read: %s: %s", problem.file, problem.reason)
        return watch, self._journal.begin

    def _restored(self, compiled: Compiled, content: bytes) -> Watch:
        """A watch of these rules in a state that rules of another set may have left."""
        state, arrays = unpacked(content)
        watch = Watch(compiled, self._options, self._journal.event, int(state["secret"]))
        gone = set(watch.restore(state["watch"], arrays))
        known = {rule.id for rule in compiled.rules}
        for key, rule_id, _ in state["watch"]["rules"]:
            if key in gone:
                reason = "the rule has changed" if rule_id in known else "the rule is gone"
                self._drop(rule_id, reason)
        return watch

    def _written_by(self, watch: Watch) -> Writing:
        execution = self._options.execution
        return Writing(self._compiled, watch.guard, execution, named=watch.names)

    def _drop(self, rule_id: str, reason: str) -> None:
        _log.warning("state dropped: %s", f"{rule_id} {reason}".strip())
        self._counts.dropped.append((rule_id, reason))

    def _reload(self, note: bytes) -> None:
        """The rules have changed: go on with the new ones."""
        compiled = None
        try:
            compiled = None if self._load is None else self._load(note)
        except Exception as error:  # noqa: BLE001 - the old rules go on
            _log.exception("the new rules cannot be used")
            self._drop("", f"the new rules cannot be used: {error}")
        if compiled is None:
            return
        old = self._watch
        content = _content(old).content
        old.close()
        self._watch = self._restored(compiled, content)
        self._watch.guard.changed = True
        self._compiled = compiled
        self._writing = self._written_by(self._watch)

    @property
    def counts(self) -> Counts:
        """What was counted so far, and sizes as of now; during a step, as of the last look."""
        if self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._counts

    def _look(self) -> None:
        counts, watch = self._counts, self._watch
        events, rejected, repeated = self._base
        counts.events = watch.events - events
        counts.rejected = watch.rejected - rejected
        counts.repeated = watch.resent.repeated - repeated
        counts.late, counts.ahead = watch.watermark.late, watch.watermark.ahead
        counts.beyond = watch.watermark.beyond
        counts.lost = watch.places.lost
        counts.suppressed = watch.suppression.suppressed
        counts.unrouted = watch.matcher.unrouted
        counts.indicators = watch.indicators
        counts.evicted, counts.capped = watch.evicted, watch.capped
        counts.forgotten = watch.forgotten
        counts.position, counts.committed = self._position, self._committed
        counts.snapshot_position = self._saved
        counts.behind = max(0, self._journal.end - self._position)
        counts.replaying = self._position < self._committed
        known = watch.watermark.at != NO_TIME
        counts.watermark = watch.watermark.at if known else 0
        counts.latest = watch.watermark.latest if watch.watermark.latest != NO_TIME else 0
        counts.state = watch.sizes()
        rules = self._compiled.rules
        counts.rule_seconds = {rules[at].id: s for at, s in [*watch.guard.seconds.items()]}
        counts.suspended = [
            (rules[at].id, rules[at].name, told.reason, told.since, told.missed)
            for at, told in [*watch.guard.suspended.items()]
        ]


class _Kept(NamedTuple):
    """The state of a watch, and the places of all events that it needs again."""

    content: bytes
    places: Longs

    @property
    def lowest(self) -> int:
        """The first of them."""
        return int(self.places.min(initial=ALERT))


def _content(watch: Watch) -> _Kept:
    """The state of a watch as bytes."""
    arrays, plain = Arrays(), Plain(watch.referred())
    state: dict[str, Any] = {"secret": str(watch.secret), "watch": watch.state(arrays)}
    content = packed(state, arrays, plain)
    return _Kept(content, plain.places)
