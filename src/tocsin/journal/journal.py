"""The journal: frames are appended by many threads and share one sync of the disk."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Condition
from typing import Self

from tocsin.engine.lock import Lock
from tocsin.journal.errors import (
    JournalBusyError,
    JournalClosedError,
    JournalError,
    JournalFullError,
    JournalGoneError,
    JournalLockedError,
)
from tocsin.journal.frame import Frame, Packed, pack
from tocsin.journal.reading import Damage
from tocsin.journal.segments import Segment
from tocsin.journal.view import JournalView
from tocsin.journal.writing import Writing, Written

LOCK = "lock"

SEGMENT_BYTES = 64 << 20
WAITING_BYTES = 64 << 20
KEPT_FREE = 64 << 20

_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What a journal did since it was opened.

    ``busy``: frames that were refused since too much waited. ``failed``: frames that the disk did
    not take. ``sync_seconds``: all syncs together; ``slowest_sync``: the longest one.
    ``clock_behind``: ms by which the wall clock is behind the journal's time, which never goes
    backwards. ``cut``: bytes of a torn end that were cut off when it was opened.
    """

    frames: int = 0
    lines: int = 0
    bytes: int = 0
    syncs: int = 0
    sync_seconds: float = 0.0
    slowest_sync: float = 0.0
    busy: int = 0
    failed: int = 0
    cut: int = 0
    clock_behind: int = 0


_SOME = 1 << 20
"""Bytes that there must be room for before a full disk is told to be full no more."""


_GONE = "the folder is gone, or is another one: put it back, or start again"


class _Waiting:
    """A frame on its way to the disk."""

    __slots__ = ("end", "error", "packed")

    def __init__(self, packed: Packed) -> None:
        self.packed = packed
        self.end = -1
        self.error: JournalError | None = None

    @property
    def settled(self) -> bool:
        """Whether it is known what became of it."""
        return self.end >= 0 or self.error is not None


