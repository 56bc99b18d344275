"""Alerts as a table for people: columns where there is room, records of a few lines where not.

Lines are written as alerts come, so that a million of them need no more memory than one.
"""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from tocsin.alerts.happening import steps
from tocsin.alerts.paths import first_at
from tocsin.cli.console import STYLES, colours
from tocsin.cli.happening import safe
from tocsin.cli.sink import Sink
from tocsin.engine.alert import Alert

WIDTH = 160
"""Columns of a table where neither a terminal nor ``$COLUMNS`` says how many there are."""

ROOMY = 120
"""From so many columns on there is room for a table."""

Paint = Callable[[str, str], str]


class TableWriter:
    """Writes an alert as soon as it gets it."""

    def __init__(self, out: Sink) -> None:
        width = width_of(out)
        paint = painter(out)
        self._out = out
        self._layout = _Columns(width, paint) if width >= ROOMY else _Records(width, paint)
        self._begun = False

    def begin(self) -> None:
        """Nothing comes before the first alert."""

    def write(self, alert: Alert) -> None:
        if self._out.gone:
            return
        if not self._begun:
            self._out.text(self._layout.head())
            self._begun = True
        self._out.text(self._layout.alert(alert.document))

    def end(self) -> None:
        """Nothing comes last."""


class _Columns:
    """A row an alert, long cells folded."""

    def __init__(self, width: int, paint: Paint) -> None:
        techniques = 20 if width >= WIDTH - 20 else 11
        rule = 30 if width >= WIDTH - 20 else 26
        fixed = (19, 8, rule, techniques, 12)
        self._widths = (*fixed, max(20, width - sum(fixed) - 2 * len(fixed)))
        self._paint = paint

    def head(self) -> str:
        names = ("time", "severity", "rule", "ATT&CK", "host", "what happened")
        return self._paint(aligned(names, self._widths), "bold") + "\n"

    def alert(self, document: dict[str, Any]) -> str:
        severity = str(document["kibana.alert.severity"])
        cells = [
            [_moment(document)],
            [safe(severity)],
            folded(safe(str(document["kibana.alert.rule.name"])), self._widths[2]),
            folded(" ".join(techniques(document)), self._widths[3]),
            folded(safe(_host(document)), self._widths[4]),
            _told(document, self._widths[5]),
        ]
        lines = [aligned(line, self._widths) for line in zip_longest(*cells, fillvalue="")]
        lines[0] = coloured(lines[0], self._widths[0] + 2, severity, self._paint)
        return "\n".join(lines) + "\n"


class _Records:
    """An alert in some lines: what it is, then where and how."""

    def __init__(self, width: int, paint: Paint) -> None:
        self._width = width
        self._paint = paint

    def head(self) -> str:
        return ""

    def alert(self, document: dict[str, Any]) -> str:
        severity = str(document["kibana.alert.severity"])
        rule = safe(str(document["kibana.alert.rule.name"]))
        where = " · ".join(filter(None, (" ".join(techniques(document)), safe(_host(document)))))
        room = max(20, self._width - 4)
        title = f"{_moment(document)}  {self._paint(safe(severity), STYLES.get(severity, ''))}"
        body = [*folded(rule, room), *folded(where, room), *_told(document, room)]
        return "\n".join([title, *(f"    {line}" for line in body if line)]) + "\n"


def techniques(document: Mapping[str, Any]) -> list[str]:
    """The ATT&CK techniques of an alert, the most specific ones, without doubles."""
    found: dict[str, None] = {}
    for entry in document.get("kibana.alert.rule.threat", []):
        for technique in entry.get("technique", []):
            parts = technique.get("subtechnique") or [technique]
            found.update((safe(str(part["id"])), None) for part in parts)
    return list(found)


def _told(document: dict[str, Any], width: int) -> list[str]:
    return [line for step in steps(document) for line in folded(safe(step), width, indent="  ")]


def aligned(cells: Iterable[str], widths: Iterable[int]) -> str:
    """A line of a table: each cell as wide as its column."""
    padded = (
        cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return "  ".join(padded).rstrip()


def coloured(line: str, start: int, severity: str, paint: Paint) -> str:
    """A line in which the severity that stands at ``start`` has its colour."""
    end = start + len(severity)
    return line[:start] + paint(line[start:end], STYLES.get(severity, "")) + line[end:]


def folded(text: str, width: int, indent: str = "") -> list[str]:
    """Text in lines of so many columns, broken at blanks where it can be; at least one line."""
    if cell_len(text) <= width:
        return [text]
    lines = textwrap.wrap(
        text, width, break_on_hyphens=False, break_long_words=True, subsequent_indent=indent
    )
    if text.isascii():
        return lines
    return [piece for line in lines for piece in chop_cells(line, width)]


def width_of(out: Sink) -> int:
    """How many columns there are: the terminal's, else ``$COLUMNS``, else `WIDTH`."""
    if out.is_terminal:
        return shutil.get_terminal_size().columns
    given = os.environ.get("COLUMNS", "")
    return int(given) if given.isdigit() and 0 < int(given) < 10_000 else WIDTH


def painter(out: Sink) -> Paint:
    """Colours text for a terminal; leaves it alone elsewhere, or where ``NO_COLOR`` is set."""
    coloured = out.is_terminal and colours() is not None
    console = Console(highlight=False, force_terminal=coloured)

    @lru_cache(maxsize=64)
    def paint(text: str, style: str) -> str:
        if not style or not coloured:
            return text
        with console.capture() as captured:
            console.print(Text(text, style=style), end="", soft_wrap=True)
        return captured.get()

    return paint


def _moment(document: Mapping[str, Any]) -> str:
    return str(document["@timestamp"])[:19].replace("T", " ")


def _host(document: dict[str, Any]) -> str:
    found = first_at(document, "host.name")
    return "" if found is None else str(found)
