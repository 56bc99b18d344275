"""Bytes of text in kernels: hashed with a secret, compared, ASCII letters folded.

Nothing here reads beyond the bytes it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from tocsin.columns.cells import Bytes
from tocsin.columns.native import inlined, lean, load8, load64

Words = npt.NDArray[np.int64]

signed = cast("Callable[[Any], int]", np.int64)
unsigned = cast("Callable[[Any], int]", np.uint64)
"""A number of 64 bits, for kernels; to the type checker all of them are ``int``."""


def _mix(typing: Any, left: Any, right: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
        wide, half = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), half)
        return builder.xor(high, builder.trunc(product, half))

    return types.uint64(types.uint64, types.uint64), generate


def _as_double(typing: Any, bits: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


_intrinsic: Any = intrinsic
as_double: Callable[[Any], float] = _intrinsic(_as_double)
"""The double of which these are the bits."""

mix: Callable[[Any, Any], int] = _intrinsic(_mix)
"""Both halves of a 128-bit product, folded onto each other."""


@lean
def folded8(word: int) -> int:
    """Eight bytes with ASCII capitals made small."""
    low = word & unsigned(0x7F7F7F7F7F7F7F7F)
    from_a = low + unsigned(0x3F3F3F3F3F3F3F3F)
    past_z = low + unsigned(0x2525252525252525)
    capital = (from_a ^ past_z) & ~word & unsigned(0x8080808080808080)
    return word | (capital >> unsigned(2))


@lean
def folded(byte: int) -> int:
    """A byte with an ASCII capital made small."""
    return byte + 32 if 65 <= byte <= 90 else byte


@inlined
def part(text: Bytes, start: int, length: int) -> int:
    """Up to eight bytes as a number, the first the lowest."""
    if length >= 8:
        return unsigned(load64(text, start))
    if start + 8 <= text.size:
        return unsigned(load64(text, start)) & ((unsigned(1) << unsigned(8 * length)) - unsigned(1))
    word = unsigned(0)
    for place in range(length):
        word |= unsigned(load8(text, start + place)) << unsigned(8 * place)
    return word


@inlined
def hashed(text: Bytes, start: int, length: int, fold: bool, seed: int) -> int:
    """A hash that nobody can aim at without the seed, never 0; ``fold``: case does not count."""
    secret = unsigned(0x9E3779B97F4A7C15) ^ seed
    total = seed ^ unsigned(length) * unsigned(0xD6E8FEB86659FD93)
    place, end = start, start + length
    while place + 16 <= end:
        left, right = load64(text, place), load64(text, place + 8)
        if fold:
            left, right = folded8(left), folded8(right)
        total = mix(left ^ secret, right ^ total)
        place += 16
    left, right = part(text, place, end - place), unsigned(0)
    if place + 8 < end:
        right = part(text, place + 8, end - place - 8)
    if fold:
        left, right = folded8(left), folded8(right)
    total = mix(mix(left ^ secret, right ^ total), secret)
    return signed(total | unsigned(1))


@inlined
def same(text: Bytes, start: int, length: int, words: Words, at: int) -> bool:
    """Whether the bytes are those that `store` wrote at ``words[at]``."""
    while length > 0:
        if signed(part(text, start, length)) != words[at]:
            return False
        start += 8
        length -= 8
        at += 1
    return True


@lean
def store(text: Bytes, start: int, length: int, words: Words, at: int) -> None:
    """Write bytes as numbers of eight bytes, the rest of the last one zero."""
    while length > 0:
        words[at] = signed(part(text, start, length))
        start += 8
        length -= 8
        at += 1


@lean
def equal(text: Bytes, start: int, code: Bytes, at: int, length: int, fold: bool) -> bool:
    """Whether ``text`` has ``code[at : at + length]`` at ``start``.

    With ``fold`` case does not count; the code is then in small letters.
    """
    while length > 0:
        word = part(text, start, length)
        if fold:
            word = folded8(word)
        if word != part(code, at, length):
            return False
        start += 8
        at += 8
        length -= 8
    return True