class Journal(JournalView):
    """Writes a journal; one process does at a time. Any thread may call anything.

    Parameters
    ----------
    folder
        Where the segments are; made if it is not there.
    segment_bytes
        A segment is closed when the next frames would make it larger.
    waiting_bytes
        So many bytes may wait for the disk; more are refused.
    kept_free
        So many bytes of the disk stay free, for the alerts and whatever else lives there.

    Attributes
    ----------
    counts
        What it did since it was opened.
    cut
        What was cut off its end when it was opened, since it had not been written whole.

    Raises
    ------
    JournalLockedError
        Another process writes it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        waiting_bytes: int = WAITING_BYTES,
        kept_free: int = KEPT_FREE,
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._owner = Lock(folder / LOCK)
        except BlockingIOError as error:
            raise JournalLockedError(f"another process writes {folder}") from error
        try:
            super().__init__(folder)
            self._writing = Writing(self.segments, segment_bytes, kept_free)
            marks = self._marks
            self._writing.recover(marks.durable or 0, marks.accepted or 0, self._note)
        except BaseException:
            self._owner.release()
            raise
        self._most_waiting = waiting_bytes
        self._changed = Condition()
        self._queue: list[_Waiting] = []
        self._trouble: JournalError | None = None
        self._waiting = 0
        self._busy = self._closed = False
        self.counts = Counts()
        self.cut = self._writing.cut
        if self.cut is not None:
            self.counts.cut = self.cut.end - self.cut.begin
            _log.warning("journal: a torn end of %d bytes at %d was cut off", *self.cut.told[:2])
        self._end = self._marks.durable = self._writing.end
        self._marks.accepted = self._writing.accepted

    def append(self, frame: Frame) -> int:
        """Write a frame; it is on disk when this returns: the position behind it.

        Raises
        ------
        JournalError
            Nothing was accepted: `JournalBusyError` and `JournalFullError` pass with time,
            `FrameError` does not.
        """
        waiting = _Waiting(pack(frame))
        taken: list[_Waiting] = []
        with self._changed:
            self._admit(waiting.packed.size)
            self._queue.append(waiting)
            while self._busy and not waiting.settled:
                self._changed.wait()
            if not waiting.settled:
                self._busy = True
                taken, self._queue = self._queue, []
        if taken:
            self._write(taken)
        if waiting.error is not None:
            raise waiting.error
        return waiting.end

    def _admit(self, size: int) -> None:
        if self._closed:
            raise JournalClosedError(f"{self.folder} was closed")
        if self._waiting and self._waiting + size > self._most_waiting:
            self.counts.busy += 1
            raise JournalBusyError(f"{self._waiting} bytes wait to be written")
        self._waiting += size

    def _write(self, taken: list[_Waiting]) -> None:
        """Write frames for all who wait for them; whoever comes meanwhile waits for the next."""
        written: Written | None = None
        error = JournalError("the write was interrupted")
        try:
            if self._owner.lost:
                raise OSError(errno.ENOENT, _GONE)  # noqa: TRY301 - as what the disk raises
            written = self._writing.write([waiting.packed for waiting in taken])
        except OSError as trouble:
            if self._owner.lost:
                error = JournalGoneError(f"{self.folder}: {_GONE}")
            else:
                kind = JournalFullError if trouble.errno in _NO_ROOM else JournalError
                error = kind(f"{self.folder} cannot be written: {trouble}")
            self._forget()
        finally:
            with self._changed:
                self._busy = False
                self._waiting -= sum(waiting.packed.size for waiting in taken)
                if written is None:
                    self._failed(taken, error)
                else:
                    self._settle(taken, written)
                self._changed.notify_all()

    def _failed(self, taken: list[_Waiting], error: JournalError) -> None:
        self.counts.failed += len(taken)
        self._trouble = error
        for waiting in taken:
            waiting.error = error

    def _settle(self, taken: list[_Waiting], written: Written) -> None:
        for waiting, end in zip(taken, written.ends, strict=True):
            waiting.end = end
        self._trouble = None
        counts = self.counts
        counts.frames += len(taken)
        counts.lines += sum(len(waiting.packed.frame.lines) for waiting in taken)
        counts.bytes += written.ends[-1] - self._end
        counts.syncs += 1
        counts.sync_seconds += written.seconds
        counts.slowest_sync = max(counts.slowest_sync, written.seconds)
        counts.clock_behind = written.behind
        self._end = self._marks.durable = written.ends[-1]
        self._marks.accepted = self._writing.accepted

    def turn(self) -> None:
        """Begin a new segment, so that what was written so far can be sealed.

        Raises
        ------
        OSError
            There is no room; nothing changed.
        """
        self._alone(self._writing.turn)

    def skip_to(self, position: int) -> None:
        """Go on at a later position, if there is less: others know positions that are lost here.

        Raises
        ------
        OSError
            There is no room; nothing changed.
        """
        if position > self._end:
            self._note(Damage(self._end, position, "acknowledged, but lost"))
            self._alone(lambda: self._writing.skip_to(position))

    def drop(self, segment: Segment) -> None:
        """Remove a segment that is not the last; reading there gives a gap then.

        Raises
        ------
        OSError
            It cannot be removed; it is still there.
        """
        self._forget()
        segment.path.unlink(missing_ok=True)
        self.segments.remove(segment.first)

    def _alone(self, work: Callable[[], None]) -> None:
        """Do something while nobody writes."""
        with self._changed:
            while self._busy:
                self._changed.wait()
            work()
            self._end = self._marks.durable = self._writing.end

    @property
    def end(self) -> int:
        """The position behind the last durable frame."""
        return self._end

    @property
    def waiting(self) -> int:
        """Bytes that wait to be written."""
        return self._waiting

    @property
    def trouble(self) -> str:
        """Why nothing can be written just now; empty if the last write did well, or one would."""
        trouble = self._trouble
        if self._owner.lost:
            return f"{self.folder}: {_GONE}"
        if not os.access(self.folder, os.W_OK):
            return f"{self.folder} cannot be written to"
        if isinstance(trouble, JournalGoneError):
            return ""
        if isinstance(trouble, JournalFullError) and self._writing.has_room(_SOME):
            return ""
        return str(trouble or "")

    def wait(self, position: int, seconds: float) -> bool:
        """Wait until something stands behind a position; False if nothing came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._end > position or self._closed, seconds)
            return self._end > position

    def close(self) -> None:
        """Write what waits, and let go of the folder. More than once is fine."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            while self._busy or self._queue:
                self._changed.wait()
            self._changed.notify_all()
        self._writing.close()
        super().close()
        self._owner.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
