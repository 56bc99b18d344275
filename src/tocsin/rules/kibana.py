"""Read rules from Kibana's export: NDJSON with a rule in each line.

Besides rules an export holds exception lists and items, connectors and, last, a summary; those
lines are counted and passed over. A JSON array of rules, a page of them as Kibana's API answers
(see `tocsin.rules.page`), or a rule as one JSON object, is read likewise.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from tocsin.diagnostics import Diagnostic, Severity, Span
from tocsin.rules.build import build_rule
from tocsin.rules.json_layout import JsonPlaces, nearest, parts
from tocsin.rules.page import is_page
from tocsin.rules.report import Report
from tocsin.rules.rule import Origin, Rule
from tocsin.rules.sources import SourceFile

MOST_TOLD = 50
"""Broken lines of one file that are told of one by one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A JSON value with its text, and where that begins in the file: offset, line and column."""

    value: Any
    text: str
    start: int = 0
    line: int = 1
    column: int = 1


def is_json(content: bytes) -> bool:
    """Whether a text is JSON rather than TOML, by its first characters."""
    head = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"{") or (head.startswith(b"[") and head[1:].lstrip()[:1] in b"{]")


def kibana_rules(file: SourceFile, diagnostics: list[Diagnostic]) -> Iterator[Rule]:
    """The rules of an export, in order. Lines that are none, or broken, go to ``diagnostics``.

    A rule that was disabled when it was exported is so here. (In TOML files ``enabled`` says what
    becomes of a rule on its installation into Kibana; it is of no matter here.)
    """
    passed: Counter[str] = Counter()
    text = file.content.decode("utf-8-sig", "replace")
    for entry in json_entries(file.name, text, diagnostics):
        kind = kind_of(entry.value)
        if kind != "rules":
            passed[kind] += 1
            continue
        origin = Origin(file.name, entry.text, -1, entry.line, entry.column)
        report = Report(file.name, entry.text, JsonPlaces(entry.text), origin.begins)
        table = {key: value for key, value in entry.value.items() if value is not None}
        rule = build_rule(table, {}, {}, origin, report)
        diagnostics.extend(report.diagnostics)
        if rule is not None:
            yield rule if table.get("enabled", True) else dataclasses.replace(rule, enabled=False)
    passed.pop("summaries", None)
    if passed:
        counted = ", ".join(
            f"{number} {kind.removesuffix('s') if number == 1 else kind}"
            for kind, number in sorted(passed.items())
        )
        message = f"{file.name}: passed over {counted}"
        hint = "give the file to --exceptions too" if "exception items" in passed else ""
        diagnostics.append(Diagnostic("RULE012", message, Severity.INFO, hint=hint, file=file.name))


def json_entries(name: str, text: str, diagnostics: list[Diagnostic]) -> Iterator[Entry]:
    """The JSON values of an export: its lines, the parts of an array, or the one value it is.

    Pages stand for what is in them; that some are missing is told.
    """
    pages: list[Entry] = []
    for entry in _values(name, text, diagnostics):
        if not is_page(entry.value):
            yield entry
            continue
        pages.append(entry)
        yield from _elements(name, entry, diagnostics)
    if pages:
        diagnostics.extend(_missing(name, text, pages))


def _values(name: str, text: str, diagnostics: list[Diagnostic]) -> Iterator[Entry]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        yield from _lines(name, text, diagnostics)
        return
    whole = Entry(value, text)
    if isinstance(value, list):
        yield from _elements(name, whole, diagnostics)
    else:
        yield whole


def _elements(name: str, entry: Entry, diagnostics: list[Diagnostic]) -> Iterator[Entry]:
    """The elements of an array or a page."""
    text, at, line = entry.text, 0, entry.line
    values, begin = entry.value, text.find("[")
    if isinstance(values, dict):
        values, data = values["data"], nearest(text, ("data",))
        begin = -1 if data is None else data.value.start
    try:
        # Of a text that is nested too deep no place is known.
        found = parts(text, begin) if begin >= 0 else ()
        for element, (_, _, span) in zip(values, found, strict=True):
            line += text.count("\n", at, span.start)
            at = span.start
            column = at - text.rfind("\n", 0, at)
            yield Entry(element, text[at : span.end], entry.start + at, line, column)
    except (RecursionError, ValueError):
        diagnostics.append(_broken(name, "its values are nested too deep"))


def _missing(name: str, text: str, pages: list[Entry]) -> Iterator[Diagnostic]:
    """Tell that an answer has more pages than were given."""
    held = sum(len(page.value["data"]) for page in pages)
    total = max(page.value["total"] for page in pages)
    if held >= total:
        return
    last = pages[-1]
    place = nearest(last.text, ("total",))
    start, end = (place.value.start, place.value.end) if place else (0, 1)
    yield Diagnostic(
        code="RULE014",
        message=f"{name} holds {held:,} of {total:,}: the others are on further pages",
        severity=Severity.WARNING,
        span=Span(last.start + start, last.start + end),
        label="there are so many",
        hint="ask again with per_page=10000, or export them",
        file=name,
        text=text,
    )


def _lines(name: str, text: str, diagnostics: list[Diagnostic]) -> Iterator[Entry]:
    start, broken = 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield Entry(orjson.loads(line), line.rstrip("\r"), start, number)
            except orjson.JSONDecodeError as error:
                broken += 1
                if broken <= MOST_TOLD:
                    place = start + max(error.colno - 1, 0)
                    told = _several(name, number) if _begins_again(line, error) else None
                    told = told or _broken(name, f"line {number} is no JSON: {error.msg}")
                    span = Span(place, place + 1)
                    diagnostics.append(
                        dataclasses.replace(told, span=span, label="here", text=text)
                    )
        start += len(line) + 1
    if broken > MOST_TOLD:
        diagnostics.append(_broken(name, f"{broken - MOST_TOLD} more lines are no JSON"))


def _begins_again(line: str, error: orjson.JSONDecodeError) -> bool:
    """Whether a line holds an object, and another one behind it without a line end between."""
    if line[error.pos : error.pos + 1] != "{":
        return False
    try:
        return isinstance(orjson.loads(line[: error.pos]), dict)
    except orjson.JSONDecodeError:
        return False


def _several(name: str, number: int) -> Diagnostic:
    return Diagnostic(
        code="RULE004",
        message=f"{name}: line {number} holds more than one object",
        hint="each stands on a line of its own: `jq -c .` writes them so",
        file=name,
    )


def _broken(name: str, why: str) -> Diagnostic:
    return Diagnostic(
        code="RULE004",
        message=f"{name}: {why}",
        hint="export the rules again; the other lines are read",
        file=name,
    )


def kind_of(value: object) -> str:
    """What a line of an export is, in words."""
    match value:
        case {"rule_id": _, "type": _} | {"risk_score": _, "name": _}:
            return "rules"
        case {"exported_count": _} | {"exported_rules_count": _}:
            return "summaries"
        case {"item_id": _} | {"entries": _}:
            return "exception items"
        case {"list_id": _}:
            return "exception lists"
        case {"attributes": {"actionTypeId": _}} | {"connector_type_id": _}:
            return "connectors"
        case _:
            return "other lines"
