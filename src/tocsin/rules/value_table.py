"""The values of a value list, however many, in a form that answers «is this one of them?».

Texts are kept as hashes of 128 bits, sorted (16 bytes a value, whatever its length); addresses,
numbers and times as ranges that do not overlap, sorted. A million values take 16 to 32 MB.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from tocsin.schema.values import Value, number_of, parse_ip, parse_time, text_of

_BYTES = 16
# NumPy leaves out zero bytes at the end of what it hands out; compared with each other they count
_KEYS = np.dtype(f"S{_BYTES}")


class Holds(StrEnum):
    """What the values of a list are."""

    TEXT = "text"
    FOLDED = "folded"
    IP = "ip"
    NUMBER = "number"
    TIME = "time"


class ValueTable:
    """Values of one kind; equal to another table that was made of the same values.

    Parameters
    ----------
    holds
        What the values are; ``FOLDED``: texts whose ASCII letters match both cases.
    digest
        Names the content: tables with the same are equal.
    keys, low, high
        Sorted: hashes of texts, or the first and last of each range.
    """

    __slots__ = ("_high", "_keys", "_low", "count", "digest", "holds")

    def __init__(
        self,
        holds: Holds,
        digest: str,
        keys: npt.NDArray[np.bytes_],
        low: npt.NDArray[np.bytes_],
        high: npt.NDArray[np.bytes_],
    ) -> None:
        self.holds = holds
        self.digest = digest
        self._keys, self._low, self._high = keys, low, high
        self.count = len(keys) + len(low)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ValueTable) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"<ValueTable of {self.count} {self.holds} {self.digest[:8]}>"

    def has(self, value: Value) -> bool:
        """Whether a value is one of them, or lies in one of the ranges."""
        match self.holds:
            case Holds.TEXT:
                return self._has_key(text_key(text_of(value)))
            case Holds.FOLDED:
                return self._has_key(text_key(fold(text_of(value))))
            case Holds.IP:
                return self._within(parse_ip(value))
            case Holds.TIME:
                return self._within(_ordered(parse_time(value)))
            case Holds.NUMBER:
                return self._within(_ordered(number_of(value)))

    def _has_key(self, key: bytes) -> bool:
        place = int(np.searchsorted(self._keys, np.bytes_(key)))
        return place < len(self._keys) and self._keys[place].ljust(_BYTES, b"\0") == key

    def _within(self, number: int | None) -> bool:
        if number is None:
            return False
        key = number.to_bytes(_BYTES, "big")
        place = int(np.searchsorted(self._low, np.bytes_(key), "right")) - 1
        return place >= 0 and key <= self._high[place].ljust(_BYTES, b"\0")


def fold(text: str) -> str:
    """The text with ASCII letters in lower case, as patterns that ignore case compare."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_MIDDLE = 1 << 127
_SCALE = 1 << 40
_MOST = float(1 << 80)


def text_key(text: str) -> bytes:
    """The 16 bytes that stand for a text."""
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=_BYTES).digest()


def _ordered(number: float | None) -> int | None:
    """A number as one that is not negative, in the same order; exact for integers of 64 bits.

    Of a fraction 40 bits count.
    """
    if number is None or abs(number) > _MOST:
        return None
    if isinstance(number, int):
        return _MIDDLE + number * _SCALE
    whole = int(number // 1)
    return _MIDDLE + whole * _SCALE + int((number - whole) * _SCALE)


def text_table(values: Iterable[str], *, folded: bool) -> ValueTable:
    """A table of texts, taken one by one."""
    joined = bytearray()
    for value in values:
        joined += text_key(fold(value) if folded else value)
    keys = np.unique(np.frombuffer(bytes(joined), dtype=_KEYS))
    nothing = np.zeros(0, _KEYS)
    holds = Holds.FOLDED if folded else Holds.TEXT
    return ValueTable(holds, _digest(holds, keys), keys, nothing, nothing)


def range_table(holds: Holds, ranges: Iterable[tuple[float, float]]) -> ValueTable:
    """A table of ranges, first and last value of each: numbers, milliseconds or addresses."""
    low, high = bytearray(), bytearray()
    for first, last in ranges:
        ends = (first, last) if holds is Holds.IP else (_ordered(first), _ordered(last))
        if None not in ends:
            low += int(ends[0] or 0).to_bytes(_BYTES, "big")
            high += int(ends[1] or 0).to_bytes(_BYTES, "big")
    merged = _merged(
        np.frombuffer(bytes(low), dtype=_KEYS), np.frombuffer(bytes(high), dtype=_KEYS)
    )
    return ValueTable(holds, _digest(holds, *merged), np.zeros(0, _KEYS), *merged)


def _merged(
    low: npt.NDArray[np.bytes_], high: npt.NDArray[np.bytes_]
) -> tuple[npt.NDArray[np.bytes_], npt.NDArray[np.bytes_]]:
    """Ranges in order, those that overlap as one."""
    order = np.argsort(low, kind="stable")
    low, high = low[order], high[order]
    kept: list[int] = []
    ends: list[bytes] = []
    for place, (first, last) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        if ends and first <= ends[-1]:
            ends[-1] = max(ends[-1], last)
        else:
            kept.append(place)
            ends.append(last)
    return low[kept], np.array(ends, dtype=_KEYS)


def _digest(holds: Holds, *arrays: npt.NDArray[np.bytes_]) -> str:
    whole = hashlib.sha256(holds.encode())
    for array in arrays:
        whole.update(b"%d:" % len(array))
        whole.update(array.tobytes())
    return whole.hexdigest()
