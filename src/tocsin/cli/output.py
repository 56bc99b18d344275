"""Alerts as text: NDJSON, JSON, CSV, or a table for people."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tocsin.cli.failure import CannotRun
from tocsin.engine.alert import Alert

FORMATS = ("table", "ndjson", "json", "csv")
COLUMNS = (
    "@timestamp",
    "severity",
    "risk_score",
    "rule_id",
    "rule_name",
    "alert_id",
    "tactics",
    "techniques",
    "host",
    "user",
    "building_block",
    "events",
    "reason",
)
WIDTH = 160
"""Columns of a table where no terminal says how many there are."""
STYLES = {"critical": "bold magenta", "high": "bold red", "medium": "yellow", "low": "cyan"}


class Writer(Protocol):
    """Writes alerts one after the other."""

    def begin(self) -> None: ...
    def write(self, alert: Alert) -> None: ...
    def end(self) -> None: ...


class NdjsonWriter:
    """A document a line."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def begin(self) -> None:
        """Nothing comes first."""

    def write(self, alert: Alert) -> None:
        self._out.write(alert.line + b"\n")

    def end(self) -> None:
        self._out.flush()


class JsonWriter:
    """One JSON array of documents."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._separator = b"\n"

    def begin(self) -> None:
        self._out.write(b"[")

    def write(self, alert: Alert) -> None:
        self._out.write(self._separator + alert.line)
        self._separator = b",\n"

    def end(self) -> None:
        self._out.write(b"\n]\n")
        self._out.flush()


class CsvWriter:
    """A row an alert; cells that a spreadsheet would take for a formula are quoted with ``'``."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def begin(self) -> None:
        self._row(COLUMNS)

    def write(self, alert: Alert) -> None:
        self._row([_plain(value) for value in row(alert)])

    def end(self) -> None:
        self._out.flush()

    def _row(self, cells: Iterable[Any]) -> None:
        line = io.StringIO()
        csv.writer(line).writerow(cells)
        self._out.write(line.getvalue().encode())


class TableWriter:
    """A table for people, written when all alerts are known."""

    def __init__(self, console: Console, out: IO[bytes] | None = None) -> None:
        self._console = console
        self._out = out
        self._table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("time", "severity", "rule", "ATT&CK", "host", "what happened"):
            self._table.add_column(name, overflow="fold", no_wrap=name in {"time", "severity"})
        self._rows = 0

    def begin(self) -> None:
        """Nothing comes first."""

    def write(self, alert: Alert) -> None:
        document = alert.document
        severity = str(document["kibana.alert.severity"])
        self._table.add_row(
            str(document["@timestamp"]).replace("T", " ").removesuffix("Z"),
            Text(severity, style=STYLES.get(severity, "")),
            Text(safe(str(document["kibana.alert.rule.name"]))),
            Text(" ".join(techniques(document))),
            Text(safe(_one(document, "host.name"))),
            Text(safe(_told(document))),
        )
        self._rows += 1

    def end(self) -> None:
        if self._rows:
            self._console.print(self._table)
        if self._out is not None and isinstance(self._console.file, io.StringIO):
            self._out.write(self._console.file.getvalue().encode())


def safe(text: str) -> str:
    """Text of events and rules without characters that would steer a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def row(alert: Alert) -> list[Any]:
    """An alert as the cells of `COLUMNS`."""
    document = alert.document
    threats = document.get("kibana.alert.rule.threat", [])
    return [
        document["@timestamp"],
        document["kibana.alert.severity"],
        document["kibana.alert.risk_score"],
        document["kibana.alert.rule.rule_id"],
        document["kibana.alert.rule.name"],
        document["kibana.alert.uuid"],
        " ".join(entry["tactic"]["id"] for entry in threats),
        " ".join(techniques(document)),
        _one(document, "host.name"),
        _one(document, "user.name"),
        "kibana.alert.building_block_type" in document,
        " ".join(event["id"] for event in document["tocsin.events"]),
        document["kibana.alert.reason"],
    ]


def techniques(document: dict[str, Any]) -> list[str]:
    """The ATT&CK techniques of an alert, the most specific ones, without doubles."""
    found: dict[str, None] = {}
    for entry in document.get("kibana.alert.rule.threat", []):
        for technique in entry.get("technique", []):
            parts = technique.get("subtechnique") or [technique]
            found.update((part["id"], None) for part in parts)
    return list(found)


def _one(document: dict[str, Any], field: str) -> str:
    from tocsin.alerts.paths import first_at  # noqa: PLC0415 - the CSV and table only

    return str(first_at(document, field) or "")


def _told(document: dict[str, Any]) -> str:
    reason = str(document["kibana.alert.reason"])
    return reason.split(" created ", 1)[0]


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell holds anything
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value


@contextmanager
def opened(path: str | None) -> Iterator[IO[bytes]]:
    """Where alerts go: a file, or stdout."""
    if path is None or path == "-":
        yield sys.stdout.buffer
        return
    try:
        file = Path(path).open("wb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise CannotRun(f"cannot write {path}: {error.strerror}") from error
    with file:
        yield file


def writer(form: str, out: IO[bytes]) -> Writer:
    """The writer of a format. A table takes the terminal's width, or 160 columns elsewhere."""
    if form == "ndjson":
        return NdjsonWriter(out)
    if form == "json":
        return JsonWriter(out)
    if form == "csv":
        return CsvWriter(out)
    if out is sys.stdout.buffer:
        width = None if sys.stdout.isatty() else WIDTH
        return TableWriter(Console(width=width, highlight=False))
    return TableWriter(Console(file=io.StringIO(), width=WIDTH, highlight=False), out)
