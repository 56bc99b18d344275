"""The bodies of many audit records made text at once: pairs by name, arguments, names of ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import orjson

from tocsin.inputs.audit import body_kernel as kernel
from tocsin.inputs.audit.header_kernel import PARTS
from tocsin.inputs.audit.records import kind_of
from tocsin.inputs.audit.remembered import Remembered
from tocsin.inputs.framing import PADDING, split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Body(NamedTuple):
    """What a record says.

    Attributes
    ----------
    kind
        The type's name, in capitals.
    data
        Its pairs; of one that stands twice the last value. For arguments see `body_kernel`.
    names
        What auditd added, None if nothing.
    """

    kind: str
    data: dict[str, Any]
    names: str | None


def read_bodies(texts: Sequence[bytes]) -> Iterator[Body]:
    """The bodies of the records on the lines of these texts (`records.Stretch`)."""
    data = np.frombuffer(bytearray(b"\n".join(texts) + b"\n" + bytes(PADDING)), np.uint8)
    size = len(data) - PADDING
    most = int(np.count_nonzero(data == NEWLINE))
    starts, ends, lines = (np.empty(most, np.int64) for _ in range(3))
    count, _, _ = split_lines(data, 0, size, 1, starts, ends, lines)
    out = np.empty(kernel.MORE * size + kernel.BESIDE * count + 2, np.uint8)
    line = np.empty(PARTS, np.int64)
    written = out.data[: kernel.write(data, starts[:count], ends[:count], line, out)]
    try:
        said = orjson.loads(written)
    except orjson.JSONDecodeError:  # it is not UTF-8
        said = orjson.loads(written.tobytes().decode("utf-8", "replace"))
    kinds = map(_KINDS.__getitem__, said[::3])
    return map(Body, kinds, said[1::3], said[2::3])


NEWLINE: Final = 0x0A
_KINDS: Final[Remembered[str, str]] = Remembered(kind_of, len)
