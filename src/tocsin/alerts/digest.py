"""BLAKE2b of many texts at once: four side by side, in the lanes of the processor's vectors.

``digests`` is compiled. It gives what ``hashlib.blake2b(text, digest_size=16).hexdigest()`` gives,
in a third of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from tocsin.columns.native import address, lean, load8, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from tocsin.alerts.tree import Table
    from tocsin.columns.cells import Bytes

    Whole = npt.NDArray[np.int64]

LANES, BLOCK, SIZE = 4, 128, 16
"""Texts side by side, bytes that are mixed in at once, and bytes of a digest."""

DIGITS = 2 * SIZE
ZERO, LETTERS, LOW = 0x30, 0x57, np.uint64(15)

ROWS = 5
PLACE, IN_TAIL, COUNT, LAST, LIVE = range(ROWS)
"""Rows of the lanes: where the block stands, whether in ``tails``, how many bytes have been mixed
in with it; and as masks, whether it is the text's last, and whether the text has it at all."""

START = (
    0x6A09E667F3BCC908,
    0xBB67AE8584CAA73B,
    0x3C6EF372FE94F82B,
    0xA54FF53A5F1D36F1,
    0x510E527FADE682D1,
    0x9B05688C2B3E6C1F,
    0x1F83D9ABFB41BD6B,
    0x5BE0CD19137E2179,
)
ORDERS = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
    (11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4),
    (7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8),
    (9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13),
    (2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9),
    (12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11),
    (13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10),
    (6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5),
    (10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0),
)
ROUNDS = 12
"""As RFC 7693 has them."""

FIRST = np.array([START[0] ^ 0x01010000 ^ SIZE, *START[1:]], np.uint64)

STATE, DATA, TAILS, LANE_ROWS = range(4)
"""The arguments of ``compress``."""

_word = ir.IntType(64)
_vector = ir.VectorType(_word, LANES)
_machine: Any = ir


def _splat(value: int) -> Any:  # noqa: ANN401
    return _machine.Constant(_vector, [value] * LANES)


def _turned(builder: Any, value: Any, count: int) -> Any:  # noqa: ANN401
    """Each lane with its bits turned to the right."""
    low = builder.lshr(value, _splat(count))
    return builder.or_(low, builder.shl(value, _splat(64 - count)))


def _mix(builder: Any, v: list[Any], at: list[int], words: list[Any]) -> None:  # noqa: ANN401
    """The function G of the specification."""
    a, b, c, d = at
    for word, first, second in zip(words, (32, 16), (24, 63), strict=True):
        v[a] = builder.add(builder.add(v[a], v[b]), word)
        v[d] = _turned(builder, builder.xor(v[d], v[a]), first)
        v[c] = builder.add(v[c], v[d])
        v[b] = _turned(builder, builder.xor(v[b], v[c]), second)


