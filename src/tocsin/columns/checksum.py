"""CRC-32 as zlib has it, several times as fast where the processor multiplies polynomials.

Sixty-four bytes at a time are folded into what has the same remainder ("Fast CRC Computation for
Generic Polynomials Using PCLMULQDQ", Intel 2009); zlib tells the checksum of the 16 bytes that are
left, and of those behind the last 64.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from llvmlite import binding, ir
from numba.core import types
from numba.extending import intrinsic

from tocsin.columns.native import address, compiled, machine, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.columns.cells import Bytes

LEAST = 4 << 10
"""Bytes for which a kernel is worth its call."""

_STEP, _LANES = 64, 4
_PAIR = ir.VectorType(ir.IntType(64), 2)
_BY_64 = 0x154442BD4, 0x1C6E41596
_BY_16 = 0x1751997D0, 0x0CCAA009E
"""Remainders of powers of x, bits reversed: what a value is multiplied by to move it so far."""

_ALL = 0xFFFFFFFF


def checksum(data: bytes | bytearray | memoryview) -> int:
    """What `zlib.crc32` says."""
    whole = len(data) // _STEP
    if len(data) < LEAST or not _multiplies():
        return crc32(data)
    left = np.empty(16, np.uint8)
    given = np.frombuffer(data, np.uint8)
    given.flags.writeable = False  # one type of array is enough
    _folded(given, whole, left)
    return crc32(memoryview(data)[whole * _STEP :], crc32(left.data, _ALL))


@cache
def _multiplies() -> bool:
    """Whether the processor does, and kernels are made for it, not for another."""
    if settings.CPU_NAME or settings.CPU_FEATURES:
        return False
    return bool(binding.get_host_cpu_features().get("pclmul"))


def _fold(typing: Any, data: Any, whole: Any, left: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        byte = ir.IntType(8)
        kind = ir.FunctionType(_PAIR, [_PAIR, _PAIR, byte])
        product = machine.get_or_insert_function(builder.module, kind, "llvm.x86.pclmulqdq")
        given, count, target = arguments
        source, _, out = signature.args

        def read(at: Any) -> Any:  # noqa: ANN401
            place = address(context, builder, source, given, at)
            found = builder.load(builder.bitcast(place, _PAIR.as_pointer()))
            found.align = 1
            return found

        def moved(value: Any, over: tuple[int, int]) -> Any:  # noqa: ANN401
            by = ir.Constant(_PAIR, over)
            low = builder.call(product, [value, by, ir.Constant(byte, 0x00)])
            high = builder.call(product, [value, by, ir.Constant(byte, 0x11)])
            return builder.xor(low, high)

        zero = ir.Constant(count.type, 0)
        lanes = [machine.alloca_once(builder, _PAIR) for _ in range(_LANES)]
        for number, lane in enumerate(lanes):
            first = read(builder.add(zero, ir.Constant(count.type, 16 * number)))
            begun = ir.Constant(_PAIR, (0 if number else _ALL, 0))
            builder.store(builder.xor(first, begun), lane)
        with machine.for_range_slice(
            builder, ir.Constant(count.type, 1), count, ir.Constant(count.type, 1)
        ) as (turn, _):
            begin = builder.mul(turn, ir.Constant(count.type, _STEP))
            for number, lane in enumerate(lanes):
                more = read(builder.add(begin, ir.Constant(count.type, 16 * number)))
                builder.store(builder.xor(moved(builder.load(lane), _BY_64), more), lane)
        rest = builder.load(lanes[0])
        for lane in lanes[1:]:
            rest = builder.xor(moved(rest, _BY_16), builder.load(lane))
        place = address(context, builder, out, target, zero)
        builder.store(rest, builder.bitcast(place, _PAIR.as_pointer())).align = 1
        return context.get_dummy_value()

    return types.void(data, types.intp, left), generate


_intrinsic: Any = intrinsic
_into: Callable[[Bytes, int, Bytes], None] = _intrinsic(_fold)


@compiled
def _folded(data: Bytes, whole: int, left: Bytes) -> None:
    """Fold so many times 64 bytes, one time at least, into 16."""
    _into(data, whole, left)
