"""Which indicators have a value, for any number of them: sorted hashes, on disk if they are many.

A filter in memory (16 bits a value) turns away what no indicator has. What passes is looked up in
an array of hashes in order, with the number of the indicator beside each: 12 bytes a value, in a
temporary file once there are more than `MOST_HELD`.
"""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
import numpy.typing as npt

from tocsin.match.indicator_hash import fill
from tocsin.match.keyhash import Hashes
from tocsin.match.spill import Spill

MOST_HELD = 1 << 21
"""Values whose hashes are kept and put in order in memory."""

Numbers = npt.NDArray[np.uint32]

_LIMIT = 32 << 20
_BUCKETS = 1 << 16


class Table:
    """Hashes of values with the numbers of indicators; `finish` it before it is asked."""

    def __init__(self, most_held: int | None = None) -> None:
        self._blocks = Spill((np.uint64, np.uint32), _LIMIT)
        self._most_held = MOST_HELD if most_held is None else most_held
        self._hash: Hashes = np.zeros(0, np.uint64)
        self._number: Numbers = np.zeros(0, np.uint32)
        self._starts = np.zeros(_BUCKETS + 1, np.int64)
        self.bloom: Hashes = np.zeros(1, np.uint64)
        self.count = 0
        """Values that were added."""

    def add(self, hashes: Hashes, numbers: Numbers) -> None:
        """Add values, each of the indicator with that number."""
        if hashes.size:
            self._blocks.add(hashes.copy(), numbers.copy())
            self.count += hashes.size

    def finish(self) -> None:
        """Put everything in order."""
        words = 1 << max(0, (self.count * 16 // 64).bit_length())
        self.bloom = np.zeros(words, np.uint64)
        for block in self._blocks:
            fill(self.bloom, block[0])
        if self.count <= self._most_held:
            self._hash, self._number = _ordered(list(self._blocks))
        else:
            self._on_disk()
        self._blocks.close()
        edges = np.arange(_BUCKETS, dtype=np.uint64) << np.uint64(48)
        self._starts[:-1] = np.searchsorted(self._hash, edges)
        self._starts[-1] = self.count

    def numbers(self, value: int) -> Numbers:
        """The indicators that have a value with this hash, ascending, without doubles."""
        bucket = value >> 48
        begin, end = int(self._starts[bucket]), int(self._starts[bucket + 1])
        part = self._hash[begin:end]
        wanted = np.uint64(value)
        first = begin + int(np.searchsorted(part, wanted))
        last = begin + int(np.searchsorted(part, wanted, "right"))
        return np.unique(self._number[first:last])

    def _on_disk(self) -> None:
        """Write a file of hashes and one of numbers, part after part of the range of hashes."""
        self._hash = _mapped(np.uint64, self.count)
        self._number = _mapped(np.uint32, self.count)
        bits = max(1, (self.count // self._most_held).bit_length())
        at = 0
        for part in range(1 << bits):
            blocks = []
            for hashes, numbers in self._blocks:
                chosen = hashes >> np.uint64(64 - bits) == part
                blocks.append((hashes[chosen], numbers[chosen]))
            hashes, numbers = _ordered(blocks)
            self._hash[at : at + hashes.size] = hashes
            self._number[at : at + hashes.size] = numbers
            at += hashes.size


def _ordered(blocks: list[Any]) -> tuple[Hashes, Numbers]:
    hashes = np.concatenate([np.zeros(0, np.uint64), *(block[0] for block in blocks)])
    numbers = np.concatenate([np.zeros(0, np.uint32), *(block[1] for block in blocks)])
    order = np.argsort(hashes, kind="stable")
    return hashes[order], numbers[order]


def _mapped(kind: npt.DTypeLike, size: int) -> npt.NDArray[Any]:
    with tempfile.TemporaryFile(prefix="tocsin-") as file:
        return np.memmap(file, kind, "w+", shape=(size,))
