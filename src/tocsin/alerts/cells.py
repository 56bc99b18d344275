"""Reading and writing a cell of a tree (`tocsin.alerts.tree`), a tenth quicker than by an index.

numba would look each time whether the index is negative, and how wide the table is. As with
`tocsin.columns.native.load8` bounds are checked in tests only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from tocsin.columns.native import CHECKED, address, lean

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.alerts.tree import Table

COLUMNS = 8
"""Columns of a tree."""

_WORD = ir.IntType(64)


def _place(context: Any, builder: Any, kind: Any, table: Any, row: Any, column: Any) -> Any:  # noqa: ANN401
    first = builder.mul(row, ir.Constant(_WORD, COLUMNS))
    return address(context, builder, kind, table, builder.add(first, column))


def _read(typing: Any, table: Any, row: Any, column: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.load(_place(context, builder, signature.args[0], *arguments))

    return types.int64(table, types.intp, types.intp), generate


def _write(typing: Any, table: Any, row: Any, column: Any, value: Any) -> Any:  # noqa: ANN401, ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        place = _place(context, builder, signature.args[0], *arguments[:3])
        builder.store(arguments[3], place)
        return context.get_dummy_value()

    return types.none(table, types.intp, types.intp, types.int64), generate


_intrinsic: Any = intrinsic
_raw_read: Callable[[Table, int, int], int] = _intrinsic(_read)
_raw_write: Callable[[Table, int, int, int], None] = _intrinsic(_write)


def _inside(table: Table, row: int, column: int) -> None:
    if not 0 <= row < table.shape[0] or not 0 <= column < COLUMNS:
        raise IndexError("a kernel read or wrote outside its tree")


if CHECKED:
    _inside = lean(_inside)


def _checked_read(table: Table, row: int, column: int) -> int:
    _inside(table, row, column)
    return _raw_read(table, row, column)


def _checked_write(table: Table, row: int, column: int, value: int) -> None:
    _inside(table, row, column)
    _raw_write(table, row, column, value)


cell: Callable[[Table, int, int], int] = lean(_checked_read) if CHECKED else _raw_read
"""``cell(tree, row, column) -> int64``."""

set_cell: Callable[[Table, int, int, int], None] = lean(_checked_write) if CHECKED else _raw_write
"""``set_cell(tree, row, column, value)``."""
