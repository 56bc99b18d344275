"""Reads single events once more, from the bytes at their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.inputs.envelope import value_end
from tocsin.inputs.framing import PADDING
from tocsin.inputs.lines import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tocsin.inputs.stream import ByteStream

LOOK = 16 << 10
"""Bytes that are read for an event at first; more if it is longer."""


def values_at(stream: ByteStream, offsets: Iterable[int]) -> Iterator[bytes | None]:
    """The JSON objects at these places of a stream that stands at its beginning.

    Parameters
    ----------
    offsets
        Rising; a place may be asked for twice. Where no object is now, None is given.
    """
    held = bytearray()
    base = 0
    for offset in offsets:
        if offset > base + len(held):
            stream.skip(offset - base - len(held))
            held.clear()
        else:
            del held[: offset - base]
        base = offset
        yield _value(stream, held)


def _value(stream: ByteStream, held: bytearray) -> bytes | None:
    """The object with which the held bytes begin, more being read as needed."""
    size = LOOK
    while size <= 4 * LONGEST:
        if len(held) < size:
            room = bytearray(size - len(held))
            held += memoryview(room)[: stream.readinto(memoryview(room))]
        if not held.startswith(b"{"):
            return None
        data = np.frombuffer(bytearray(held[:size] + bytes(PADDING)), np.uint8)
        end = int(value_end(data, 0, min(size, len(held))))
        if end > 0:
            return bytes(held[:end])
        if len(held) < size:
            return None
        size *= 4
    return None
