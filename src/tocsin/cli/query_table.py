"""The rows of an ES|QL query's result: a table for people, or NDJSON, JSON and CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from tocsin.alerts.csv_line import csv_head, csv_line
from tocsin.cli.happening import safe
from tocsin.cli.sink import Sink

_MEASURED = 200
"""Rows that decide how wide columns are."""
_WIDEST = 60


class TableShown:
    """Writes rows in one of the formats, and counts them."""

    def __init__(self, form: str, out: Sink, columns: tuple[str, ...]) -> None:
        self.count = 0
        self.out = out
        self._form = form
        self._columns = columns
        self._waiting: list[list[str]] = []
        self._widths: list[int] | None = None

    def begin(self) -> None:
        """The first row is yet to come."""
        if self._form == "csv":
            self.out.write(csv_head(self._columns))
        elif self._form == "json":
            self.out.write(b"[")

    def show(self, row: Mapping[str, Any]) -> None:
        """Write one row."""
        self.count += 1
        if self._form == "csv":
            self.out.write(csv_line(_text(row[name]) for name in self._columns))
        elif self._form == "ndjson":
            self.out.write(_json(row) + b"\n")
        elif self._form == "json":
            self.out.write((b"\n" if self.count == 1 else b",\n") + _json(row))
        else:
            self._line([safe(_text(row[name])) for name in self._columns])

    def end(self) -> None:
        """There are no more."""
        if self._form == "json":
            self.out.write(b"\n]\n")
        elif self._form == "table" and self._widths is None:
            self._measure()

    def _line(self, cells: list[str]) -> None:
        if self._widths is not None:
            self._write(cells, self._widths)
            return
        self._waiting.append(cells)
        if len(self._waiting) >= _MEASURED:
            self._measure()

    def _measure(self) -> None:
        """Fix the widths of columns, and write what waits for them."""
        heads = [safe(name) for name in self._columns]
        columns = zip(heads, *self._waiting, strict=True)
        self._widths = [min(max(map(len, cells)), _WIDEST) for cells in columns]
        self._write(heads, self._widths)
        self._write(["-" * width for width in self._widths], self._widths)
        for cells in self._waiting:
            self._write(cells, self._widths)
        self._waiting = []

    def _write(self, cells: list[str], widths: list[int]) -> None:
        told = (_cut(cell).ljust(width) for cell, width in zip(cells, widths, strict=True))
        self.out.text("  ".join(told).rstrip() + "\n")


def _cut(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else cell[: _WIDEST - 1] + "…"


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(map(_text, value))
        case _:
            return str(value)


def _json(row: Mapping[str, Any]) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_NON_STR_KEYS, default=str)
