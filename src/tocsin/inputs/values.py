"""Reads JSON values that do not stand one to a line: arrays of events, values one after the other.

Memory stays bounded however long the text is: a search response or a list of audit events that does
not fit into the buffer is read element by element. Where an array is broken, what came before is
kept, the place is rejected, and reading goes on as well as it can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.inputs.answer import list_inside
from tocsin.inputs.batch import BYTES, ROWS, JsonBatch, buffer
from tocsin.inputs.framing import (
    AFTER,
    BEGIN,
    CLOSED,
    DEPTH,
    DROPPED,
    LEVEL,
    MORE,
    NO_COMMA,
    OPENED,
    PADDING,
    QUOTED,
    new_state,
    split_values,
)
from tocsin.inputs.lines import LONGEST, NEWLINE, TOO_LONG, without_long
from tocsin.inputs.listing import list_near
from tocsin.inputs.report import SAMPLE
from tocsin.inputs.spread import entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.report import Report
    from tocsin.inputs.stream import ByteStream

    Ints = npt.NDArray[np.int64]


class Values:
    """The JSON values of a stream, as batches; of an array its elements.

    Parameters are those of `tocsin.inputs.lines.Lines`.
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
        self._least = room
        self._room = room
        self._state = new_state(0)
        self._closers = 0
        self._near = False
        self._data: Bytes = np.empty(0, np.uint8)
        self._have = 0
        self._at = 0
        self._breaks: Ints = np.empty(0, np.int64)

    def batches(self) -> Iterator[JsonBatch]:
        """All values in order; whether they are events the scanner says."""
        while True:
            ended = self._fill()
            yield from self._values()
            while self._enter_list():
                yield from self._values()
            if ended:
                yield from self._finish()
                return
            self._forget()

    def _fill(self) -> bool:
        """A new buffer: what is still needed, and what comes next; whether that was the end."""
        rest = self._data[: self._have]
        room = self._room
        data = buffer(room + PADDING)
        data[: self._have] = rest
        self._have += self._stream.readinto(data.data[self._have : room])
        self._data = data[: self._have + PADDING]
        self._data[self._have :] = 0
        self._breaks = np.flatnonzero(self._data[: self._have] == NEWLINE)
        return self._have < room

    def _values(self) -> Iterator[JsonBatch]:
        """The values that end in the buffer."""
        state = self._state
        while True:
            starts, ends = np.empty(ROWS, np.int64), np.empty(ROWS, np.int64)
            count, self._at, why = split_values(
                self._data, self._at, self._have, state, starts, ends
            )
            count, why = self._taken(starts[:count], why)
            if count:
                yield self._batch(starts[:count], ends[:count])
            if why == MORE:
                return
            if why == OPENED:
                state[LEVEL], state[AFTER] = 1, 0
            elif why == CLOSED:
                self._leave_list()
            elif why == NO_COMMA:
                state[AFTER] = 0
                sample = self._sample(self._at)
                self._reject(self._at, "a comma is missing in front of this", sample)

    def _taken(self, starts: Ints, why: int) -> tuple[int, int]:
        """How many of the values that begin there are given as they are, and how to go on."""
        return len(starts), why

    def _batch(self, starts: Ints, ends: Ints) -> JsonBatch:
        if self._near:
            starts, ends = entries(self._data, starts, ends)
        lines = np.searchsorted(self._breaks, starts) + self._line
        sources = np.full(len(starts), self._source, np.int32)
        offsets = starts + self._offset
        found = JsonBatch(self._data, starts, ends, sources, offsets, lines, self._names)
        return without_long(found, self._report)

    def _enter_list(self) -> bool:
        """Go into the list of events that an object too large for the buffer holds, if it does."""
        state = self._state
        begin = int(state[BEGIN])
        if begin < 0 or state[DROPPED] or state[LEVEL] == 1:
            return False
        found = list_inside(self._data, begin, self._have)
        near = None if found else list_near(self._data, begin, self._have)
        found = found or near
        if found is None:
            return False
        self._near = near is not None
        self._at, self._closers = found
        state[:] = new_state(1)
        return True

    def _leave_list(self) -> None:
        """Back to the level of whole values; what is left around the list is dropped."""
        self._state[:] = new_state(0)
        self._near = False
        if self._closers:
            self._state[BEGIN] = self._at
            self._state[DEPTH] = self._closers
            self._state[DROPPED] = 1
            self._closers = 0

    def _forget(self) -> None:
        """Keep of the buffer only the value that is still open."""
        state = self._state
        begin = int(state[BEGIN])
        if begin >= 0 and not state[DROPPED] and self._have - begin > LONGEST:
            self._reject(begin, TOO_LONG, self._sample(begin))
            state[DROPPED] = 1
        kept = min(self._at, self._have) if begin < 0 or state[DROPPED] else begin
        if begin >= 0:
            state[BEGIN] = 0
        self._line += int(np.searchsorted(self._breaks, kept))
        self._offset += kept
        self._at -= kept
        self._have -= kept
        self._data = self._data[kept:]
        double = 2 * self._have
        self._room = self._least if double <= self._least else min(double, LONGEST) + self._least

    def _finish(self) -> Iterator[JsonBatch]:
        """What stands unfinished at the end: an event no more, but a reject."""
        state = self._state
        begin = int(state[BEGIN])
        trouble = self._stream.trouble
        bare = not (state[DROPPED] or state[LEVEL] or state[DEPTH] or state[QUOTED])
        if begin >= 0 and bare and trouble is None:
            yield self._batch(np.array([begin], np.int64), np.array([self._have], np.int64))
            return
        if begin >= 0 and not state[DROPPED]:
            reason = trouble or "the JSON value that begins here does not end"
            self._reject(begin, reason, self._sample(begin))
        elif begin >= 0 or state[LEVEL]:
            self._reject(self._have, trouble or "the JSON text ends too early")
        elif trouble is not None:
            self._reject(self._have, trouble)

    def _reject(self, place: int, reason: str, sample: bytes = b"") -> None:
        line = self._line + int(np.searchsorted(self._breaks, place))
        self._report.reject(self._names[self._source], line, reason, sample)

    def _sample(self, begin: int) -> bytes:
        return self._data[begin : min(begin + SAMPLE, self._have)].tobytes()
