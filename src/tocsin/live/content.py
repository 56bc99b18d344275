"""The content of a snapshot: JSON values, and arrays of whole numbers beside them, compressed.

Numbers of the arrays stand in the JSON values in their place. Nothing in it is code.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import orjson
import zstandard

Longs: TypeAlias = npt.NDArray[np.int64]
_SIZES = struct.Struct("<QQ")
_LEVEL = 1
_LARGEST = 4 << 30


class Arrays:
    """Arrays of a snapshot that is being made."""

    def __init__(self) -> None:
        self.parts: list[Longs] = []

    def add(self, values: npt.NDArray[Any] | Sequence[int]) -> int:
        """Keep an array of whole numbers of 64 bits; its number."""
        array = np.asarray(values) if len(values) else np.empty(0, np.int64)
        array = np.ascontiguousarray(array)
        self.parts.append(
            array.view(np.int64) if array.dtype == np.uint64 else array.astype(np.int64)
        )
        return len(self.parts) - 1


def packed(tree: Any, arrays: Arrays, default: Callable[[Any], Any] | None = None) -> bytes:  # noqa: ANN401 - JSON
    """A tree of JSON values and the arrays that it has the numbers of."""
    text = orjson.dumps(
        {"shapes": [part.shape for part in arrays.parts], "tree": tree},
        default=default,
        option=orjson.OPT_NON_STR_KEYS,
    )
    data = b"".join(part.astype("<i8").tobytes() for part in arrays.parts)
    whole = b"".join((_SIZES.pack(len(text), len(data)), text, data))
    # a bit that fell over in a database would be taken for another number, and for another place
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(whole)


def unpacked(content: bytes) -> tuple[Any, list[Longs]]:
    """The tree and the arrays again; ValueError if the content is damaged."""
    try:
        whole = zstandard.ZstdDecompressor().decompress(content, max_output_size=_LARGEST)
        size, more = _SIZES.unpack_from(whole)
        begin = _SIZES.size + size
        if begin + more != len(whole):
            raise ValueError("a snapshot is shorter than it says")
        told = orjson.loads(whole[_SIZES.size : begin])
        arrays = []
        for shape in told["shapes"]:
            count = int(np.prod(shape))
            found = np.frombuffer(whole, "<i8", count, begin).astype(np.int64)
            arrays.append(found.reshape(shape))
            begin += 8 * count
    except (zstandard.ZstdError, struct.error, KeyError, TypeError) as error:
        raise ValueError(f"a snapshot is damaged: {error}") from error
    else:
        return told["tree"], arrays
