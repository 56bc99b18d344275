"""Hashes of join keys, for all hits of a batch at once: equal keys have equal hashes.

The hash only filters: what survives is read again and compared by value. So where a value is not
plainly a text, a whole number or a boolean of its kind, Python decides what it is worth as a key
(`tocsin.match.join.key_value`) and only then it is hashed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from tocsin.columns.native import lean, load8
from tocsin.match.hashing import hashed, mix
from tocsin.match.join import MOST_TUPLES, MOST_VALUES
from tocsin.match.scalars import read_address
from tocsin.schema.kinds import NUMERIC, TEXTUAL, Kind
from tocsin.schema.values import parse_ip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.columns.cells import Bytes, Scalar
    from tocsin.match.candidate import Key

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

OWN, TEXT, NUMBER, FLAG, ODD = range(5)
"""How a field's values become keys: as they stand, as text, …, always by Python."""

ADDRESS = 8
"""Added to it: texts that are addresses are hashed by what they denote."""

SEED = np.uint64(0x5851F42D4C957F2D)
SPREAD = np.uint64(0x9E3779B97F4A7C15)
NULL = np.uint64(0x2545F4914F6CDD1D)
_ALL = (1 << 64) - 1
FLAGS = np.array([0xD1342543DE82EF95, 0xAF251AF3B0F025B5], np.uint64)


def way(kind: Kind) -> int:
    """How values of a kind become keys."""
    if kind in TEXTUAL or kind is Kind.VERSION:
        return TEXT
    if kind in NUMERIC:
        return NUMBER
    ways = {Kind.BOOLEAN: FLAG, Kind.DATE: ODD, Kind.DATE_NANOS: ODD}
    return ways.get(kind, OWN)


class Reading(NamedTuple):
    """Which cells are key values: those of slot ``s`` for ``start[s]:start[s + 1]`` key fields.

    ``start``: int32[slots + 1]; ``way``: int32[key fields]; ``seed`` of the values' hashes.
    """

    start: Ints
    way: Ints
    seed: np.uint64


class Values(NamedTuple):
    """Key values of some rows. ``start``: int64[rows + 1]; ``field``, ``hash``: one for each."""

    start: Longs
    field: Ints
    hash: Hashes


class Scratch(NamedTuple):
    """Room for the kernels to remember in, made by Python, which does so sooner.

    For each key field the row that a hit asked it of last, the row that had it last, how often that
    had it, its first and last value; for each value the next one of its field; for each key of a
    stage the value taken.
    """

    asked: Longs
    row: Longs
    many: Longs
    first: Longs
    last: Longs
    following: Longs
    taken: Longs


class Keys(NamedTuple):
    """The key fields of all stages: stage ``s`` has ``field[start[s]:start[s + 1]]``.

    ``seed``: of the hashes of each stage's tuples.
    """

    start: Ints
    field: Ints
    optional: Flags
    seed: Hashes


@lean
def number_hash(value: int, seed: np.uint64) -> np.uint64:
    """The hash of a whole number of 64 bits."""
    return np.uint64(mix(np.uint64(value) ^ SPREAD, seed))


@lean
def text_hash(text: Bytes, start: int, length: int, seed: np.uint64) -> np.uint64:
    """The hash of a text."""
    return np.uint64(hashed(text, start, length, False, seed))  # type: ignore[arg-type]


def value_hash(value: Scalar, seed: np.uint64 = SEED) -> int:
    """The hash of a key value."""
    if isinstance(value, bool):
        return int(FLAGS[int(value)])
    if isinstance(value, str):
        text = np.frombuffer(value.encode() + bytes(8), np.uint8)
        return int(text_hash(text, 0, text.size - 8, seed))
    whole = int(value)
    if whole == value and -(2**63) <= whole < 2**63:
        return int(number_hash(whole, seed))
    return int(number_hash(int(np.float64(value).view(np.int64)), seed)) ^ 1


def tuple_hash(key: Key, kinds: Sequence[Kind], tuple_seed: int, seed: int) -> int:
    """The hash of a key tuple, as `join_hits` gives it; ``kinds``: those of its fields."""
    total = tuple_seed
    for part, (value, kind) in enumerate(zip(key, kinds, strict=True)):
        total = (_folded(total ^ _part_hash(value, kind, seed), int(SPREAD)) + part) & _ALL
    return total


def _part_hash(value: Scalar | None, kind: Kind, seed: int) -> int:
    if value is None:
        return int(NULL)
    if kind is Kind.IP and isinstance(value, str) and (address := parse_ip(value)) is not None:
        return _folded(address >> 64 ^ seed, address & _ALL ^ int(SPREAD))
    return value_hash(value, np.uint64(seed))


def _folded(left: int, right: int) -> int:
    product = left * right
    return product >> 64 ^ product & _ALL


@lean
def whole(text: Bytes, start: int, length: int) -> tuple[bool, int]:
    """Whether a text is a whole number of at most 18 digits without needless zeros, and which."""
    digits = length
    place = start
    negative = length > 1 and load8(text, start) == 45
    if negative:
        place += 1
        digits -= 1
    first = load8(text, place) if digits > 0 else 0
    if digits < 1 or digits > 18 or (first == 48 and (digits > 1 or negative)):
        return False, 0
    value = 0
    for at in range(place, place + digits):
        byte = load8(text, at)
        if byte < 48 or byte > 57:
            return False, 0
        value = value * 10 + (byte - 48)
    return True, -value if negative else value


