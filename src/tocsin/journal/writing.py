"""Puts frames behind the last one of a journal, all of them on disk or none."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from tocsin.journal import disk
from tocsin.journal.frame import Packed
from tocsin.journal.reading import Damage, Reading
from tocsin.journal.segments import Segments, segment_path
from tocsin.journal.tail import last_accepted, tail


class Written(NamedTuple):
    """Frames that are on disk: the position behind each, and how long the disk took to say so.

    ``behind``: ms by which the wall clock was behind the journal's own time.
    """

    ends: list[int]
    seconds: float
    behind: int


class Writing:
    """The last segment of a journal. One thread at a time may call it.

    Attributes
    ----------
    end
        The position behind the last frame that is surely on disk.
    accepted
        That frame's time.
    cut
        What was cut off the end when the journal was opened, since it was torn.
    """

    def __init__(self, segments: Segments, segment_bytes: int, kept_free: int) -> None:
        self._segments = segments
        self._folder: Path = segments.folder
        self._segment_bytes = segment_bytes
        self._kept_free = kept_free
        self._file = -1
        self._first = 0
        self.cut: Damage | None = None
        self.end = 0
        self.accepted = 0

    def recover(self, known: int, accepted: int, lost: Callable[[Damage], None]) -> None:
        """Go on behind the last sound frame, what is torn being cut off.

        Parameters
        ----------
        known
            So far the journal was durable, for all that anybody knows. If less is there now,
            `lost` is told, and no position is used again.
        accepted
            The time of the last frame, for all that anybody knows.
        """
        self.accepted = accepted
        segments = self._segments.all()
        if not segments:
            self.end = known
            self._begin(known)
            return
        reading = Reading(self._segments)
        last = segments[-1]
        self.end, behind, latest = tail(reading, last)
        self.accepted = max(accepted, latest or last_accepted(reading, segments[:-1]))
        reading.forget()
        if self.end < known:
            lost(Damage(self.end, known, "acknowledged, but lost"))
            self.end = known
            self._begin(known)
            return
        self._first = last.first
        self._file = disk.open_again(last.path)
        if behind:
            self.cut = Damage(self.end, self.end + behind, "torn")
            os.ftruncate(self._file, self.end - last.first)
        disk.sync(self._file)
        disk.sync_folder(self._folder)

    def write(self, frames: Sequence[Packed]) -> Written:
        """Write frames one behind the other.

        Raises
        ------
        OSError
            None of them is there, and none will be read.
        """
        position, accepted, behind = self.end, self.accepted, 0
        parts: list[bytes | memoryview] = []
        ends: list[int] = []
        for packed in frames:
            behind = max(0, accepted - packed.frame.accepted)
            accepted = max(accepted, packed.frame.accepted)
            parts += (packed.header(position, accepted), packed.body)
            position += packed.size
            ends.append(position)
        size = position - self.end
        try:
            self._make_room(size)
            os.lseek(self._file, self.end - self._first, os.SEEK_SET)
            disk.write(self._file, parts)
            begun = perf_counter()
            disk.sync(self._file)
        except BaseException:
            self._suspect()
            raise
        self.end, self.accepted = position, accepted
        return Written(ends, perf_counter() - begun, behind)

    def has_room(self, size: int) -> bool:
        """Whether so many bytes more leave enough of the disk free; True if it does not say."""
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return True
        return free >= self._kept_free + size

    def _make_room(self, size: int) -> None:
        """See that the disk has room, and begin the next segment where one is due."""
        if self._kept_free and not self.has_room(size):
            raise OSError(errno.ENOSPC, f"{self._kept_free} bytes of the disk are kept free")
        if self._file >= 0 and not os.fstat(self._file).st_nlink:
            self._close()  # somebody removed it: what it would get nobody could read
        grown = self.end + size - self._first
        if self._file < 0 or (self.end > self._first and grown > self._segment_bytes):
            self._begin(self.end)

    def turn(self) -> None:
        """Begin the next segment, if the last one holds anything."""
        if self._file < 0 or self.end > self._first:
            self._begin(self.end)

    def skip_to(self, position: int) -> None:
        """Go on at a later position."""
        self._begin(position)
        self.end = position

    def _begin(self, first: int) -> None:
        self._close()
        file = disk.create(segment_path(self._folder, first))
        try:
            disk.sync(file)
            disk.sync_folder(self._folder)
        except BaseException:
            os.close(file)
            raise
        self._file, self._first = file, first
        self._segments.add(first)

    def _suspect(self) -> None:
        """Cut back to what is surely on disk, and never write to this file again.

        What a disk holds after it failed to sync is known to nobody. The next segment begins at
        the same position, which ends this one there, whatever its file holds.
        """
        if self._file >= 0:
            with suppress(OSError):
                os.ftruncate(self._file, self.end - self._first)
            self._close()

    def _close(self) -> None:
        if self._file >= 0:
            file, self._file = self._file, -1
            with suppress(OSError):
                os.close(file)

    def close(self) -> None:
        """Let go of the file."""
        self._close()
