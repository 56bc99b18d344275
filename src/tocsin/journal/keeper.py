"""Keeps a journal's house: seals what is closed, puts small files together, removes what is old."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pyarrow as pa

from tocsin.journal import disk
from tocsin.journal.errors import JournalError
from tocsin.journal.journal import Journal
from tocsin.journal.sealed.archive import Archive, SealedFile
from tocsin.journal.sealed.compact import compact, due
from tocsin.journal.sealed.seal import seal
from tocsin.journal.sealed.sheet import WORKPLACES
from tocsin.journal.segments import Segment

DAY = 86_400_000
MARK = ".sealed"

PAUSE = 60_000
"""Looks through the Parquet files are so many ms apart, unless something has changed."""

PATIENCE = 4
"""Closed segments that may wait to be sealed while those who read the journal are behind."""

_log = logging.getLogger(__name__)


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long events are kept.

    ``days``: since they were accepted; None: for ever. ``most_bytes``: of Parquet files, the
    oldest going first; None: no matter how many. ``seal_after``: ms after which a segment is
    closed though it is not full.
    """

    days: float | None = None
    most_bytes: int | None = None
    seal_after: int = 300_000


@dataclass(slots=True)
class Kept:
    """What a keeper did since it was made.

    ``sealed``, ``events``, ``bytes``: segments that became Parquet, their events, the bytes of the
    files. ``rejected``: lines that were no events. ``joined``: files that became part of larger
    ones. ``removed``, ``removed_bytes``: files that were too old or too many. ``dropped``: segments
    that nobody needs any more. ``failed``: what went wrong and is tried again; ``trouble``: the
    last of it.
    """

    sealed: int = 0
    events: int = 0
    bytes: int = 0
    rejected: int = 0
    joined: int = 0
    removed: int = 0
    removed_bytes: int = 0
    dropped: int = 0
    failed: int = 0
    trouble: str = ""


