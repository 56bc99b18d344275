"""An input that is a temporary file without a name: nothing is left of it, however a run ends."""

from __future__ import annotations

from typing import BinaryIO, cast

from tocsin.inputs.file import FileOrigin
from tocsin.inputs.inputs import Input


class HeldOrigin(FileOrigin):
    """The events of an open file; it is read from its beginning, any number of times.

    Nobody may write to it while a batch or an event is being read.
    """

    def __init__(self, name: str, file: BinaryIO) -> None:
        super().__init__(Input(name, None))
        self._held = cast("BinaryIO", _Unclosed(file))

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._held.seek(0, 2)

    def _open(self) -> BinaryIO:
        self._file = self._reopened()
        return self._file

    def _reopened(self) -> BinaryIO:
        self._held.seek(0)
        return self._held


class _Unclosed:
    """A file that readers cannot close, since it could not be opened again."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def readinto(self, room: memoryview) -> int:
        return self._file.readinto(room)  # type: ignore[attr-defined]

    def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    def seekable(self) -> bool:
        return True
