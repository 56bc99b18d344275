"""Memory that is used again: blocks for the arrays of one batch after another.

A fresh page costs the kernel of the operating system more to hand out than the scanner to fill. A
block is free again as soon as no array lies in it any more, which a ``bytearray`` itself knows: it
cannot be resized while somebody looks into it.
"""

from __future__ import annotations

from threading import Lock

BLOCKS = 8
LARGEST = 32 << 20
"""At most so many blocks are kept, none larger than this; larger ones are given back after use."""


class Pool:
    """Blocks of memory that are kept for the next one who asks, at most so many."""

    def __init__(self, blocks: int = BLOCKS) -> None:
        self._most = blocks
        self._blocks: list[bytearray] = []
        self._lock = Lock()

    def block(self, size: int) -> memoryview:
        """A block of ``size`` bytes or more, of any content; in use while anything refers to it."""
        if size > LARGEST:
            return memoryview(bytearray(size))
        with self._lock:
            free = [block for block in self._blocks if _is_free(block)]
            fitting = [block for block in free if len(block) >= size]
            if fitting:
                return memoryview(min(fitting, key=len))
            if len(self._blocks) >= self._most:
                # All are in use or too small: the new one takes the place of the first that is not.
                self._blocks.remove(min(free, key=len) if free else self._blocks[0])
            # A little more than asked for, since the next batch will not have the same size.
            made = bytearray(size + size // 8 + 1)
            self._blocks.append(made)
            return memoryview(made)

    def clear(self) -> None:
        """Keep none; those in use are given back after it."""
        with self._lock:
            self._blocks.clear()


def _is_free(block: bytearray) -> bool:
    try:
        block.append(block.pop())
    except BufferError:
        return False
    return True
