"""The values of one field in some events: each distinct value once, and which events have which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from tocsin.columns.cells import Scalar

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

NOTHING = -1
"""The code of an event that has no value."""


@dataclass(slots=True, weakref_slot=True)
class Column:
    """``words``: the distinct values. ``codes``: int32, the number of each value's word.

    ``starts``: int64[n+1], where the values of each of n events begin in ``codes``; None: each
    event has one, or `NOTHING`.
    """

    words: pa.Array
    codes: Codes
    starts: Ints | None = None

    def __len__(self) -> int:
        return len(self.codes) if self.starts is None else len(self.starts) - 1

    @property
    def bytes(self) -> int:
        """About how much memory it takes."""
        return (
            int(self.words.nbytes)
            + self.codes.nbytes
            + (0 if self.starts is None else self.starts.nbytes)
        )

    def rows(self, true: Mask) -> Mask:
        """Which events have a word for which `true` is True; ``true``: bool[words]."""
        some = np.flatnonzero(true)
        if not some.size:
            return np.zeros(len(self), np.bool_)
        if some.size == 1:
            held: Mask = self.codes == some[0]
        else:
            held = np.append(true, False)[self.codes]
        if self.starts is None:
            return held
        counts = np.concatenate([np.zeros(1, np.int64), np.cumsum(held, dtype=np.int64)])
        found: Mask = counts[self.starts[1:]] > counts[self.starts[:-1]]
        return found

    def pairs(self, rows: Ints) -> tuple[Ints, Codes]:
        """Row and code of each value of some events, doubles too."""
        if self.starts is None:
            codes = self.codes[rows]
            has = codes != NOTHING
            return rows[has], codes[has]
        begins, counts = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(counts)
        at = np.arange(int(ends[-1]) if len(ends) else 0)
        at += np.repeat(begins - (ends - counts), counts)
        codes = self.codes[at]
        has = codes != NOTHING
        return np.repeat(rows, counts)[has], codes[has]

    def part(self, begin: int, end: int) -> Column:
        """The same of some neighbouring events; nothing is copied, and all words stay."""
        if self.starts is None:
            return Column(self.words, self.codes[begin:end])
        low, high = self.starts[begin], self.starts[end]
        return Column(self.words, self.codes[low:high], self.starts[begin : end + 1] - low)

    def values(self) -> list[Scalar]:
        """The words as Python has them; times are ms since 1970."""
        return _plain(self.words).to_pylist()


def column_of(values: pa.Array | pa.ChunkedArray) -> Column:
    """A column as Arrow has it."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(whole, pa.ChunkedArray):  # several chunks can be too large for one
        raise pa.ArrowInvalid("too many bytes in one column")
    starts = None
    if pa.types.is_list(whole.type):
        counts = pc.fill_null(pc.list_value_length(whole), 0).to_numpy().astype(np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        whole = whole.flatten()
    if not pa.types.is_dictionary(whole.type):
        whole = _plain(whole).dictionary_encode()
    codes = pc.fill_null(whole.indices, NOTHING).to_numpy(zero_copy_only=False)
    return Column(whole.dictionary, codes.astype(np.int32, copy=False), starts)


def _plain(values: pa.Array) -> pa.Array:
    return values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values
