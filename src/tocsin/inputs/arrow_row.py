"""Single rows of Arrow data as JSON objects, the same as `tocsin.inputs.arrow_rows` makes of many.

What is needed of each column is prepared once, so that then a row here and there costs little.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from tocsin.inputs.arrow_plain import plain, valid
from tocsin.inputs.arrow_words import instants, json_value, moment_text
from tocsin.inputs.encode import encode

Getter: TypeAlias = Callable[[int], object]
"""Gives an element of a column as JSON has it, None for one that is null."""


class Rows:
    """The rows of a record batch."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._columns = [
            (name, _getter(array))
            for name, array in zip(batch.schema.names, batch.columns, strict=True)
        ]

    def event(self, row: int) -> bytes:
        """A row as a JSON object."""
        found = [(name, get(row)) for name, get in self._columns]
        kept = [(name, value) for name, value in found if value is not None]
        whole = dict(kept)
        if len(whole) == len(kept):
            return encode(whole)
        members = [encode({name: value})[1:-1] for name, value in kept]
        return b"{" + b",".join(members) + b"}"


def _getter(array: pa.Array) -> Getter:
    array = plain(array)
    kind = array.type
    if pa.types.is_null(kind):
        return lambda _: None
    if pa.types.is_dictionary(kind):
        inner = _getter(array.indices), _getter(array.dictionary)
        return _through(*inner)
    get = _element(array)
    if not array.null_count:
        return get
    there = valid(array).tobytes()
    return lambda at: get(at) if there[at] else None


def _through(index: Getter, word: Getter) -> Getter:
    known: dict[object, object] = {}

    def get(at: int) -> object:
        code = index(at)
        if code is None:
            return None
        if code not in known:
            known[code] = word(int(str(code)))
        return known[code]

    return get


def _element(array: pa.Array) -> Getter:
    """The elements of a column, without regard to which are null."""
    kind = array.type
    if pa.types.is_struct(kind):
        return _structure(array)
    if pa.types.is_map(kind):
        return _map(array)
    if pa.types.is_fixed_size_list(kind) or pa.types.is_list_view(kind):
        return _list(array.cast(pa.list_(kind.value_type)))
    if pa.types.is_large_list_view(kind):
        return _list(array.cast(pa.large_list(kind.value_type)))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _list(array)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _text(array)
    if pa.types.is_integer(kind):
        return array.fill_null(0).to_numpy().item
    if pa.types.is_duration(kind):
        return _element(array.view(pa.int64()))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        moments = instants(array)
        return lambda at: moment_text(moments[at])
    return lambda at: _readable(array[at].as_py())


def _readable(value: object) -> object:
    value = json_value(value)
    return value if isinstance(value, (bool, int, float, str)) else _number_or_text(value)


def _number_or_text(value: object) -> object:
    return value if type(value).__name__ == "Decimal" or value is None else str(value)


def _structure(array: pa.StructArray) -> Getter:
    children = [
        (array.type.field(at).name, _getter(child)) for at, child in enumerate(array.flatten())
    ]

    def get(at: int) -> object:
        found = {name: value for name, inner in children if (value := inner(at)) is not None}
        return found or None

    return get


def _list(array: pa.ListArray) -> Getter:
    ends = array.offsets.to_numpy().item
    inner = _getter(array.values)

    def get(at: int) -> object:
        values = (inner(place) for place in range(ends(at), ends(at + 1)))
        return [value for value in values if value is not None]

    return get


def _map(array: pa.MapArray) -> Getter:
    ends = array.offsets.to_numpy().item
    keys, items = _getter(array.keys), _getter(array.items)

    def get(at: int) -> object:
        places = range(ends(at), ends(at + 1))
        found = {str(keys(at)): value for at in places if (value := items(at)) is not None}
        return found or None

    return get


def _text(array: pa.Array) -> Getter:
    _, places, data = array.buffers()
    width = np.int64 if pa.types.is_large_string(array.type) else np.int32
    ends = np.frombuffer(places, width)[array.offset :].item
    text = memoryview(data) if data is not None else memoryview(b"")

    def get(at: int) -> str:
        return str(text[ends(at) : ends(at + 1)], "utf-8", "replace")

    return get
