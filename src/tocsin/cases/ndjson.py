"""Cases as NDJSON: a case a line, ``{"name": "…", "fires": true, "events": [{…}, …]}``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import orjson

from tocsin.cases.build import build_case
from tocsin.cases.case import Case
from tocsin.diagnostics import Diagnostic, Span
from tocsin.rules.layout import Path as Keys
from tocsin.rules.report import Report


def ndjson_cases(path: Path, content: bytes, diagnostics: list[Diagnostic]) -> Iterator[Case]:
    """The cases of a file, in order."""
    text = content.decode("utf-8-sig", "replace")
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        place = Span(start, start + max(1, len(line)))
        report = Report(str(path), text, partial(_here, place))
        start += len(line) + 1
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            report.add("CASE001", (), f"line {number} is no JSON: {error.msg}")
        else:
            case = build_case(value, {}, path, number, report, ("case",))
            if case is not None:
                yield case
        diagnostics.extend(report.diagnostics)


def _here(place: Span, _: Keys) -> Span:
    return place
