"""The rows of events that one pipeline asks about, in memory or, when there are many, on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.languages.esql.types import Type
from tocsin.tables.cells import arrow_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.languages.esql.typed import Column
    from tocsin.tables.database import Database

_PIECE = 4096
"""Rows that are put together."""
_PARTS = 16
"""Tables that wait until they are; small ones take more memory than their rows."""


class Rows:
    """Rows in order of arrival.

    Parameters
    ----------
    directory
        Where the files are that hold what does not fit in memory.
    name
        Names these files.
    flags
        How many further columns of true and false there are: ``q0``, ``q1``…
    """

    def __init__(
        self, columns: Sequence[Column], directory: Path, name: str, flags: int = 0
    ) -> None:
        self._columns = tuple(columns)
        self._directory = directory
        self._name = name
        fields = [("r", pa.int64()), ("moment", pa.int64())]
        fields += [(f"c{column.id}", arrow_type(column)) for column in self._columns]
        fields += [(f"q{flag}", pa.bool_()) for flag in range(flags)]
        self._flags = flags
        self.schema = pa.schema(fields)
        self._moments: list[npt.NDArray[np.int64]] = []
        self._waiting: list[pa.Table] = []
        self._tables: list[pa.Table] = []
        self._files: list[Path] = []
        self.count = 0
        self.bytes = 0
        """Bytes that the rows take in memory."""
        self.size = 0
        """Bytes of all rows that were added."""
        self.spilled = 0
        """Bytes that went to disk."""
        self.left_out: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        """Numbers of events that are not looked at, which may be of any rows."""

    def add(self, cells: Sequence[pa.Array]) -> None:
        """Add events: their numbers, their times, the columns in their order, the flags."""
        table = pa.Table.from_arrays(cells, schema=self.schema)
        self.count += len(table)
        self.bytes += table.nbytes
        self.size += table.nbytes
        self._moments.append(table.column("moment").to_numpy())
        self._waiting.append(table)
        if len(self._waiting) >= _PARTS or sum(map(len, self._waiting)) >= _PIECE:
            self._pack()

    @property
    def moments(self) -> npt.NDArray[np.int64]:
        """The times of all events, ascending."""
        empty = np.zeros(0, np.int64)
        found: npt.NDArray[np.int64] = np.sort(np.concatenate([empty, *self._moments]))
        return found

    def _pack(self) -> None:
        if self._waiting:
            self._tables.append(pa.concat_tables(self._waiting).combine_chunks())
            self._waiting = []

    def spill(self) -> None:
        """Put all rows that are in memory on disk."""
        self._pack()
        if not self._tables:
            return
        path = self._directory / f"{self._name}-{len(self._files)}.parquet"
        pq.write_table(pa.concat_tables(self._tables), path, compression="zstd")
        self.spilled += path.stat().st_size
        self._files.append(path)
        self._tables = []
        self.bytes = 0

    def register(self, database: Database) -> None:
        """Make these rows the table ``events`` of a database."""
        self._pack()
        if self._files:
            self.spill()
        told = ["r", "moment"]
        for column in self._columns:
            name = f"c{column.id}"
            if column.type is Type.UNSIGNED:
                kind = "HUGEINT[]" if column.multi else "HUGEINT"
                name = f"CAST({name} AS {kind}) AS {name}"
            told.append(name)
        told += [f"q{flag}" for flag in range(self._flags)]
        if self._files:
            listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in self._files)
            source = f"read_parquet([{listed}])"
        else:
            tables = self._tables or [self.schema.empty_table()]
            database.connection.register("stored", pa.concat_tables(tables))
            source = "stored"
        if self.left_out.size:
            left_out = pa.table({"r": self.left_out})
            database.connection.register("left_out", left_out)
            source += " WHERE r NOT IN (SELECT r FROM left_out)"
        database.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW events AS SELECT {', '.join(told)} FROM {source}"  # noqa: S608
        )

    def since(self, low: int, database: Database) -> tuple[list[int], list[int]]:
        """The numbers of events from a time on, ascending, and their flags, a bit each."""
        if not self.count:
            return [], []
        self.register(database)
        bits = " + ".join(
            f"CASE WHEN q{flag} THEN {1 << flag} ELSE 0 END" for flag in range(self._flags)
        )
        sql = f"SELECT r, {bits or 0} FROM events WHERE moment >= {low} ORDER BY r"  # noqa: S608
        found = database.rows(sql)
        return [row[0] for row in found], [int(row[1]) for row in found] if bits else []
