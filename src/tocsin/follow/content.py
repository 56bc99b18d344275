"""The bytes of a file that is followed, read at any offset, plain or compressed.

A compressed file is read in order only; its offsets count decompressed bytes. Nothing ever appends
to one, so it is read once it has not changed for a while.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

from tocsin.follow.place import WINDOW, Place, fingerprint
from tocsin.inputs.stream import GZIP, ZSTD, ByteStream

KEPT = 4 << 20
"""Decompressed bytes that are kept: a line that was not whole is asked for again."""


HOLE = 64 << 10
"""Bytes that are looked at at once for the end of zero bytes."""


class State(NamedTuple):
    """What changes when a file is written: its size, and the time in nanoseconds."""

    size: int
    changed: int


class Plain:
    """A file as it is."""

    packed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, offset: int, size: int) -> bytes:
        """Up to so many bytes from here."""
        self._file.seek(offset)
        pieces = []
        while size and (piece := self._file.read(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def skip_hole(self, offset: int) -> int:
        """Where data that the file really has begins, from here on, as far as is known."""
        try:
            return os.lseek(self._file.fileno(), offset, os.SEEK_DATA)
        except (OSError, AttributeError):  # none there, or a system that does not tell
            return offset

    @property
    def state(self) -> State:
        """Size and time of the file now."""
        return _state(self._file)

    @property
    def identity(self) -> tuple[int, int]:
        """Device and inode of the file."""
        return _identity(self._file)

    @property
    def length(self) -> int:
        """How many bytes there are to read."""
        return self.state.size

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Packed:
    """A gzip or zstd file, decompressed."""

    packed = True

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._begin()

    def _begin(self) -> None:
        self._file.seek(0)
        self._stream = ByteStream(self._file)
        self._kept = bytearray()

    def read(self, offset: int, size: int) -> bytes:
        """Up to so many bytes from here; going back begins the file anew."""
        if offset < self._stream.delivered - len(self._kept):
            self._begin()
        if offset > self._stream.delivered:
            self._stream.skip(offset - self._stream.delivered)
            self._kept.clear()
        start = offset - (self._stream.delivered - len(self._kept))
        room = bytearray(max(start + size - len(self._kept), 0))
        self._kept += room[: self._stream.readinto(memoryview(room))]
        found = bytes(self._kept[start : start + size])
        del self._kept[: len(self._kept) - KEPT]
        return found

    @property
    def state(self) -> State:
        """Size and time of the file now, compressed."""
        return _state(self._file)

    @property
    def identity(self) -> tuple[int, int]:
        """Device and inode of the file."""
        return _identity(self._file)

    @property
    def length(self) -> int:
        """How many bytes there are to read; all of them are decompressed to know it."""
        room = memoryview(bytearray(KEPT))
        self._kept.clear()
        while self._stream.readinto(room):
            pass
        return self._stream.delivered

    @property
    def trouble(self) -> str | None:
        """Why the stream ended early."""
        return self._stream.trouble

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


Content: TypeAlias = Plain | Packed


def _state(file: BinaryIO) -> State:
    status = os.fstat(file.fileno())
    return State(status.st_size, status.st_mtime_ns)


def _identity(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino


def open_content(path: str) -> Content:
    """A file's content.

    Raises
    ------
    OSError
        It cannot be opened or read.
    """
    file = Path(path).open("rb", buffering=0)  # noqa: SIM115 - it stays open
    try:
        beginning = file.read(4)
    except OSError:
        file.close()
        raise
    if beginning.startswith((GZIP, ZSTD)):
        return Packed(file)
    return Plain(file)


def first_text(content: Content, offset: int) -> int | None:
    """Where the first byte is that is not zero, from here on; None if there is none.

    A program that does not open its log to append writes on where it was when the log was
    truncated, and what is before that reads as zero bytes.
    """
    while piece := content.read(offset, HOLE):
        text = piece.lstrip(b"\0")
        offset += len(piece) - len(text)
        if text:
            return offset
        if isinstance(content, Plain):
            offset = content.skip_hole(offset)
    return None


def holds(content: Content, place: Place, head: bytes | None = None) -> bool:
    """Whether a content is the place's, as far as that was followed.

    ``head``: its first `WINDOW` bytes, if they were read already.
    """
    return begins_as(content.read(0, WINDOW) if head is None else head, place) and (
        not place.offset or _window_fits(content, place)
    )


def begins_as(head: bytes, place: Place) -> bool:
    """Whether a content with these first bytes may be the place's."""
    return len(head) >= place.headed and fingerprint(head[: place.headed]) == place.head


def _window_fits(content: Content, place: Place) -> bool:
    """Whether the bytes before the place are the ones that were followed."""
    size = min(WINDOW, place.offset)
    window = content.read(place.offset - size, size)
    return len(window) == size and fingerprint(window) == place.window


def head_of(content: Content, size: int) -> tuple[int, str]:
    """Size and fingerprint of the first bytes, of no more than ``size``."""
    head = content.read(0, min(WINDOW, size))
    return len(head), fingerprint(head)