class Keeper:
    """Works beside a journal, one thread at a time.

    Parameters
    ----------
    journal
        What is to be sealed. What its readers still need (`Journal.keep_from`) is never removed.
    folder
        Where the Parquet files are; on the same disk as the folder beside it.
    behind
        Whether somebody who reads the journal is behind: that matters more than sealing, for which
        up to `PATIENCE` segments wait then.
    """

    def __init__(
        self,
        journal: Journal,
        folder: Path,
        limits: Limits = Limits(),
        behind: Callable[[], bool] = _never,
    ) -> None:
        self._journal = journal
        self.archive = self._archive = Archive(folder)
        self._limits = limits
        self._behind = behind
        self._turned: int | None = None
        self._reached: int | None = None
        self._broken: set[Path] = set()
        self._changed = True
        self._looked: int | None = None
        self._sealed: int | None = None
        self.counts = Kept()
        for mark in journal.folder.glob("*" + MARK):
            if not _segment_of(mark).exists():
                mark.unlink()

    def step(self, now: int) -> bool:
        """Do what is due; whether there was anything, so that more may be. Never raises OSError.

        Parameters
        ----------
        now
            The time, ms since 1970.
        """
        done = 0
        for job in (self._settle, self._turn, self._seal, self._drop, self._tidy, self._rest):
            try:
                done += job(now)
            except (OSError, JournalError, pa.ArrowException) as error:
                self.counts.failed += 1
                self.counts.trouble = str(error)
                _log.warning("events could not be sealed or removed: %s", error)
                with suppress(OSError):
                    self._archive.settle()
                if self._archive.unsettled:
                    return False
        return done > 0

    def run(self, stop: Event, clock: Callable[[], int], pause: float = 1.0) -> None:
        """Do what is due until told to stop; `clock` tells the time in ms since 1970."""
        while not stop.wait(pause):
            while self.step(clock()) and not stop.is_set():
                pass

    def _settle(self, _: int) -> int:
        """Finish or undo what was interrupted."""
        if self._archive.unsettled:
            self._archive.settle()
        return 0

    def _turn(self, now: int) -> int:
        """Close a segment that has been written to for long enough."""
        last = self._journal.segments.firsts[-1]
        if self._journal.end == last:
            self._turned = None
        elif self._turned is None:
            self._turned = now
        elif now - self._turned >= self._limits.seal_after:
            self._journal.turn()
            self._turned = None
        return 0

    def _closed(self) -> list[Segment]:
        return [segment for segment in self._journal.segments.all() if segment.next is not None]

    def _unsealed(self) -> list[Segment]:
        """The closed segments that are not sealed."""
        return [each for each in self._closed() if not _mark_of(each).exists()]

    def _seal(self, now: int) -> int:
        """Seal the first closed segment that is not."""
        waiting = self._unsealed()
        if not waiting or (len(waiting) <= PATIENCE and self._behind()):
            return 0
        segment = waiting[0]
        if segment.next is None:
            return 0
        if not self._was_sealed(segment):
            reached, self._reached = self._reached, None
            self._sealed = now
            done = seal(self._journal, segment, self._archive)
            self._reached = max(reached or 0, segment.next)
            self.counts.events += done.events
            self.counts.bytes += done.bytes
            self.counts.rejected += done.rejected
        os.close(disk.create(_mark_of(segment)))
        disk.sync_folder(self._journal.folder)
        self.counts.sealed += 1
        self._changed = True
        return 1

    def _was_sealed(self, segment: Segment) -> bool:
        """Whether files hold this segment and more, its mark having been lost.

        What an interruption left of it alone is removed.
        """
        if self._reached is None:
            self._reached = max((file.end for file in self._archive.files()), default=0)
        if self._reached <= segment.first:
            return False
        files = [f for f in self._archive.files() if f.first <= segment.first < f.end]
        alone = [f for f in files if f.first == segment.first and f.end == segment.next]
        if len(alone) < len(files):
            return True
        self._archive.remove(file.path for file in alone)
        return False

    def _drop(self, _: int) -> int:
        """Remove sealed segments that nobody needs."""
        dropped = 0
        needed = self._journal.needed
        for segment in self._closed():
            if segment.next is None or segment.next > needed or not _mark_of(segment).exists():
                break
            self._journal.drop(segment)
            # The mark goes last: a segment without it would be sealed once more.
            with suppress(FileNotFoundError):
                _mark_of(segment).unlink()
            dropped += 1
        self.counts.dropped += dropped
        return dropped

    def _tidy(self, now: int) -> int:
        """Look through the Parquet files, when nothing waits to be sealed, or not for a while."""
        unsealed = self._unsealed()
        lately = self._looked is not None and abs(now - self._looked) < PAUSE
        if lately and (unsealed or not self._changed):
            return 0
        self._looked, self._changed = now, False
        files = list(self._archive.files())
        gone = self._expire(files, now)
        # What is sealed in part only is left out.
        most = unsealed[0].first if unsealed else math.inf
        whole = [file for file in files if file.end <= most and file.path not in gone]
        joined = self._compact(whole, now)
        self._changed = joined > 0
        return joined + len(gone)

    def _rest(self, now: int) -> int:
        """Give back the memory that sealing takes, when nothing was sealed for a while."""
        if self._sealed is not None and abs(now - self._sealed) >= PAUSE:
            self._sealed = None
            WORKPLACES.clear()
        return 0

    def _expire(self, files: Sequence[SealedFile], now: int) -> set[Path]:
        """Remove files that are too old, and the oldest if they are too many."""
        limits, size = self._limits, sum(file.bytes for file in files)
        gone: list[SealedFile] = []
        for file in sorted(files, key=lambda file: (file.accepted, file.first)):
            old = limits.days is not None and now - file.accepted > limits.days * DAY
            if not old and (limits.most_bytes is None or size <= limits.most_bytes):
                break
            gone.append(file)
            size -= file.bytes
        paths = {file.path for file in gone}
        self._archive.remove(paths)
        self.counts.removed += len(gone)
        self.counts.removed_bytes += sum(file.bytes for file in gone)
        return paths

    def _compact(self, whole: Sequence[SealedFile], now: int) -> int:
        """Put one set of small files together."""
        for files in due(whole, now):
            paths = {file.path for file in files}
            if self._broken.isdisjoint(paths):
                # What fails is left alone, until another keeper tries.
                self._broken |= paths
                compact(self._archive, files)
                self._broken -= paths
                self.counts.joined += len(files)
                return 1
        return 0


def _mark_of(segment: Segment) -> Path:
    return segment.path.with_suffix(MARK)


def _segment_of(mark: Path) -> Path:
    return mark.with_suffix(".journal")
