"""Which names are wanted, as tables that the scanner walks while it reads keys.

Each prefix of a wanted name, cut at a dot, is a node; node 1 is the event itself and node 0 is
"nothing here is wanted". A node's table knows all ways to go on, of any number of segments: nested
objects and dotted keys, mixed in any manner, reach the same node by one look-up for each key. The
keys that lead to a node, joined by dots, are always its name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes, FieldSet

NOTHING, EVENT = 0, 1
"""The nodes under which nothing is wanted, and under which everything is."""

CLOCK = 28
TIMESTAMP, INGESTED = 1, 2
"""The two times of an event, in ``Trie.use`` from bit ``CLOCK`` on."""

SLOT = (1 << CLOCK) - 1
FALLBACK = b"event.ingested"
DOT = ord(".")

LONGEST = 32
"""The most segments that a key may have; Elasticsearch's own limit for a name is 20."""

WORD = (1 << 64) - 1
MIX, STIR = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93


class Trie(NamedTuple):
    """The tables of a field set, as the scanner takes them."""

    use: npt.NDArray[np.int64]
    """For each node its slot + 1 or 0; from bit ``CLOCK`` on which time stands there, if any."""

    base: npt.NDArray[np.int64]
    """Where each node's table begins in ``entries``."""

    mask: npt.NDArray[np.int64]
    """The size of each node's table less one: a power of two, at most half full."""

    entries: npt.NDArray[np.uint64]
    """Four words for each place of a table: the key's first and last eight bytes, its length << 32
    | the node it leads to, where its bytes stand in ``keys``. A free place is all zeros."""

    keys: Bytes


def mixed(first: int, last: int, size: int) -> int:
    """Where to look first for a key; the scanner computes the same."""
    return (((first * MIX & WORD) ^ (last + size)) * STIR & WORD) >> 32


def ends_of(key: bytes) -> tuple[int, int]:
    """The first and the last eight bytes of a key as numbers; a shorter key fills them partly."""
    return int.from_bytes(key[:8], "little"), int.from_bytes(key[-8:], "little")


@lru_cache(maxsize=16)
def trie_of(fields: FieldSet, *, timed: bool = True) -> Trie:
    """The tables of a field set, made once; with the two times of an event or without."""
    nodes: dict[bytes, int] = {}
    use = [0, 0]
    steps: list[dict[bytes, int]] = [{}, {}]

    def node(name: bytes) -> int:
        """The node of a name; makes it, those of its prefixes, and the ways that lead there."""
        way, starts = [EVENT], [0]
        for end in (*(at for at, byte in enumerate(name) if byte == DOT), len(name)):
            found = nodes.setdefault(name[:end], len(use))
            if found == len(use):
                use.append(0)
                steps.append({})
            for origin, start in zip(way[-LONGEST:], starts[-LONGEST:], strict=True):
                steps[origin][name[start:end]] = found
            way.append(found)
            starts.append(end + 1)
        return way[-1]

    for name, slot in fields.slots.items():
        use[node(name.encode("utf-8", "surrogatepass"))] = slot + 1
    if timed:
        use[node(FALLBACK)] |= INGESTED << CLOCK
        place = node(fields.timestamp.encode("utf-8", "surrogatepass"))
        use[place] = use[place] & SLOT | TIMESTAMP << CLOCK
    return _packed(use, steps)


def _packed(use: list[int], steps: list[dict[bytes, int]]) -> Trie:
    base, mask = [], []
    entries: list[int] = []
    keys = bytearray()
    stored: dict[bytes, int] = {}
    for ways in steps:
        size = 1 << (2 * len(ways)).bit_length() if ways else 1
        base.append(len(entries))
        mask.append(size - 1)
        table = [0] * (4 * size)
        for key, child in ways.items():
            first, last = ends_of(key)
            at = mixed(first, last, len(key)) % size
            while table[4 * at + 2]:
                at = (at + 1) % size
            if key not in stored:
                stored[key] = len(keys)
                keys += key
            table[4 * at : 4 * at + 4] = (first, last, len(key) << 32 | child, stored[key])
        entries += table
    return Trie(
        np.array(use, np.int64),
        np.array(base, np.int64),
        np.array(mask, np.int64),
        np.array(entries, np.uint64),
        np.frombuffer(bytes(keys + bytes(64)), np.uint8),
    )
