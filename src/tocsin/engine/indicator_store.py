"""The indicators of a run: which values they have, and the documents themselves where they stand.

Building reads all of them once, in memory that does not grow with their number: hashes of values
go to a table, places to a file. A document is read again only when an event shares a value with it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from tocsin.alerts.paths import Fields
from tocsin.columns.cells import Batch, Cells, Place
from tocsin.columns.content import content_hash
from tocsin.inputs.indicators import IndicatorEvents
from tocsin.inputs.report import KEPT, Reject
from tocsin.inputs.source import Events
from tocsin.inputs.spool import temporary
from tocsin.match.indicator_columns import SharedColumns
from tocsin.match.indicator_table import Table
from tocsin.match.keyhash import Ints
from tocsin.match.matcher import Matcher
from tocsin.match.records import places
from tocsin.plan.plan import ThreatPlan
from tocsin.plan.program import compile_program
from tocsin.plan.rule_threat_match import at_a_glance

MOST_KEPT = 4096
"""Documents that are kept parsed."""

_RECORD = struct.Struct("<iqqi")
_RECORDS = np.dtype([("source", "<i4"), ("offset", "<i8"), ("name", "<i8"), ("length", "<i4")])
"""Source and offset of a document, place and length of its name (-1: it has none)."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator that was read again."""

    number: int
    id: str
    index: str
    event: dict[str, Any]
    fields: Fields


class IndicatorStore:
    """The indicators that some rules may match events with.

    ``read``: documents; ``used``: those that are indicators of some rule; ``rejected``: lines that
    are no documents, of which ``rejects`` has the first.
    """

    def __init__(self, plans: Sequence[ThreatPlan], source: Events) -> None:
        self.columns = SharedColumns(plans)
        self.table = Table()
        self.read = self.used = self.rejected = 0
        self.rejects: list[Reject] = []
        self._source = source
        self._places = temporary(self)
        self._names = temporary(self)
        self._names_end = 0
        self._known: dict[int, Indicator] = {}
        self._build(plans)

    def of(self, value: int) -> npt.NDArray[np.uint32]:
        """The numbers of the indicators that may have a value with this hash, ascending."""
        return self.table.numbers(value)

    def documents(self, numbers: Iterable[int]) -> Iterator[Indicator]:
        """The documents of some indicators, in order of their numbers."""
        wanted = sorted(set(numbers))
        missing = [number for number in wanted if number not in self._known]
        if len(self._known) + len(missing) > MOST_KEPT:
            self._known = {n: self._known[n] for n in wanted if n in self._known}
        records = [self._record(number) for number in missing]
        order = sorted(zip(records, missing, strict=True))
        places = [Place(source, offset) for (source, offset, *_), _ in order]
        again = self._source.read_again(places)
        for ((_, _, at, length), number), (_, content) in zip(order, again, strict=True):
            self._known[number] = self._indicator(number, content, at, length)
        for number in wanted:
            yield self._known[number]

    def _build(self, plans: Sequence[ThreatPlan]) -> None:
        # which rules a document is for is decided when an event meets it: few ever do
        program = compile_program(
            [at_a_glance(plan.indicator) for plan in plans],
            [()] * len(plans),
            extra_fields=self.columns.indicator_fields,
        )
        matcher = Matcher(program, routing="off")
        slots = len(program.fields.names)
        for batch in self._source.batches(program.fields):
            cells = batch.cells(program.fields)
            self.read += len(batch) - len(cells.rejected)
            self._refuse(batch, cells)
            rows = np.unique(matcher.match(cells, None, batch.event).row)
            found, hashes = self.columns.of_indicators(cells, rows, program.slot, slots)
            having = np.unique(found)
            numbers = np.full(len(batch), -1, np.int64)
            numbers[having] = np.arange(self.used, self.used + having.size)
            self.table.add(hashes, numbers[found].astype(np.uint32))
            self._keep(batch, having)
        self.rejected += self._source.rejected
        self.rejects += self._source.rejects
        if isinstance(self._source, IndicatorEvents):
            self.rejected += self._source.refused.rejected
            self.rejects += self._source.refused.rejects
        self.table.finish()

    def _refuse(self, batch: Batch, cells: Cells) -> None:
        """Count the rows that are no documents, and keep the first."""
        self.rejected += len(cells.rejected)
        for row, reason in sorted(cells.rejected.items())[: KEPT - len(self.rejects)]:
            self.rejects.append(Reject(*batch.line(row), reason))

    def _keep(self, batch: Batch, rows: Ints) -> None:
        """Note where some documents stand, and the names that their input gives them."""
        records = np.zeros(rows.size, _RECORDS)
        records["source"], records["offset"] = places(batch, rows)
        records["length"] = -1
        for at, row in enumerate(rows.tolist()) if batch.named else ():
            identity = batch.identity(row)
            if identity is not None:
                name = "\0".join(identity).encode()
                records["name"][at], records["length"][at] = self._names_end, len(name)
                self._names.write(name)
                self._names_end += len(name)
        self._places.write(records.tobytes())
        self.used += rows.size

    def _record(self, number: int) -> tuple[int, int, int, int]:
        self._places.seek(number * _RECORD.size)
        source, offset, at, length = _RECORD.unpack(self._places.read(_RECORD.size))
        return source, offset, at, length

    def _indicator(self, number: int, content: bytes, at: int, length: int) -> Indicator:
        index = name = ""
        if length >= 0:
            self._names.seek(at)
            index, _, name = self._names.read(length).decode().partition("\0")
        event = orjson.loads(content)
        fields = Fields(event, content)
        return Indicator(number, name or content_hash(content), index, event, fields)
