"""Reads the answers of ES|QL row by row, each an event.

Answers follow each other; what else stands between them is read as `Values` reads it. Rows are read
as they come, however many there are. A columnar answer must be there as a whole: one that is longer
than any value may be is rejected.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tocsin.inputs.batch import BYTES, ROWS, JsonBatch, padded
from tocsin.inputs.esql_answer import Shape, elements, shape_of, table_inside
from tocsin.inputs.esql_event import Rows
from tocsin.inputs.framing import BEGIN, DROPPED, FULL, LEVEL, new_state
from tocsin.inputs.lines import NEWLINE
from tocsin.inputs.recognise import recognised
from tocsin.inputs.report import SAMPLE
from tocsin.inputs.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.esql_answer import Table
    from tocsin.inputs.report import Report

    Ints = npt.NDArray[np.int64]

_LIST = ord("[")
_ABREAST = 1 << 18
"""About how many values of a columnar answer are looked for at once."""


class Answers(Values):
    """The events of a stream of answers; parameters are those of `Values`."""

    _rows: Rows | None = None
    """What the rows are that come now; None outside an answer."""

    def events(self) -> Iterator[JsonBatch]:
        """All events in order; whether they are sound the scanner says."""
        for batch in self.batches():
            if self._rows is None:
                yield from self._others(batch)
            else:
                yield from self._of_rows(batch, self._rows)

    def _taken(self, starts: Ints, why: int) -> tuple[int, int]:
        """An answer is entered, and what comes before it is given first."""
        if self._state[LEVEL] == 1:
            return super()._taken(starts, why)
        for number, begin in enumerate(starts.tolist()):
            table = table_inside(self._data, begin, self._have)
            if table is None or shape_of(self._data, table, self._have) is not Shape.ROWS:
                continue
            if number:
                self._at = begin
                self._state[:] = new_state(0)
            else:
                self._enter(table)
            return number, FULL
        return len(starts), why

    def _enter_list(self) -> bool:
        begin = int(self._state[BEGIN])
        if begin >= 0 and not self._state[DROPPED] and self._state[LEVEL] == 0:
            table = table_inside(self._data, begin, self._have)
            if table is not None and shape_of(self._data, table, self._have) is Shape.ROWS:
                self._enter(table)
                return True
        return super()._enter_list()

    def _enter(self, table: Table) -> None:
        self._rows = Rows(table.names)
        self._at, self._closers = table.begin, table.closers
        self._state[:] = new_state(1)

    def _leave_list(self) -> None:
        self._rows = None
        super()._leave_list()

    def _others(self, batch: JsonBatch) -> Iterator[JsonBatch]:
        """What stands outside answers in rows: columnar answers, and events of any kind."""
        last = 0
        for row, (begin, end) in enumerate(
            zip(batch.starts.tolist(), batch.ends.tolist(), strict=True)
        ):
            table = table_inside(batch.data, begin, end)
            if table is None or shape_of(batch.data, table, end) is not Shape.COLUMNS:
                continue
            if row > last:
                yield recognised(batch.part(last, row))
            yield from self._of_columns(batch.part(row, row + 1), table)
            last = row + 1
        if last < len(batch):
            yield recognised(batch.part(last, len(batch)))

    def _of_rows(self, batch: JsonBatch, rows: Rows) -> Iterator[JsonBatch]:
        hits = _Hits(batch, rows, self._report)
        spans = zip(batch.starts.tolist(), batch.ends.tolist(), strict=True)
        places = zip(batch.lines.tolist(), batch.offsets.tolist(), strict=True)
        for (begin, end), (line, offset) in zip(spans, places, strict=True):
            values = _row(batch.data, begin, end, rows.width)
            if isinstance(values, str):
                hits.reject(line, values, batch.data[begin : min(end, begin + SAMPLE)].tobytes())
            else:
                hits.add(values, line, offset)
            if hits.full:
                yield hits.taken()
        yield hits.taken()

    def _of_columns(self, batch: JsonBatch, table: Table) -> Iterator[JsonBatch]:
        hits = _Hits(batch, Rows(table.names), self._report)
        data, begin, end = batch.data, int(batch.starts[0]), int(batch.ends[0])
        breaks = np.flatnonzero(data[begin:end] == NEWLINE)
        ahead = max(1, _ABREAST // len(table.names))
        lists = [span for span in elements(data, table.begin, end) if span is not None]
        columns = [elements(data, first + 1, last, ahead) for first, last in lists]
        for row in zip(*columns, strict=True):
            spans = [span for span in row if span is not None]
            if not spans:
                break
            at = spans[0][0] - begin
            line = int(batch.lines[0]) + int(np.searchsorted(breaks, at))
            hits.add(_texts(data, spans), line, int(batch.offsets[0]) + at)
            if hits.full:
                yield hits.taken()
        yield hits.taken()


def _row(data: Bytes, begin: int, end: int, width: int) -> list[bytes] | str:
    """The JSON of a row's values, or why it is no row."""
    if data[begin] != _LIST:
        return "a row of an ES|QL answer that is no list"
    found = list(elements(data, begin + 1, end, width + 1))
    spans = [span for span in found if span is not None]
    if len(spans) == len(found):
        return "a row of an ES|QL answer in which a comma is missing"
    if len(spans) != width:
        return f"a row of an ES|QL answer with {len(spans):,} values for {width:,} columns"
    return _texts(data, spans)


def _texts(data: Bytes, spans: list[tuple[int, int]]) -> list[bytes]:
    view = data.data
    return [bytes(view[begin:end]).strip() for begin, end in spans]


class _Hits:
    """Collects hits of rows into batches of the size of others."""

    def __init__(self, batch: JsonBatch, rows: Rows, report: Report) -> None:
        self._batch = batch
        self._rows = rows
        self._report = report
        self._clear()

    def _clear(self) -> None:
        self._texts: list[bytes] = []
        self._places: list[tuple[int, int]] = []
        self._size = 0

    @property
    def full(self) -> bool:
        return len(self._texts) >= ROWS or self._size >= BYTES

    def add(self, values: list[bytes], line: int, offset: int) -> None:
        """A row's values, and where it stands."""
        try:
            text = self._rows.hit(values)
        except ValueError as error:
            self.reject(line, str(error), b"[%b]" % b",".join(values))
            return
        self._texts.append(text)
        self._places.append((line, offset))
        self._size += len(text)

    def reject(self, line: int, reason: str, sample: bytes) -> None:
        """Tell of a row that is no event."""
        self._report.reject(self._batch.names[int(self._batch.sources[0])], line, reason, sample)

    def taken(self) -> JsonBatch:
        """The events of the hits so far, which are forgotten."""
        ends = np.cumsum([len(text) for text in self._texts], dtype=np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])[: len(ends)]
        places = np.array(self._places, np.int64).reshape(-1, 2)
        found = JsonBatch(
            padded(self._texts),
            starts,
            ends,
            np.full(len(ends), self._batch.sources[0], np.int32),
            places[:, 1].copy(),
            places[:, 0].copy(),
            self._batch.names,
        )
        self._clear()
        return replace(recognised(found), offsets=found.offsets)