@lean
def cell_hash(
    text: Bytes, tag: int, start: int, length: int, how: int, seed: np.uint64
) -> tuple[bool, np.uint64]:
    """The hash of a cell as a key; False if Python must say what it is worth."""
    if how >= ADDRESS:
        how -= ADDRESS
        if tag == 0:
            found, high, low = read_address(text, start, start + length)
            if found:
                return True, np.uint64(mix(high ^ seed, low ^ SPREAD))
    if how == ODD:
        return False, NULL
    if tag >= 2:
        if how == TEXT:
            return False, NULL
        return True, FLAGS[1 if tag == 2 else 0]
    if tag == 0 and how <= TEXT:
        return True, text_hash(text, start, length, seed)
    if how == FLAG:
        return False, NULL
    plain, value = whole(text, start, length)
    if how == TEXT:
        return plain, text_hash(text, start, length, seed)
    return plain, number_hash(value, seed)


@lean
def read_values(  # noqa: C901 - calls would cost more than the work
    rows: Ints,
    row_start: Longs,
    slot: Ints,
    tag: npt.NDArray[np.uint8],
    start: Longs,
    length: Ints,
    text: Bytes,
    reading: Reading,
    hit_row: Ints,
    hit_stage: Ints,
    keys: Keys,
    values: Values,
    odd: Longs,
    scratch: Scratch,
) -> tuple[int, int]:
    """Fill ``values`` with the key values of ``rows`` (in order, without doubles).

    Only those that the hits' stages need: ``hit_row`` has the places of their rows, ascending. Of a
    field with more than `MOST_VALUES` values in an event one more is taken, as a sign of it.

    ``odd``: int64[:, 3] takes place, cell and key field of each value that Python must judge. The
    answer: how many values and how many odd ones there are; what does not fit is only counted.
    """
    count, doubts, hit = 0, 0, 0
    for field in range(reading.way.size):
        scratch.asked[field] = scratch.row[field] = -1
    for at in range(rows.size):
        values.start[at] = count
        while hit < hit_row.size and hit_row[hit] == at:
            number = hit_stage[hit]
            for part in range(keys.start[number], keys.start[number + 1]):
                scratch.asked[keys.field[part]] = at
            hit += 1
        for cell in range(row_start[rows[at]], row_start[rows[at] + 1]):
            for field in range(reading.start[slot[cell]], reading.start[slot[cell] + 1]):
                if scratch.asked[field] != at:
                    continue
                if scratch.row[field] != at:
                    scratch.row[field] = at
                    scratch.many[field] = 0
                scratch.many[field] += 1
                if scratch.many[field] > MOST_VALUES + 1:
                    continue
                if count < values.field.size:
                    settled, value = cell_hash(
                        text,
                        tag[cell],
                        start[cell],
                        length[cell],
                        reading.way[field],
                        reading.seed,
                    )
                    values.field[count] = field
                    values.hash[count] = value
                    if not settled:
                        if doubts < odd.shape[0]:
                            odd[doubts, 0] = count
                            odd[doubts, 1] = cell
                            odd[doubts, 2] = field
                        doubts += 1
                count += 1
    values.start[rows.size] = count
    return count, doubts


@lean
def join_hits(  # noqa: C901, PLR0912 - calls would cost more than the work
    hit_row: Ints,
    hit_stage: Ints,
    values: Values,
    keys: Keys,
    stage: Ints,
    row: Ints,
    key: Hashes,
    scratch: Scratch,
) -> tuple[int, int]:
    """One record for each hit and key tuple: its stage, its row, the hash of the tuple.

    ``hit_row``: ascending places in the rows that ``values`` has. The answer: how many records
    there are (what does not fit is only counted), and of how many hits some tuples were left out.
    """
    _, last_row, many, first, last, following, taken = scratch
    for field in range(last_row.size):
        last_row[field] = -1
    count, capped, current = 0, 0, -1
    for hit in range(hit_row.size):
        if hit_row[hit] != current:
            current = int(hit_row[hit])
            for place in range(values.start[current], values.start[current + 1]):
                field = values.field[place]
                if last_row[field] != current:
                    last_row[field] = current
                    first[field] = place
                    many[field] = 1
                else:
                    many[field] += 1
                    if many[field] > MOST_VALUES:
                        continue
                    following[last[field]] = place
                last[field] = place
                following[place] = -1
        number = hit_stage[hit]
        begin, end = int(keys.start[number]), int(keys.start[number + 1])
        more, cut = True, False
        for part in range(begin, end):
            field = keys.field[part]
            taken[part - begin] = -1
            if last_row[field] == current:
                taken[part - begin] = first[field]
                cut = cut or many[field] > MOST_VALUES
            elif not keys.optional[part]:
                more = False
        tuples = 0
        while more:
            if tuples == MOST_TUPLES:
                cut = True
                break
            total = keys.seed[number]
            for part in range(end - begin):
                value = values.hash[taken[part]] if taken[part] >= 0 else NULL
                total = mix(total ^ value, SPREAD) + np.uint64(part)
            if count < stage.size:
                stage[count] = number
                row[count] = current
                key[count] = total
            count += 1
            tuples += 1
            more = False
            part = end - begin - 1
            while part >= 0 and not more:
                if taken[part] >= 0:
                    more = following[taken[part]] >= 0
                    taken[part] = (
                        following[taken[part]] if more else first[keys.field[begin + part]]
                    )
                part -= 1
        capped += cut
    return count, capped
