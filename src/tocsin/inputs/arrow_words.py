"""Arrow columns as words: the text of each value, the same as stands in the event's JSON."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from tocsin.columns.cells import FALSE, NUMBER, STRING
from tocsin.inputs.arrow_plain import valid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a column.

    ``codes``: int32, for each element its word, -1 for none; None: each element is its own word.
    ``tag``: of all of them, as in `tocsin.columns.cells.Cells`; with FALSE, word 1 is true.
    ``ends``: where the bytes of each word end in ``text``, after where those of the first begin.
    ``there``: uint8, 0 for words that are none; None: all are some.
    """

    codes: npt.NDArray[np.int32] | None
    tag: int
    ends: npt.NDArray[Any]
    text: Bytes
    there: npt.NDArray[np.uint8] | None = None


def words(array: pa.Array) -> Words:
    """The words of a column without parts (`tocsin.inputs.arrow_leaves.Leaf`)."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _coded(array)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _strings(array, STRING)
    if pa.types.is_boolean(kind):
        return _booleans(array)
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return _strings(array.cast(pa.large_string()), NUMBER)
    if pa.types.is_duration(kind):
        return _strings(array.cast(pa.int64()).cast(pa.large_string()), NUMBER)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _moments(array)
    if pa.types.is_floating(kind):
        return _coded(array.dictionary_encode())
    return _others(array)


def _strings(array: pa.Array, tag: int) -> Words:
    if tag == STRING and not _is_sound(array):
        return _texts([_decoded(value) for value in array.cast(pa.large_binary()).to_pylist()])
    _, places, data = array.buffers()
    width = np.int64 if pa.types.is_large_string(array.type) else np.int32
    begin = array.offset * np.dtype(width).itemsize
    ends = np.frombuffer(places, width, len(array) + 1, begin)
    return Words(None, tag, ends, np.frombuffer(data or b"", np.uint8), _there(array))


def _there(array: pa.Array) -> npt.NDArray[np.uint8] | None:
    return valid(array).view(np.uint8) if array.null_count else None


def _is_sound(array: pa.Array) -> bool:
    """Whether all strings are UTF-8."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")


def _texts(texts: Sequence[str | None], tag: int = STRING) -> Words:
    """Words of texts that Python made, None for those that are to be left out."""
    encoded = [b"" if text is None else text.encode() for text in texts]
    ends = np.cumsum([0, *(len(text) for text in encoded)], dtype=np.int64)
    there = np.array([text is not None for text in texts], np.uint8)
    return Words(None, tag, ends, np.frombuffer(b"".join(encoded), np.uint8), there)


def _coded(array: pa.DictionaryArray) -> Words:
    """Each word once."""
    indices, dictionary = array.indices, array.dictionary
    codes: npt.NDArray[Any] = _raw(indices).astype(np.int32, copy=False)
    if indices.null_count:
        codes = np.where(valid(indices), codes, np.int32(-1))
    if len(dictionary) > 4 * len(codes):
        used, codes = np.unique(codes, return_inverse=True)
        least = int(used.size > 0 and used[0] < 0)
        dictionary = dictionary.take(pa.array(used[least:]))
        codes = (codes - least).astype(np.int32)
    inner = _floats(dictionary) if pa.types.is_floating(dictionary.type) else words(dictionary)
    if inner.codes is not None:  # booleans
        codes = np.where(codes < 0, np.int32(-1), inner.codes[codes])
    return Words(codes, inner.tag, inner.ends, inner.text, inner.there)


def _raw(array: pa.Array) -> npt.NDArray[Any]:
    """The numbers of a column as they lie in memory; of nulls anything."""
    kind = np.dtype(array.type.to_pandas_dtype())
    return np.frombuffer(array.buffers()[1], kind, len(array), array.offset * kind.itemsize)


def _booleans(array: pa.BooleanArray) -> Words:
    codes = array.fill_null(False).to_numpy(zero_copy_only=False).astype(np.int32)
    if array.null_count:
        codes[~valid(array)] = -1
    return Words(codes, FALSE, np.zeros(3, np.int64), np.empty(0, np.uint8))


def _moments(array: pa.Array) -> Words:
    texts = moment_texts(array)
    width = texts.dtype.itemsize
    if (np.char.str_len(texts) < width).any():
        kept = zip(texts.astype(str).tolist(), valid(array).tolist(), strict=True)
        return _texts([text if there else None for text, there in kept])
    ends = np.arange(0, width * len(array) + 1, width, dtype=np.int64)
    return Words(None, STRING, ends, np.frombuffer(texts.tobytes(), np.uint8), _there(array))


def instants(array: pa.Array) -> npt.NDArray[np.datetime64]:
    """Dates and times as NumPy has them, in the column's own unit. Nulls: anything."""
    kind = array.type
    if pa.types.is_date(kind):
        days = array.cast(pa.date32()).view(pa.int32()).fill_null(0).to_numpy().astype(np.int64)
        return days.view("datetime64[D]")
    return array.view(pa.int64()).fill_null(0).to_numpy().view(f"datetime64[{kind.unit}]")


def moment_text(moment: np.datetime64) -> str:
    """A date or time as ISO 8601, in UTC; a time without a zone counts as UTC."""
    text = str(moment)
    return f"{text}Z" if "T" in text else text


def moment_texts(array: pa.Array) -> npt.NDArray[np.bytes_]:
    """What `moment_text` gives, for all elements. Nulls: anything."""
    moments = instants(array)
    texts = np.datetime_as_string(moments).astype("S")
    return texts if pa.types.is_date(array.type) else np.char.add(texts, b"Z")


def _floats(array: pa.Array) -> Words:
    values = [json_value(value) for value in array.to_pylist()]
    texts = [None if value is None else orjson.dumps(value).decode() for value in values]
    return _texts(texts, NUMBER)


def _others(array: pa.Array) -> Words:
    values = [json_value(value) for value in array.to_pylist()]
    return _texts([None if value is None else str(value) for value in values])


def json_value(value: object) -> object:
    """What stands in JSON for a value as Python has it; None for one that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    return value
