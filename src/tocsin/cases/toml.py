"""Cases as TOML, for people: what all events have once, then cases with what is special to each.

[event]                              # what every event has, unless it says otherwise
host.os.type = "linux"

[[case]]
name = "curl asks the Kubelet"
fires = true                         # or false, or how many alerts

[[case.events]]
"@timestamp" = "+7s"
process.name = "curl"
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tocsin.cases.build import build_case
from tocsin.cases.case import Case
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.diagnostics.span import line_and_column
from tocsin.rules.layout import Path as Keys
from tocsin.rules.report import Report, shown
from tocsin.rules.sources import SourceFile
from tocsin.rules.toml import TomlPlaces, read_toml

_TABLES = ("event", "case")


def toml_cases(path: Path, content: bytes, diagnostics: list[Diagnostic]) -> Iterator[Case]:
    """The cases of a file, in order."""
    read = read_toml(SourceFile(str(path), content), diagnostics)
    if read is None:
        return
    text, document = read
    places = TomlPlaces(text)
    report = Report(str(path), text, places)
    for name, value in document.items():
        if name not in _TABLES:
            hint = did_you_mean(near(name, _TABLES, 1)) or "there are [event] and [[case]]"
            report.add("CASE002", _first(name, value), f"nothing reads `{shown(name)}`", hint=hint)
    common, rows = document.get("event", {}), document.get("case", [])
    if not isinstance(common, dict):
        report.add("CASE002", ("event",), "`event` must be a table")
        common = {}
    if not isinstance(rows, list):
        report.add("CASE002", ("case",), "write each case as a table [[case]]")
        rows = []
    for number, row in enumerate(rows):
        keys: Keys = ("case", number)
        span = places(keys)
        line = line_and_column(text, span.start)[0] if span.start >= 0 else 1
        case = build_case(row, common, path, line, report, keys)
        if case is not None:
            yield case
    if not rows and not any(one.severity is Severity.ERROR for one in report.diagnostics):
        report.add("CASE002", (), "the file holds no case", hint="begin one with [[case]]")
    diagnostics.extend(report.diagnostics)


def _first(name: str, value: object) -> Keys:
    """Where a table stands, or the first of an array of tables."""
    return (name, 0) if isinstance(value, list) else (name,)
