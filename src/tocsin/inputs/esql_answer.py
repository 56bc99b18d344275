"""Where the rows stand in an answer of Elasticsearch's ES|QL, and which columns they have.

``{"took": 5, "columns": [{"name": "@timestamp", "type": "date"}, …], "values": [[…], …]}``, also
within ``response`` or ``rawResponse`` (see `tocsin.inputs.answer`). ``all_columns`` may stand
beside or instead of ``columns``, which tell what the rows hold. A columnar answer
(``"columnar": true``) has a list for each column in the place of rows. It does not say so: it is
known by its shape, where that is certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np
import orjson

from tocsin.inputs.answer import ASIDE, MOST_ASIDE, TIMESTAMP, members
from tocsin.inputs.batch import ROWS
from tocsin.inputs.envelope import value_end
from tocsin.inputs.framing import CLOSED, FULL, PADDING, new_state, split_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.stream import ByteStream

    Ints = npt.NDArray[np.int64]

LONGEST_COLUMNS = 4 << 20
"""The most bytes in which an answer names its columns."""

_AHEAD = 64 << 10
_FAR_AHEAD = 2 * LONGEST_COLUMNS
_FEW = 16
_WHITE = b" \t\r\n"
_ARRAY, _OBJECT = b"[", b"{"
_ANSWERS = frozenset({"took", "is_partial", "is_running"})
"""What tells an answer without columns from an event."""


class Shape(Enum):
    """What the lists of an answer are; `UNSURE` while more of it must be seen."""

    ROWS = auto()
    COLUMNS = auto()
    UNSURE = auto()


@dataclass(frozen=True, slots=True)
class Table:
    """An answer: its columns' names, and where its list begins, behind the bracket.

    ``closers``: how many brackets must close behind the list's own.
    """

    names: tuple[str, ...]
    begin: int
    closers: int


def begins_with_table(stream: ByteStream, skip: int) -> bool:
    """Whether a stream begins with such an answer; nothing is taken from the stream."""
    for size in (_AHEAD, _FAR_AHEAD):
        ahead = stream.peek(size)
        begin = ahead.find(_OBJECT, skip)
        if begin < 0 or ahead[skip:begin].strip(_WHITE) or b'columns"' not in ahead:
            return False
        data = np.frombuffer(bytearray(ahead + bytes(PADDING)), np.uint8)
        if table_inside(data, begin, len(ahead)) is not None:
            return True
        if len(ahead) < size or value_end(data, begin, len(ahead)) >= 0:
            return False
    return False


def table_inside(data: Bytes, begin: int, end: int, aside: int = 0) -> Table | None:
    """The answer that the object is, which need not be whole; None if it is none.

    ``aside``: within how many answers of searches beside their clients it stands.
    """
    names: tuple[str, ...] | None = None
    answers = False
    for key, at, behind in members(data, begin, end) if data[begin] == _OBJECT[0] else ():
        first = data[at : at + 1].tobytes()
        if key == TIMESTAMP:
            return None
        if first == _OBJECT and key in ASIDE and aside < MOST_ASIDE:
            found = table_inside(data, at, end, aside + 1)
            if found is not None:
                return found
        elif key == "columns" or (key == "all_columns" and names is None):
            names = _names(data, at, behind)
        elif key == "values":
            if names is None or not (names or answers):
                return None
            inside = data[at + 1 : min(at + _AHEAD, end)].tobytes().lstrip(_WHITE)[:1]
            return Table(names, at + 1, 1 + aside) if first == _ARRAY and inside in b"[]" else None
        answers |= key in _ANSWERS
    return None


def _names(data: Bytes, begin: int, end: int) -> tuple[str, ...] | None:
    """The names in a list of columns, None if it is none."""
    if end < 0 or end - begin > LONGEST_COLUMNS:
        return None
    try:
        columns = orjson.loads(data[begin:end].tobytes())
    except orjson.JSONDecodeError:
        return None
    if not isinstance(columns, list):
        return None
    names = []
    for column in columns:
        match column:
            case {"name": str(name), "type": str()}:
                names.append(name)
            case _:
                return None
    return tuple(names)


def shape_of(data: Bytes, table: Table, end: int) -> Shape:
    """What the lists of an answer are, as far as it stands before ``end``."""
    width, first = len(table.names), -1
    for count, span in enumerate(elements(data, table.begin, end, _FEW)):
        if span is None:
            return Shape.COLUMNS if count == width and count else Shape.ROWS
        length = _length(data, *span)
        first = length if count == 0 else first
        if length in (-1, width) or length != first or count >= width:
            return Shape.ROWS
    return Shape.UNSURE


def _length(data: Bytes, begin: int, end: int) -> int:
    """How many elements a list has, -1 for what is no list."""
    if data[begin] != _ARRAY[0]:
        return -1
    for count, span in enumerate(elements(data, begin + 1, end)):
        if span is None:
            return count
    return -1


def elements(data: Bytes, at: int, end: int, ahead: int = ROWS) -> Iterator[tuple[int, int] | None]:
    """The spans of the elements from behind a list's bracket on, and None where the list ends.

    Without None at last, it is broken or not all there. ``ahead``: how many are looked for at once.
    """
    state = new_state(1)
    starts, ends = np.empty(ahead, np.int64), np.empty(ahead, np.int64)
    why = FULL
    while why == FULL:
        count, at, why = split_values(data, at, end, state, starts, ends)
        yield from zip(starts[:count].tolist(), ends[:count].tolist(), strict=True)
    if why == CLOSED:
        yield None
