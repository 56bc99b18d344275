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
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tocsin.columns.collector import paused
from tocsin.journal.frame import Kind, Placed
from tocsin.live.counts import Counts
from tocsin.live.groups import Groups
from tocsin.live.keeping import Keeping, Kept, kept
from tocsin.live.options import Options
from tocsin.live.ports import BEHIND, Frames, Keeper
from tocsin.live.run_log import RunLog
from tocsin.live.watch import Watch
from tocsin.live.writing import Writing
from tocsin.store.alert import RuleRun, StoredAlert

if TYPE_CHECKING:
    from tocsin.alerts.finding import Finding
    from tocsin.engine.compiled import Compiled

TOGETHER = 1_000
"""Alerts that are committed together, about."""

MOMENT = 0.1
"""Seconds for which alerts wait for those of the next steps: a commit of few is as much work."""

_LOOK = 1.0
"""Seconds between two looks at sizes, while the engine is busy."""

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
        self._groups = Groups(journal, rows=options.rows, bytes=options.bytes)
        self._pending: list[StoredAlert] = []
        self._told: Counter[str] = Counter()
        self._counts = Counts()
        self._committed = store.position()
        self._compiled = compiled
        self._keeping = Keeping(journal, options, self._counts.dropped)
        self._watch, self._position = self._keeping.begin(compiled, store.snapshot())
        self._writing = self._written_by(self._watch)
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
        group = self._groups.next(self._position, self._committed)
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
        if self._position <= self._saved or self._position < self._committed:
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

    def _take(self, group: Sequence[Placed]) -> list[Finding]:
        counts, frame = self._counts, group[-1].frame
        counts.frames += len(group)
        counts.bytes += group[-1].position - self._position
        counts.accepted = max(counts.accepted, frame.accepted)
        if not self._saved_at:
            self._saved_at = self._committed_at = self._logged_at = counts.accepted
        match frame.kind:
            case Kind.EVENTS:
                found: list[Finding] = []
                for events, accepted in self._groups.batches(group):
                    found += self._watch.take(events, accepted)
                return found
            case Kind.MARK:
                self._watch.guard.now = frame.accepted
                return self._watch.advance(frame.mark)
            case Kind.RULES:
                self._reload(frame.note)
            case Kind.GAP:
                counts.gaps += group[-1].position - self._position
                _log.error("bytes of the journal cannot be read: %s", frame.note.decode())
        return []

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

    def _commit(self, state: Kept | None, *, ended: bool = False) -> None:
        """Commit what was found, and where the engine is."""
        snapshot = None if state is None else state.snapshot(self._position)
        counts = self._counts
        told = self._told + Counter(alert.rule_id for alert in self._pending)
        runs = self._runs(told, ended=ended)
        self._store.commit(self._position, self._pending, snapshot, runs)
        counts.commits += 1
        for alert in self._pending:
            counts.tell(alert)
        self._told, self._pending = told, []
        self._committed, self._committed_at = self._position, counts.accepted
        self._wrote = self._began
        if state is not None:
            self._saved, self._saved_at = self._position, counts.accepted
            self._kept_at = self._options.clock()
            self._watch.guard.changed = False
            counts.snapshots += 1
            counts.snapshot_bytes = len(state.content)
            self._journal.keep_from(min(state.lowest, self._position))
            self._watch.forget(state.places)

    def _snapshot(self) -> Kept:
        """The whole state."""
        began = self._options.clock()
        state = kept(self._watch)
        self._counts.snapshot_seconds += self._options.clock() - began
        return state

    def _written_by(self, watch: Watch) -> Writing:
        execution = self._options.execution
        return Writing(self._compiled, watch.guard, execution, named=watch.names)

    def _reload(self, note: bytes) -> None:
        """The rules have changed: go on with the new ones."""
        compiled = None
        try:
            compiled = None if self._load is None else self._load(note)
        except Exception as error:  # noqa: BLE001 - the old rules go on
            _log.exception("the new rules cannot be used")
            self._keeping.drop("", f"the new rules cannot be used: {error}")
        if compiled is None:
            return
        self._watch = self._keeping.pass_on(self._watch, compiled)
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
        counts = self._counts
        counts.look(self._watch, self._compiled.rules, self._base)
        counts.position, counts.committed = self._position, self._committed
        counts.snapshot_position = self._saved
        counts.behind = max(0, self._journal.end - self._position)
        counts.replaying = self._position < self._committed
