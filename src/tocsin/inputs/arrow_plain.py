"""Arrow columns without what only says how they are stored, so that few types are left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt

_PLAIN = frozenset(
    kind.id
    for kind in (
        pa.string(),
        pa.bool_(),
        pa.int64(),
        pa.float64(),
        pa.timestamp("ms"),
        pa.struct([]),
        pa.list_(pa.null()),
    )
)
"""The common types that only say what is stored."""

UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
"""How many of a unit are a second."""

UUID = "arrow.uuid"
_UUID_DIGITS = np.array([at for at in range(36) if at not in (8, 13, 18, 23)])
_HEXADECIMAL = np.frombuffer(b"0123456789abcdef", np.uint8)


def plain(array: pa.Array) -> pa.Array:
    """The array without what only says how it is stored: extension types, run lengths, views.

    UUIDs and times of day are their texts.
    """
    kind = array.type
    if kind.id in _PLAIN:
        return array
    if isinstance(array, pa.ExtensionArray):
        return _uuids(array) if kind.extension_name == UUID else plain(array.storage)
    if pa.types.is_run_end_encoded(kind):
        return plain(pc.run_end_decode(array))
    if pa.types.is_string_view(kind):
        return array.cast(pa.large_string())
    if pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        return array.cast(pa.large_binary())
    if pa.types.is_time(kind):
        return _clocks(array)
    if pa.types.is_dictionary(kind) and (
        pa.types.is_nested(kind.value_type) or pa.types.is_time(kind.value_type)
    ):
        return plain(array.dictionary_decode())
    return array


def _uuids(array: pa.ExtensionArray) -> pa.Array:
    """The texts of UUIDs, such as ``550e8400-e29b-41d4-a716-446655440000``."""
    count = len(array)
    stored = np.frombuffer(array.storage.buffers()[1] or b"", np.uint8)
    octets = stored[16 * array.offset : 16 * (array.offset + count)].reshape(count, 16)
    signs = np.full((count, 36), ord("-"), np.uint8)
    signs[:, _UUID_DIGITS[0::2]] = _HEXADECIMAL[octets >> 4]
    signs[:, _UUID_DIGITS[1::2]] = _HEXADECIMAL[octets & 15]
    ends = pa.array(np.arange(count + 1) * 36)
    texts = pa.LargeStringArray.from_buffers(count, ends.buffers()[1], pa.py_buffer(signs))
    return pc.if_else(array.is_valid(), texts, None) if array.null_count else texts


def _clocks(array: pa.Array) -> pa.Array:
    """The texts of times of day, counted round where they are none of one day."""
    unit = UNITS[array.type.unit]
    stored = array.view(pa.int32() if pa.types.is_time32(array.type) else pa.int64())
    counts = stored.fill_null(0).to_numpy().astype(np.int64) % (86_400 * unit)
    texts = np.array([_clock(nanos) for nanos in (counts * (UNITS["ns"] // unit)).tolist()], object)
    return pa.array(texts, pa.large_string(), mask=~valid(array))


def _clock(nanos: int) -> str:
    """A time of day as ``12:30:15``, with six or nine digits of its second where needed."""
    minutes, rest = divmod(nanos, 60 * UNITS["ns"])
    second, part = divmod(rest, UNITS["ns"])
    text = f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"
    if part % 1000:
        return f"{text}.{part:09d}"
    return f"{text}.{part // 1000:06d}" if part else text


def valid(array: pa.Array) -> npt.NDArray[np.bool_]:
    """Which elements are not null."""
    found: npt.NDArray[np.bool_] = array.is_valid().to_numpy(zero_copy_only=False)
    return found


def is_list(kind: Any) -> bool:  # noqa: ANN401 - Arrow's types have no stubs
    """Whether it is any kind of list."""
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    )
