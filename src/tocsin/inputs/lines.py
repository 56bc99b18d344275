"""Reads events that stand one to a line, at about the speed of memory.

A line of more than `LONGEST` bytes is rejected and passed over without being held. The last line of
a stream that breaks off is an event if it is whole, else its reject says that the stream broke off.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import orjson

from tocsin.inputs.batch import BYTES, ROWS, JsonBatch, buffer
from tocsin.inputs.framing import PADDING, split_lines
from tocsin.inputs.report import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.report import Report
    from tocsin.inputs.stream import ByteStream

    Ints = npt.NDArray[np.int64]

LONGEST = 100 << 20
"""The longest event that is read, in bytes."""

TOO_LONG = "longer than 100 MiB"
NEWLINE = 0x0A


class Lines:
    """The lines of a stream, as batches.

    Parameters
    ----------
    source, names
        The input's number, and the names of all inputs.
    offset, line
        Where the stream stands now: bytes since its beginning, and the line's number.
    """

    def __init__(
        self,
        stream: ByteStream,
        source: int,
        names: Sequence[str],
        report: Report,
        *,
        offset: int = 0,
        line: int = 1,
        room: int = BYTES,
    ) -> None:
        self._stream = stream
        self._source = source
        self._names = names
        self._report = report
        self._offset = offset
        self._line = line
        self._room = room

    def batches(self) -> Iterator[JsonBatch]:
        """All lines that are not blank, in order; whether they are events the scanner says."""
        rest: Bytes = np.empty(0, np.uint8)
        room = self._room
        while True:
            data, have, ended = self._fill(rest, room)
            if ended:
                have = self._finish(data, have)
            position = yield from self._split(data, have)
            rest = data[position:have]
            self._offset += position
            if ended:
                return
            room = self._room
            if len(rest) > LONGEST:
                self._pass_over(rest)
                rest = rest[:0]
            elif 2 * len(rest) > room:
                room = min(2 * len(rest), LONGEST) + self._room

    def _fill(self, rest: Bytes, room: int) -> tuple[Bytes, int, bool]:
        """A new buffer: what was left over, and what comes next; and whether that was the end."""
        data = buffer(room + 1 + PADDING)
        have = len(rest)
        data[:have] = rest
        have += self._stream.readinto(data.data[have:room])
        data = data[: have + 1 + PADDING]
        data[have:] = 0
        return data, have, have < room

    def _finish(self, data: Bytes, have: int) -> int:
        """Give the last line the newline it may lack; reject it if the stream broke off there."""
        whole = data[:have].tobytes().rfind(b"\n") + 1
        tail = data[whole:have].tobytes()
        trouble = self._stream.trouble
        if trouble is not None:
            line = self._line + int(np.count_nonzero(data[:whole] == NEWLINE))
            if not is_json(tail):
                self._report.reject(self._name, line, trouble, tail)
                return whole
            self._report.reject(self._name, line + 1, trouble)
        if tail:
            data[have] = NEWLINE
            have += 1
        return have

    def _split(self, data: Bytes, have: int) -> Generator[JsonBatch, None, int]:
        """The lines of a buffer; gives the place of the first byte that belongs to none."""
        position = 0
        while True:
            starts, ends, lines = (np.empty(ROWS, np.int64) for _ in range(3))
            count, position, self._line = split_lines(
                data, position, have, self._line, starts, ends, lines
            )
            if count:
                yield self._batch(data, starts[:count], ends[:count], lines[:count])
            if count < ROWS:
                return position

    def _batch(self, data: Bytes, starts: Ints, ends: Ints, lines: Ints) -> JsonBatch:
        sources = np.full(len(starts), self._source, np.int32)
        offsets = starts + self._offset
        found = JsonBatch(data, starts, ends, sources, offsets, lines, self._names)
        return without_long(found, self._report)

    def _pass_over(self, rest: Bytes) -> None:
        """Skip the rest of a line that is too long."""
        self._report.reject(self._name, self._line, TOO_LONG, rest[:SAMPLE].tobytes())
        self._offset += len(rest)
        self._line += 1
        room = bytearray(1 << 20)
        while got := self._stream.readinto(memoryview(room)):
            found = room.find(b"\n", 0, got)
            if found >= 0:
                self._offset += found + 1
                self._stream.push_back(bytes(room[found + 1 : got]))
                return
            self._offset += got

    @property
    def _name(self) -> str:
        return self._names[self._source]


def without_long(batch: JsonBatch, report: Report) -> JsonBatch:
    """The batch without rows that are too long, which are rejected."""
    long = batch.ends - batch.starts > LONGEST
    if not long.any():
        return batch
    for row in np.flatnonzero(long).tolist():
        file, line = batch.line(row)
        begin = batch.starts[row]
        report.reject(file, line, TOO_LONG, batch.data[begin : begin + SAMPLE].tobytes())
    kept = ~long
    return replace(
        batch,
        starts=batch.starts[kept],
        ends=batch.ends[kept],
        sources=batch.sources[kept],
        offsets=batch.offsets[kept],
        lines=batch.lines[kept],
    )


def is_json(text: bytes) -> bool:
    """Whether a text is one JSON value."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
