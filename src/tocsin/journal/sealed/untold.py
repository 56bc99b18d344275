"""The names of fields that the columns of a row do not tell whole, as a column of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import lean
from tocsin.journal.sealed.columns import fields
from tocsin.journal.sealed.gather import LONGEST
from tocsin.journal.sealed.parquet import Values, words_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Shorts = npt.NDArray[np.int32]


def names_told(rows: Shorts, slots: Shorts) -> Values | None:
    """For each row the names of some fields, as a list; None if there are none.

    ``rows``, ``slots``: in any order, some of them more than once.
    """
    if not rows.size:
        return None
    names = fields().names
    if (np.diff(rows) < 0).any():
        order = np.argsort(rows, kind="stable")
        rows, slots = rows[order], slots[order]
    found, untold = np.empty(rows.size, np.int32), np.empty(rows.size, np.int32)
    count = paired(rows, slots, found, untold)
    found, untold = found[:count], untold[:count]
    known = np.flatnonzero(np.bincount(untold, minlength=len(names)))
    codes = np.empty(len(names), np.int32)
    codes[known] = np.arange(known.size)
    texts = [names[slot].encode() for slot in known.tolist()]
    return Values(
        found,
        codes[untold],
        words_of(texts),
        span=(min(texts), max(texts)) if max(map(len, texts)) <= LONGEST else None,
        listed=True,
    )


@lean
def paired(rows: Shorts, slots: Shorts, out_rows: Shorts, out_slots: Shorts) -> int:
    """Rows, which rise, with their slots in order, each pair once; how many these are."""
    count = first = 0
    for at in range(rows.size):
        row, slot = rows[at], slots[at]
        if count == 0 or out_rows[count - 1] != row:
            first = count
        low, high = first, count
        while low < high:
            middle = (low + high) // 2
            if out_slots[middle] < slot:
                low = middle + 1
            else:
                high = middle
        if low < count and out_slots[low] == slot:
            continue
        for place in range(count, low, -1):
            out_slots[place] = out_slots[place - 1]
        out_rows[count] = row
        out_slots[low] = slot
        count += 1
    return count
