"""Lines of CSV, in which spreadsheets find no formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Iterable[Any]) -> bytes:
    """One line of CSV; what a spreadsheet would take for a formula gets a ``'`` before it."""
    return csv_head(_plain(cell) for cell in cells)


def csv_head(names: Iterable[Any]) -> bytes:
    """The first line of CSV, its cells as they stand: names of our own."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(names)
    return line.getvalue().encode("utf-8", "backslashreplace")


def _plain(cell: Any) -> Any:  # noqa: ANN401 - a cell holds anything
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
