"""Alerts of the store as text: a table for people, NDJSON, JSON, CSV, or only their ids."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from tocsin.alerts.csv_line import csv_head, csv_line
from tocsin.alerts.happening import steps
from tocsin.alerts.iso import iso
from tocsin.cli.console import STYLES
from tocsin.cli.happening import safe
from tocsin.cli.output import Array, Lines, Writer
from tocsin.cli.sink import Sink
from tocsin.cli.table import ROOMY, WIDTH, aligned, coloured, folded, painter, width_of
from tocsin.store.export import document_of, written
from tocsin.store.kept import Kept

FORMATS = ("table", "ndjson", "json", "csv", "ids")
COLUMNS = (
    "@timestamp",
    "status",
    "reason",
    "severity",
    "risk_score",
    "rule_id",
    "rule_name",
    "alert_id",
    "tactics",
    "techniques",
    "host",
    "user",
    "tags",
    "assignees",
    "building_block",
    "message",
)
SHORT = 12
"""Characters of an id that are shown where people read it."""


def rows(form: str, out: Sink) -> Writer[Kept]:
    """The writer of a format."""
    match form:
        case "ndjson":
            return Lines(out, _document)
        case "ids":
            return Lines(out, lambda kept: kept.id.encode())
        case "csv":
            return Lines(out, _csv, csv_head(COLUMNS))
        case "json":
            return Array(out, _document)
        case _:
            return _Table(out)


class _Table:
    """A row an alert where there is room, else a record of some lines."""

    def __init__(self, out: Sink) -> None:
        width = width_of(out)
        self._out = out
        self._paint = painter(out)
        self._wide = width >= ROOMY
        rule = 28 if width >= WIDTH - 20 else 22
        fixed = (SHORT, 16, 12, 8, rule, 12)
        rest = width - sum(fixed) - 2 * len(fixed) if self._wide else width - 4
        self._widths = (*fixed, max(20, rest))
        self._begun = False

    def begin(self) -> None:
        pass

    def write(self, kept: Kept) -> None:
        if self._wide and not self._begun:
            names = ("id", "time", "status", "severity", "rule", "host", "what happened")
            self._out.text(self._paint(aligned(names, self._widths), "bold") + "\n")
        self._begun = True
        self._out.text(self._row(kept) if self._wide else self._record(kept))

    def end(self) -> None:
        pass

    def _row(self, kept: Kept) -> str:
        *_, rule, host, room = self._widths
        cells = [
            [kept.id[:SHORT]],
            [moment(kept.timestamp)],
            [kept.status],
            [kept.severity],
            folded(safe(kept.rule_name), rule),
            folded(safe(", ".join(kept.hosts)), host),
            [part for told in _told(kept) for part in folded(told, room, indent="  ")],
        ]
        lines = [aligned(line, self._widths) for line in zip_longest(*cells, fillvalue="")]
        start = sum(self._widths[:3]) + 6
        lines[0] = coloured(lines[0], start, kept.severity, self._paint)
        return "\n".join(lines) + "\n"

    def _record(self, kept: Kept) -> str:
        room = self._widths[-1]
        severity = self._paint(kept.severity, STYLES.get(kept.severity, ""))
        title = f"{kept.id[:SHORT]}  {moment(kept.timestamp)}  {kept.status}  {severity}"
        where = safe(", ".join(kept.hosts))
        told = [safe(kept.rule_name), where, *_told(kept)]
        body = [line for text in told if text for line in folded(text, room, indent="  ")]
        return "\n".join([title, *(f"    {line}" for line in body)]) + "\n"


def moment(milliseconds: int) -> str:
    """A time to the minute, as tables show it."""
    return iso(milliseconds)[:16].replace("T", " ")


def happened_in(document: Mapping[str, Any]) -> list[str]:
    """What happened, in lines fit for a terminal; a document of a strange shape tells nothing."""
    try:
        return [safe(line) for line in steps(document)]
    except (AttributeError, IndexError, KeyError, TypeError):
        return []


def _told(kept: Kept) -> list[str]:
    told = happened_in(document_of(kept))
    people = [f"[{safe(tag)}]" for tag in kept.tags]
    people += [f"@{safe(name)}" for name in kept.assignees]
    if kept.reason:
        people.append(f"closed as {safe(kept.reason)}")
    return [*told, " ".join(people)] if people else told


def _document(kept: Kept) -> bytes:
    return written(document_of(kept))


def _csv(kept: Kept) -> bytes:
    return csv_line(
        [
            iso(kept.timestamp),
            kept.status,
            kept.reason or "",
            kept.severity,
            f"{kept.risk_score:g}",
            kept.rule_id,
            kept.rule_name,
            kept.id,
            " ".join(kept.tactics),
            " ".join(kept.techniques),
            " ".join(kept.hosts),
            " ".join(kept.users),
            ", ".join(kept.tags),
            ", ".join(kept.assignees),
            kept.building_block,
            document_of(kept).get("kibana.alert.reason", ""),
        ]
    )
