"""Events that may be the same: a number that equal events share, and hardly any others.

Events that hold the same (`tocsin.columns.content`) have the same time and the same texts in each
field, in whatever order the fields stand. The texts of fields that rules read, and the time, make
the number; whether two events of one number are the same, their content says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.cells import STRING, Bytes, Cells
from tocsin.columns.native import lean
from tocsin.match.canonical import views
from tocsin.match.hashing import Words, hashed, mix, signed, unsigned
from tocsin.plan.tables import Int32s

if TYPE_CHECKING:
    from tocsin.match.keyhash import Longs


def fingerprints(cells: Cells, seed: int) -> Longs:
    """One number for each row (int64[n]). ``seed``: the same as long as they are compared."""
    found = np.empty(len(cells.row_start) - 1, np.int64)
    _fingerprints(*views(cells), cells.time.view(), seed, found)
    return found


@lean
def _fingerprints(
    row_start: Words,
    slot: Int32s,
    tag: Bytes,
    start: Words,
    length: Int32s,
    text: Bytes,
    time: Words,
    seed: int,
    found: Words,
) -> None:
    for row in range(found.size):
        total = mix(unsigned(time[row]) ^ unsigned(seed), unsigned(0x9E3779B97F4A7C15))
        for cell in range(row_start[row], row_start[row + 1]):
            if tag[cell] == STRING:
                secret = mix(unsigned(seed), unsigned(slot[cell] + 0x5851F42D4C957F2D))
                value = hashed(text, start[cell], length[cell], False, secret)
                total += mix(unsigned(value), unsigned(0xA0761D6478BD642F))
        found[row] = signed(total)
