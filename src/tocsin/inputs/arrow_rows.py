"""Rows of Arrow data as JSON objects; nulls, and what then is empty, are left out.

Some rows are made at once, column by column: a column costs about as much for one as for many.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa

from tocsin.columns.collector import paused
from tocsin.inputs.arrow_plain import is_list, plain, valid
from tocsin.inputs.arrow_words import json_value, moment_texts
from tocsin.inputs.encode import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Values: TypeAlias = list[Any]
"""The elements of a column as JSON has them, None for those that are left out."""


@paused()
def events(schema: pa.Schema, parts: Sequence[pa.RecordBatch], rows: Sequence[int]) -> list[bytes]:
    """These rows as JSON objects, their members in the order of the schema.

    ``parts``: the same rows of a table, each part with some of the schema's columns, and of a
    structure with some of its fields. If columns have equal names, there is one part.
    """
    chosen = pa.array(rows, pa.int64())
    inner = [
        (part.schema.names, [taken(column, chosen) for column in part.columns]) for part in parts
    ]
    if len(set(schema.names)) < len(schema.names):
        ((names, columns),) = inner
        values = [_column(column.type, [column]) or [None] * len(rows) for column in columns]
        return [_with_doubles(names, row) for row in zip(*values, strict=True)]
    whole = _merged(list(schema), [dict(zip(*part, strict=True)) for part in inner], len(rows))
    return [encode(event or {}) for event in whole]


def taken(array: pa.Array, chosen: pa.Array) -> pa.Array:
    """The chosen elements of a column, also of types that Arrow cannot take from."""
    try:
        return array.take(chosen)
    except pa.ArrowNotImplementedError:
        return pa.concat_arrays([array.slice(at, 1) for at in chosen.to_pylist()])


def _with_doubles(names: Sequence[str], values: Sequence[object]) -> bytes:
    """An object of several members, of which some may have the same name."""
    kept = [(name, value) for name, value in zip(names, values, strict=True) if value is not None]
    whole = dict(kept)
    if len(whole) == len(kept):
        return encode(whole)
    return b"{" + b",".join(encode({name: value})[1:-1] for name, value in kept) + b"}"


def _objects(count: int, members: Iterable[tuple[str, Values]]) -> list[dict[str, Any] | None]:
    """So many objects, with the members that they have; None for those without any."""
    made: list[dict[str, Any] | None] = [None] * count
    for name, values in members:
        for row, value in enumerate(values):
            if value is not None:
                if (whole := made[row]) is None:
                    made[row] = {name: value}
                else:
                    whole[name] = value
    return made


def _merged(
    fields: Iterable[pa.Field], parts: Sequence[dict[str, pa.Array]], count: int
) -> list[dict[str, Any] | None]:
    """Objects with these fields, of which each part has some."""
    found = (
        (field, [part[field.name] for part in parts if field.name in part]) for field in fields
    )
    members = ((field.name, _column(field.type, arrays)) for field, arrays in found if arrays)
    return _objects(count, members)


def _column(kind: pa.DataType, arrays: Sequence[pa.Array]) -> Values:
    """The elements of a column, of which each array has all and some of the fields.

    Nothing at all if all of them are None.
    """
    first = plain(arrays[0])
    size = len(first)
    if len(arrays) == 1 and first.null_count == size:
        return []
    if not pa.types.is_struct(first.type):
        return elements(first)
    if len(arrays) == 1:
        members = ((name, _column(one.type, [one])) for name, one in _children(first))
        return _objects(size, members)
    return _merged(kind, [dict(_children(array)) for array in arrays], size)


def _children(array: pa.StructArray) -> Iterator[tuple[str, pa.Array]]:
    """The columns of a structure, null where it is null."""
    for at, child in enumerate(array.flatten()):
        yield array.type.field(at).name, child


def elements(array: pa.Array) -> Values:
    """All elements of a column as JSON has them, None for those that are null."""
    array = plain(array)
    kind = array.type
    if pa.types.is_null(kind):
        return [None] * len(array)
    if pa.types.is_dictionary(kind):
        return elements(array.dictionary.take(array.indices))
    if pa.types.is_struct(kind):
        return _column(kind, [array]) or [None] * len(array)
    if pa.types.is_map(kind):
        return _maps(array)
    if is_list(kind):
        return _lists(array)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _texts(array)
    if pa.types.is_integer(kind):
        return _without_nulls(array, array.fill_null(0).to_numpy().tolist())
    if pa.types.is_duration(kind):
        return elements(array.view(pa.int64()))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _without_nulls(array, moment_texts(array).astype(str).tolist())
    return _scalars(array)


def _scalars(array: pa.Array) -> Values:
    if pa.types.is_boolean(array.type):
        flags = array.fill_null(False).to_numpy(zero_copy_only=False)
        return _without_nulls(array, flags.tolist())
    return [_readable(value) for value in array.to_pylist()]


def _without_nulls(array: pa.Array, values: Values) -> Values:
    """The values, None where the array is null."""
    if array.null_count:
        for at in np.flatnonzero(~valid(array)).tolist():
            values[at] = None
    return values


def _texts(array: pa.Array) -> Values:
    try:
        return array.to_numpy(zero_copy_only=False).tolist()
    except pa.ArrowException:
        raw = array.cast(pa.large_binary()).to_pylist()
        return [None if text is None else text.decode(errors="replace") for text in raw]


def _readable(value: object) -> object:
    value = json_value(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value if type(value).__name__ == "Decimal" else str(value)


def _lists(array: pa.Array) -> Values:
    kind = array.type
    if pa.types.is_fixed_size_list(kind) or pa.types.is_list_view(kind):
        array = array.cast(pa.list_(kind.value_type))
    elif pa.types.is_large_list_view(kind):
        array = array.cast(pa.large_list(kind.value_type))
    ends = array.offsets.to_numpy()
    first = int(ends[0])
    inner = elements(array.values.slice(first, int(ends[-1]) - first))
    if any(value is None for value in inner):
        spans = _spans(ends)
        lists = [[value for value in inner[a:b] if value is not None] for a, b in spans]
    else:
        lists = [inner[a:b] for a, b in _spans(ends)]
    return _without_nulls(array, lists)


def _maps(array: pa.MapArray) -> Values:
    ends = array.offsets.to_numpy()
    first, size = int(ends[0]), int(ends[-1] - ends[0])
    keys = [str(key) for key in elements(array.keys.slice(first, size))]
    items = elements(array.items.slice(first, size))
    found = []
    for begin, end in _spans(ends):
        pairs = zip(keys[begin:end], items[begin:end], strict=True)
        found.append({key: value for key, value in pairs if value is not None} or None)
    return _without_nulls(array, found)


def _spans(ends: Any) -> list[tuple[int, int]]:  # noqa: ANN401 - Arrow's arrays have no stubs
    """Begin and end of each list, counted from the first one's begin."""
    places = (ends - ends[0]).tolist()
    return list(pairwise(places))
