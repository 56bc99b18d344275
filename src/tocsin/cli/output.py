"""Alerts as text: NDJSON, JSON, CSV, a table for people, or a page to send to someone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, Protocol

from tocsin.alerts.happening import steps
from tocsin.alerts.paths import first_at
from tocsin.cli.sink import Sink
from tocsin.cli.table import TableWriter, techniques
from tocsin.engine.alert import Alert

FORMATS = ("table", "ndjson", "json", "csv")
ALERT_FORMATS = (*FORMATS, "html")
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


class Writer(Protocol):
    """Writes alerts one after the other."""

    def begin(self) -> None: ...
    def write(self, alert: Alert) -> None: ...
    def end(self) -> None: ...


class NdjsonWriter:
    """A document a line."""

    def __init__(self, out: Sink) -> None:
        self._out = out

    def begin(self) -> None:
        """Nothing comes first."""

    def write(self, alert: Alert) -> None:
        self._out.write(alert.line + b"\n")

    def end(self) -> None:
        """Nothing comes last."""


class JsonWriter:
    """One JSON array of documents."""

    def __init__(self, out: Sink) -> None:
        self._out = out
        self._separator = b"\n"

    def begin(self) -> None:
        self._out.write(b"[")

    def write(self, alert: Alert) -> None:
        self._out.write(self._separator + alert.line)
        self._separator = b",\n"

    def end(self) -> None:
        self._out.write(b"\n]\n")


class CsvWriter:
    """A row an alert."""

    def __init__(self, out: Sink) -> None:
        self._out = out

    def begin(self) -> None:
        self._out.write(csv_head(COLUMNS))

    def write(self, alert: Alert) -> None:
        self._out.write(csv_line(row(alert)))

    def end(self) -> None:
        """Nothing comes last."""


class HtmlWriter:
    """One page, written when all alerts are known."""

    def __init__(self, out: Sink) -> None:
        from tocsin.web.report import Report  # noqa: PLC0415 - an extra

        self._out = out
        self._report = Report(steps)

    def begin(self) -> None:
        """Nothing can be said yet."""

    def write(self, alert: Alert) -> None:
        rating = alert.rating
        self._report.add(alert.rule, rating.name, rating.severity, lambda: alert.line)

    def end(self) -> None:
        self._out.write(self._report.html().encode())


def writer(form: str, out: Sink) -> Writer:
    """The writer of a format."""
    if form == "html":
        return HtmlWriter(out)
    if form == "ndjson":
        return NdjsonWriter(out)
    if form == "json":
        return JsonWriter(out)
    if form == "csv":
        return CsvWriter(out)
    return TableWriter(out)


def csv_head(names: Iterable[str]) -> bytes:
    """The first line of CSV."""
    return _csv(names)


def csv_line(cells: Iterable[Any]) -> bytes:
    """One line of CSV; what a spreadsheet would take for a formula gets a ``'`` before it."""
    return _csv(_plain(cell) for cell in cells)


def _csv(cells: Iterable[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode("utf-8", "backslashreplace")


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


def _one(document: dict[str, Any], field: str) -> str:
    found = first_at(document, field)
    return "" if found is None else str(found)


def _plain(cell: Any) -> Any:  # noqa: ANN401 - a cell holds anything
    if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{cell}"
    return cell
