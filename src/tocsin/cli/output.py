"""Alerts as text: NDJSON, JSON, CSV, a table for people, or a page to send to someone."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

from tocsin.alerts.csv_line import csv_head, csv_line
from tocsin.alerts.happening import steps
from tocsin.alerts.paths import first_at
from tocsin.cli.sink import Sink
from tocsin.cli.table import TableWriter, techniques
from tocsin.engine.alert import Alert

_Alert_contra = TypeVar("_Alert_contra", contravariant=True)

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


class Writer(Protocol[_Alert_contra]):
    """Writes alerts one after the other."""

    def begin(self) -> None: ...
    def write(self, alert: _Alert_contra) -> None: ...
    def end(self) -> None: ...


class Lines(Generic[_Alert_contra]):
    """A line an alert; ``head`` stands before all of them."""

    def __init__(
        self, out: Sink, line: Callable[[_Alert_contra], bytes], head: bytes = b""
    ) -> None:
        self._out = out
        self._line = line
        self._head = head

    def begin(self) -> None:
        self._out.write(self._head)

    def write(self, alert: _Alert_contra) -> None:
        self._out.write(self._line(alert).removesuffix(b"\n") + b"\n")

    def end(self) -> None:
        """Nothing comes last."""


class Array(Generic[_Alert_contra]):
    """One JSON array of documents."""

    def __init__(self, out: Sink, document: Callable[[_Alert_contra], bytes]) -> None:
        self._out = out
        self._document = document
        self._separator = b"\n"

    def begin(self) -> None:
        self._out.write(b"[")

    def write(self, alert: _Alert_contra) -> None:
        self._out.write(self._separator + self._document(alert))
        self._separator = b",\n"

    def end(self) -> None:
        self._out.write(b"\n]\n")


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


def writer(form: str, out: Sink) -> Writer[Alert]:
    """The writer of a format."""
    match form:
        case "html":
            return HtmlWriter(out)
        case "ndjson":
            return Lines(out, attrgetter("line"))
        case "json":
            return Array(out, attrgetter("line"))
        case "csv":
            return Lines(out, lambda alert: csv_line(row(alert)), csv_head(COLUMNS))
        case _:
            return TableWriter(out)


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
