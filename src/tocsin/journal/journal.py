"""The journal: frames are appended by many threads and share one sync of the disk."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path
from threading import Condition
from typing import NamedTuple, Self

from tocsin.engine.lock import Lock
from tocsin.journal import disk
from tocsin.journal.errors import (
    JournalBusyError,
    JournalClosedError,
    JournalError,
    JournalFullError,
    JournalLockedError,
)
from tocsin.journal.frame import Frame, Packed, Placed, pack
from tocsin.journal.marks import Marks
from tocsin.journal.reading import Damage, Reading
from tocsin.journal.segments import Segments, segment_path
from tocsin.journal.tail import last_accepted, tail

LOCK = "lock"
SEGMENT_BYTES = 64 << 20
WAITING_BYTES = 64 << 20
KEPT_FREE = 64 << 20

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_log = logging.getLogger(__name__)


class Counts(NamedTuple):
    """What a journal did since it was opened."""

    frames: int = 0
    lines: int = 0
    bytes: int = 0
    syncs: int = 0
    busy: int = 0
    failed: int = 0
    cut: int = 0
    clock_behind: int = 0


class _Waiting:
    """A frame on its way to the disk."""

    __slots__ = ("end", "error", "packed")

    def __init__(self, packed: Packed) -> None:
        self.packed = packed
        self.end = -1
        self.error: JournalError | None = None


class Journal:
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
        self.folder = folder
        self._segment_bytes = segment_bytes
        self._waiting_bytes = waiting_bytes
        self._kept_free = kept_free
        self._changed = Condition()
        self._queue: list[_Waiting] = []
        self._waiting = 0
        self._writing = False
        self._closed = False
        self._file = -1
        self._first = 0
        self.cut: Damage | None = None
        self.counts = Counts()
        self.segments = Segments(folder)
        self._reading = Reading(self.segments, self._met)
        self._marks = Marks(folder)
        self.damage: list[Damage] = []
        self._end, self._accepted = self._recover()
        self._marks.durable = self._end

    def _recover(self) -> tuple[int, int]:
        """Where the journal goes on: behind the last sound frame, what is torn being cut off."""
        known = self._marks.durable or 0
        segments = self.segments.all()
        if not segments:
            self._begin_segment(known)
            return known, 0
        last = segments[-1]
        end, behind, accepted = tail(self._reading, last)
        self._reading.forget()
        self.damage.clear()
        accepted = accepted or last_accepted(self._reading, segments[:-1])
        if end < known:
            # What was acknowledged is gone. Its positions may be known elsewhere: none is used
            # again, and a reader meets a gap.
            self._note(Damage(end, known, "acknowledged, but lost"))
            self._begin_segment(known)
            return known, accepted
        self._file = disk.open_again(last.path)
        self._first = last.first
        if behind:
            self.cut = Damage(end, end + behind, "torn")
            self.counts = self.counts._replace(cut=behind)
            _log.warning("%s: a torn end of %d bytes at %d was cut off", last.path, behind, end)
            os.ftruncate(self._file, end - last.first)
        disk.sync(self._file)
        disk.sync_folder(self.folder)
        return end, accepted

    def _met(self, damage: Damage) -> None:
        self._note(damage)

    def _note(self, damage: Damage) -> None:
        if damage not in self.damage:
            _log.error("journal %s: %s", self.folder, damage)
            self.damage = [*self.damage[-999:], damage]

    # Writing

    def append(self, frame: Frame) -> int:
        """Write a frame; it is on disk when this returns: the position behind it.

        Raises
        ------
        JournalError
            Nothing was accepted: `JournalBusyError` and `JournalFullError` pass with time.
        """
        waiting = _Waiting(pack(frame))
        size = waiting.packed.size
        with self._changed:
            self._admit(size)
            self._queue.append(waiting)
            self._waiting += size
            while self._writing and waiting.end < 0 and waiting.error is None:
                self._changed.wait()
            taken = self._take() if waiting.end < 0 and waiting.error is None else []
        if taken:
            self._lead(taken)
        if waiting.error is not None:
            raise waiting.error
        return waiting.end

    def _admit(self, size: int) -> None:
        if self._closed:
            raise JournalClosedError(f"{self.folder} was closed")
        if self._waiting and self._waiting + size > self._waiting_bytes:
            self.counts = self.counts._replace(busy=self.counts.busy + 1)
            raise JournalBusyError(f"{self._waiting} bytes wait to be written")

    def _take(self) -> list[_Waiting]:
        """All that waits; the caller writes it for all who wait."""
        self._writing = True
        taken, self._queue = self._queue, []
        return taken

    def _lead(self, taken: list[_Waiting]) -> None:
        error: JournalError | None = None
        try:
            error = self._write(taken)
        except BaseException:
            error = JournalError("the write was interrupted")
            raise
        finally:
            with self._changed:
                self._writing = False
                self._waiting -= sum(waiting.packed.size for waiting in taken)
                if error is not None:
                    self.counts = self.counts._replace(failed=self.counts.failed + 1)
                    for waiting in taken:
                        waiting.error = error
                self._changed.notify_all()

    def _write(self, taken: list[_Waiting]) -> JournalError | None:
        """Write frames together; what went wrong, nothing of them having been accepted then."""
        begin = position = self._end
        accepted, behind = self._accepted, 0
        parts: list[bytes] = []
        ends: list[int] = []
        for waiting in taken:
            behind = max(behind, accepted - waiting.packed.frame.accepted)
            accepted = max(accepted, waiting.packed.frame.accepted)
            parts += (waiting.packed.header(position, accepted), waiting.packed.body)
            position += waiting.packed.size
            ends.append(position)
        try:
            self._room(position - begin)
            self._turn(position - begin)
            os.lseek(self._file, begin - self._first, os.SEEK_SET)
            disk.write(self._file, parts)
            disk.sync(self._file)
        except OSError as error:
            self._suspect()
            if error.errno in _NO_ROOM:
                return JournalFullError(f"no room for {position - begin} bytes: {error}")
            return JournalError(f"{self.folder} cannot be written: {error}")
        except BaseException:
            self._suspect()
            raise
        for waiting, end in zip(taken, ends, strict=True):
            waiting.end = end
        self._accepted = accepted
        self._end = position
        self._marks.durable = position
        counts = self.counts
        self.counts = counts._replace(
            frames=counts.frames + len(taken),
            lines=counts.lines + sum(len(waiting.packed.frame.lines) for waiting in taken),
            bytes=counts.bytes + position - begin,
            syncs=counts.syncs + 1,
            clock_behind=max(behind, 0),
        )
        return None

    def _room(self, size: int) -> None:
        if self._kept_free and shutil.disk_usage(self.folder).free < self._kept_free + size:
            raise OSError(errno.ENOSPC, f"{self._kept_free} bytes of the disk are kept free")

    def _turn(self, size: int) -> None:
        """Begin the next segment if there is none to go on with, or this one is full."""
        if self._file < 0 or (self._end > self._first and self._grown(size)):
            self._begin_segment(self._end)

    def _grown(self, size: int) -> bool:
        return self._end + size - self._first > self._segment_bytes

    def _begin_segment(self, first: int) -> None:
        self._close_file()
        file = disk.create(segment_path(self.folder, first))
        try:
            disk.sync(file)
            disk.sync_folder(self.folder)
        except BaseException:
            os.close(file)
            raise
        self._file, self._first = file, first
        self.segments.add(first)

    def _suspect(self) -> None:
        """Cut back to what is surely on disk, and never write to this file again.

        What a disk holds after it failed to sync is known to nobody. The next segment begins at
        the same position, which ends this one there, whatever its file holds.
        """
        if self._file < 0:
            return
        with suppress(OSError):
            os.ftruncate(self._file, self._end - self._first)
        self._close_file()
        self._reading.forget()

    def _close_file(self) -> None:
        if self._file >= 0:
            file, self._file = self._file, -1
            with suppress(OSError):
                os.close(file)

    def skip_to(self, position: int) -> None:
        """Go on at a later position, for others know positions that are lost here."""
        with self._changed:
            while self._writing:
                self._changed.wait()
            if position > self._end:
                self._note(Damage(self._end, position, "acknowledged, but lost"))
                self._begin_segment(position)
                self._end = position
                self._marks.durable = position

    # Reading

    @property
    def begin(self) -> int:
        """The first position that there still is."""
        firsts = self.segments.firsts
        return firsts[0] if firsts else self._end

    @property
    def end(self) -> int:
        """The position behind the last durable frame."""
        return self._end

    def read(self, position: int, most_bytes: int = 8 << 20) -> list[Placed]:
        """Frames behind a position, as far as they are durable; none if there are none.

        What cannot be read is given as one frame of kind `Kind.GAP`.
        """
        return self._reading.read(position, self._end, most_bytes)

    def wait(self, position: int, seconds: float) -> bool:
        """Wait until something stands behind a position; False if nothing came in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._end > position or self._closed, seconds
            ) and (self._end > position)

    def event(self, place: int) -> bytes:
        """The line at a place, once more. LookupError: there is none."""
        return self._reading.line(place, self._end)

    def keep_from(self, position: int) -> None:
        """Whoever reads needs nothing before this any more."""
        self._marks.needed = position

    @property
    def needed(self) -> int:
        """From here on everything is still needed."""
        needed = self._marks.needed
        return self.begin if needed is None else max(needed, self.begin)

    def close(self) -> None:
        """Write what waits, and let go of the folder."""
        with self._changed:
            self._closed = True
            while self._writing or self._queue:
                self._changed.wait()
            self._changed.notify_all()
        self._close_file()
        self._reading.forget()
        self._marks.close()
        self._owner.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