def _compress(typing: Any, state: Any, data: Any, tails: Any, lanes: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        def place(array: int, index: Any) -> Any:  # noqa: ANN401
            return address(context, builder, signature.args[array], arguments[array], index)

        told = [_loaded(builder, place(LANE_ROWS, _number(row * LANES))) for row in range(ROWS)]
        blocks = [
            builder.select(
                builder.trunc(builder.extract_element(told[IN_TAIL], _number(lane)), ir.IntType(1)),
                place(TAILS, builder.extract_element(told[PLACE], _number(lane))),
                place(DATA, builder.extract_element(told[PLACE], _number(lane))),
            )
            for lane in range(LANES)
        ]
        words: list[Any] = []
        for part in range(0, BLOCK, 8 * LANES):
            parts = [builder.gep(block, [_number(part)]) for block in blocks]
            words += _transposed(builder, [_loaded(builder, pointer) for pointer in parts])
        known = [_loaded(builder, place(STATE, _number(row * LANES))) for row in range(8)]
        v = [*known, *map(_splat, START)]
        v[12] = builder.xor(v[12], told[COUNT])
        v[14] = builder.xor(v[14], told[LAST])
        for number in range(ROUNDS):
            order = ORDERS[number % len(ORDERS)]
            for turn in range(8):
                slant = turn // 4
                at = [4 * row + (turn + slant * row) % 4 for row in range(4)]
                _mix(builder, v, at, [words[order[2 * turn]], words[order[2 * turn + 1]]])
        for row, before in enumerate(known):
            change = builder.and_(builder.xor(v[row], v[row + 8]), told[LIVE])
            pointer = builder.bitcast(place(STATE, _number(row * LANES)), _vector.as_pointer())
            builder.store(builder.xor(before, change), pointer).align = 1
        return context.get_dummy_value()

    return types.none(state, data, tails, lanes), generate


def _number(value: int) -> Any:  # noqa: ANN401
    return _machine.Constant(_word, value)


def _loaded(builder: Any, pointer: Any) -> Any:  # noqa: ANN401
    found = builder.load(builder.bitcast(pointer, _vector.as_pointer()))
    found.align = 1
    return found


def _transposed(builder: Any, rows: list[Any]) -> list[Any]:  # noqa: ANN401
    """Vectors of a word each of all texts, from vectors of four words of a text each."""

    def picked(one: Any, other: Any, *places: int) -> Any:  # noqa: ANN401
        kind = ir.VectorType(ir.IntType(32), LANES)
        return builder.shuffle_vector(one, other, _machine.Constant(kind, [*places]))

    a, b, c, d = rows
    low, high = picked(a, b, 0, 4, 2, 6), picked(a, b, 1, 5, 3, 7)
    low2, high2 = picked(c, d, 0, 4, 2, 6), picked(c, d, 1, 5, 3, 7)
    return [
        picked(low, low2, 0, 1, 4, 5),
        picked(high, high2, 0, 1, 4, 5),
        picked(low, low2, 2, 3, 6, 7),
        picked(high, high2, 2, 3, 6, 7),
    ]


_intrinsic: Any = intrinsic
compress: Callable[[Any, Bytes, Bytes, Any], None] = _intrinsic(_compress)
"""Mix a block of each text into the state; all places lie in their arrays."""


@lean
def digests(
    data: Bytes, spans: Table, state: npt.NDArray[np.uint64], lanes: Whole, tails: Bytes, out: Bytes
) -> None:
    """Write the digests of ``data[spans[i, 0]:spans[i, 1]]``, in `DIGITS` hexadecimal digits each.

    Parameters
    ----------
    state, lanes, tails
        What it works with, of 32, 20 and 512 elements.
    """
    count = spans.shape[0]
    for first in range(0, count, LANES):
        blocks = 0
        for lane in range(LANES):
            row = min(first + lane, count - 1)
            end = spans[row, 1]
            last = last_block(end - spans[row, 0])
            blocks = max(blocks, last + 1)
            at = spans[row, 0] + last * BLOCK
            for index in range(BLOCK):
                tails[lane * BLOCK + index] = load8(data, at + index) if at + index < end else 0
            for word in range(8):
                state[word * LANES + lane] = FIRST[word]
        for block in range(blocks):
            for lane in range(LANES):
                row = min(first + lane, count - 1)
                size = spans[row, 1] - spans[row, 0]
                last = last_block(size)
                at = spans[row, 0] + block * BLOCK
                lanes[PLACE * LANES + lane] = at if block < last else lane * BLOCK
                lanes[IN_TAIL * LANES + lane] = block >= last
                lanes[COUNT * LANES + lane] = min((block + 1) * BLOCK, size)
                lanes[LAST * LANES + lane] = -1 if block == last else 0
                lanes[LIVE * LANES + lane] = -1 if block <= last else 0
            compress(state, data, tails, lanes)
        for lane in range(min(LANES, count - first)):
            for digit in range(DIGITS):
                word = state[digit // 16 * LANES + lane]
                turned = np.uint64(digit % 16 // 2 * 8 + (4 if digit % 2 == 0 else 0))
                value = whole((word >> turned) & LOW)
                out[(first + lane) * DIGITS + digit] = value + (ZERO if value < 10 else LETTERS)


@lean
def last_block(size: int) -> int:
    """The number, from 0, of the last block of a text; one without bytes has a block too."""
    return (max(size, 1) - 1) // BLOCK
