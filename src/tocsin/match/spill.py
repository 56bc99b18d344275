"""Blocks of arrays that may be too many for memory: beyond a limit they wait in a temporary file.

The file has no name from the start (or is removed on closing, where a system cannot do that), so
nothing is left behind, however the process ends.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedRandom
    from pathlib import Path

Block = tuple[npt.NDArray[Any], ...]


class Spill:
    """A list of blocks, each a tuple of one-dimensional arrays of fixed types.

    Parameters
    ----------
    types
        The types of a block's arrays.
    limit
        Bytes to keep in memory at most.
    directory
        Where the temporary file is made; None: where the system wants it.
    """

    def __init__(
        self, types: Sequence[npt.DTypeLike], limit: int, directory: Path | None = None
    ) -> None:
        self._types = [np.dtype(one) for one in types]
        self._limit = limit
        self._directory = directory
        self._held: list[Block] = []
        self._held_bytes = 0
        self._file: BufferedRandom | None = None
        self._written: list[tuple[int, tuple[int, ...]]] = []  # offset, lengths of the arrays
        self.spilled = 0
        """Bytes written to the file."""
        self.bytes = 0
        """Bytes of all blocks that were added."""

    def __len__(self) -> int:
        return len(self._written) + len(self._held)

    def add(self, *arrays: npt.NDArray[Any]) -> None:
        """Keep a block that nobody changes afterwards; raises OSError if the disk is full."""
        block = tuple(
            np.ascontiguousarray(array, kind)
            for array, kind in zip(arrays, self._types, strict=True)
        )
        self._held.append(block)
        size = sum(array.nbytes for array in block)
        self._held_bytes += size
        self.bytes += size
        if self._held_bytes > self._limit:
            self._write()

    def __getitem__(self, number: int) -> Block:
        """The block that was added as number ``number``."""
        if number >= len(self._written):
            return self._held[number - len(self._written)]
        offset, lengths = self._written[number]
        block = tuple(np.empty(n, kind) for n, kind in zip(lengths, self._types, strict=True))
        assert self._file is not None  # noqa: S101 - something was written
        self._file.seek(offset)
        for array in block:
            if self._file.readinto(_bytes(array)) != array.nbytes:
                raise OSError("the temporary file has become shorter")
        return block

    def __iter__(self) -> Iterator[Block]:
        """All blocks, in the order in which they were added."""
        return (self[number] for number in range(len(self)))

    def close(self) -> None:
        """Forget everything."""
        self._held, self._held_bytes, self._written = [], 0, []
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="tocsin-", dir=self._directory)  # noqa: SIM115
        for block in self._held:
            self._file.seek(0, 2)
            self._written.append((self._file.tell(), tuple(array.size for array in block)))
            for array in block:
                self._file.write(_bytes(array))
        self._file.flush()
        self.spilled += self._held_bytes
        self._held, self._held_bytes = [], 0


def _bytes(array: npt.NDArray[Any]) -> memoryview:
    return array.view(np.uint8).data if array.size else memoryview(bytearray())
