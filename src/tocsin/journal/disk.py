"""What a journal asks of the file system, on every platform."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

MODE = 0o600
"""Journals hold events, so only their owner can read them."""

_AT_ONCE = 256
"""Buffers given to one system call."""

_BINARY: int = getattr(os, "O_BINARY", 0)


def create(path: Path) -> int:
    """An empty file to write to; what it held is gone."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | _BINARY, MODE)


def open_again(path: Path) -> int:
    """A file that exists, to write to."""
    return os.open(path, os.O_RDWR | _BINARY)


def open_to_read(path: Path) -> int:
    """A file that exists, to read."""
    return os.open(path, os.O_RDONLY | _BINARY)


if hasattr(os, "writev"):

    def write(file: int, parts: Sequence[bytes | memoryview]) -> None:
        """Write all parts at the file's position."""
        for begin in range(0, len(parts), _AT_ONCE):
            some = parts[begin : begin + _AT_ONCE]
            done = os.writev(file, some)
            if done < sum(map(len, some)):
                _write_rest(file, memoryview(b"".join(some))[done:])

else:

    def write(file: int, parts: Sequence[bytes | memoryview]) -> None:
        """Write all parts at the file's position."""
        _write_rest(file, memoryview(b"".join(parts)))


def _write_rest(file: int, rest: memoryview) -> None:
    while rest:
        rest = rest[os.write(file, rest) :]


def read_into(file: int, at: int, room: memoryview) -> int:
    """Fill the room with what stands at a place; how many bytes there were."""
    have = 0
    while have < len(room):
        piece = _read(file, at + have, room[have:])
        if not piece:
            break
        have += piece
    return have


if hasattr(os, "preadv"):

    def _read(file: int, at: int, room: memoryview) -> int:
        return os.preadv(file, [room], at)

elif hasattr(os, "pread"):

    def _read(file: int, at: int, room: memoryview) -> int:
        piece = os.pread(file, len(room), at)
        room[: len(piece)] = piece
        return len(piece)

else:

    def _read(file: int, at: int, room: memoryview) -> int:
        os.lseek(file, at, os.SEEK_SET)
        piece = os.read(file, len(room))
        room[: len(piece)] = piece
        return len(piece)


if sys.platform == "darwin":
    import fcntl

    def sync(file: int) -> None:
        """Return when the content is on the disk itself, not only in its cache."""
        fcntl.fcntl(file, fcntl.F_FULLFSYNC)

elif hasattr(os, "fdatasync"):
    sync = os.fdatasync
else:
    sync = os.fsync


if sys.platform == "win32":

    def sync_folder(folder: Path) -> None:
        """Names are kept by the file system itself."""

else:

    def sync_folder(folder: Path) -> None:
        """Return when the names in a folder are on the disk."""
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
