"""IPv4 addresses in texts, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import compiled, load8

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

_DOT, _ZERO = ord("."), ord("0")


@compiled
def ipv4(text: Bytes, ends: Ints, found: Ints) -> None:
    """The IPv4 address that each text is, -1 for what is none: four numbers without zeros before.

    Text ``n`` is ``text[ends[n] : ends[n + 1]]``; ``found``: int64[texts].
    """
    for number in range(found.size):
        at, end = ends[number], ends[number + 1]
        address, parts, digits, part = 0, 0, 0, 0
        sound = 7 <= end - at <= 15
        while sound and at < end:
            byte = load8(text, at)
            at += 1
            if byte == _DOT:
                sound = digits > 0
                address, part, digits, parts = address << 8 | part, 0, 0, parts + 1
            else:
                digit = byte - _ZERO
                sound = 0 <= digit <= 9 and (digits == 0 or part > 0)
                part, digits = 10 * part + digit, digits + 1
                sound = sound and part < 256
        sound = sound and parts == 3 and digits > 0
        found[number] = address << 8 | part if sound else -1
