"""Sixty-four bytes at a time: the two vector operations of the scanner.

Both touch 64 bytes from their index on, whatever the string's length; buffers are padded for it.
LLVM makes of them what the processor has (one comparison of 64 bytes, two of 32, four of 16).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from tocsin.columns.native import CHECKED, address, inside, lean

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.columns.cells import Bytes

WIDTH = 64
_BYTES = ir.VectorType(ir.IntType(8), WIDTH)
_WORD = ir.IntType(64)


def _all(value: int) -> Any:  # noqa: ANN401
    return ir.Constant(_BYTES, [value] * WIDTH)


def _vector(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:  # noqa: ANN401
    """Where 64 bytes of an array stand."""
    return builder.bitcast(address(context, builder, kind, array, index), _BYTES.as_pointer())


def _special(typing: Any, array: Any, index: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        read = builder.load(_vector(context, builder, signature.args[0], *arguments))
        read.align = 1
        # As signed numbers, control characters and all bytes from 0x80 on are below 0x20.
        odd = builder.icmp_signed("<", read, _all(0x20))
        quote = builder.icmp_signed("==", read, _all(0x22))
        slash = builder.icmp_signed("==", read, _all(0x5C))
        return builder.bitcast(builder.or_(odd, builder.or_(quote, slash)), _WORD)

    return types.uint64(array, types.intp), generate


def _copy(typing: Any, target: Any, at: Any, source: Any, index: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        target, _, source, _ = signature.args
        read = builder.load(_vector(context, builder, source, *arguments[2:]))
        read.align = 1
        builder.store(read, _vector(context, builder, target, *arguments[:2])).align = 1
        return context.get_dummy_value()

    return types.void(target, types.intp, source, types.intp), generate


_intrinsic: Any = intrinsic
_raw_special: Callable[[Bytes, int], Any] = _intrinsic(_special)
_raw_copy: Callable[[Bytes, int, Bytes, int], None] = _intrinsic(_copy)


def _checked_special(array: Bytes, index: int) -> Any:  # noqa: ANN401
    inside(array, index, WIDTH)
    return _raw_special(array, index)


def _checked_copy(target: Bytes, at: int, source: Bytes, index: int) -> None:
    inside(target, at, WIDTH)
    inside(source, index, WIDTH)
    _raw_copy(target, at, source, index)


special64: Callable[[Bytes, int], Any] = lean(_checked_special) if CHECKED else _raw_special
"""``special64(array, index) -> uint64``: a bit for each of 64 bytes, the first lowest.

Set for those that end the plain part of a JSON string: quote, backslash, control, not ASCII.
"""

copy64: Callable[[Bytes, int, Bytes, int], None] = lean(_checked_copy) if CHECKED else _raw_copy
"""``copy64(target, at, source, index)``: 64 bytes from one buffer to another."""
