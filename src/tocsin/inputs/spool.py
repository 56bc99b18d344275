"""A copy on disk of what can be read only once, so that it can be read again."""

from __future__ import annotations

import tempfile
import weakref
from array import array
from typing import BinaryIO, cast


class CopyError(OSError):
    """What can be read only once cannot be copied: nothing of it may be taken for its end."""


class Copying:
    """A file whose bytes, while they are read, are also written to a temporary file."""

    closed = False

    def __init__(self, file: BinaryIO, owner: object) -> None:
        self._file = file
        self.copy = temporary(owner)

    def read(self, size: int = -1) -> bytes:
        """As a file's `read`; raises `CopyError`."""
        piece = self._file.read(size) or b""
        try:
            self.copy.write(piece)
        except OSError as error:
            told = f"the copy of the input in {tempfile.gettempdir()} (TMPDIR)"
            raise CopyError(error.errno, error.strerror, told) from error
        return piece


def temporary(owner: object) -> BinaryIO:
    """A temporary file that goes when its owner does."""
    file = cast("BinaryIO", tempfile.TemporaryFile(prefix="tocsin-"))  # noqa: SIM115
    weakref.finalize(owner, file.close)
    return file


class Records:
    """Byte strings on disk, found by their number."""

    def __init__(self) -> None:
        self._file = temporary(self)
        self._ends = array("q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, record: bytes) -> None:
        """Append a record."""
        self._file.seek(self._ends[-1])
        self._file.write(record)
        self._ends.append(self._ends[-1] + len(record))

    def __getitem__(self, number: int) -> bytes:
        begin, end = self._ends[number], self._ends[number + 1]
        self._file.seek(begin)
        return self._file.read(end - begin)
