"""Read a rule from the text of a TOML file."""

from __future__ import annotations

import re
from typing import Any

import tomli

from tocsin.diagnostics import NOWHERE, Diagnostic, Span
from tocsin.rules.archive import is_deprecated
from tocsin.rules.binary import foreign
from tocsin.rules.build import build_rule, check_keys, check_tables
from tocsin.rules.layout import Layout, Path, unsafe
from tocsin.rules.report import Report, shown
from tocsin.rules.rule import Origin, Rule
from tocsin.rules.sources import SourceFile

MOST_TOML = 1 << 20
"""The longest TOML file that is read; Elastic's longest is a twentieth of it."""

_QUERY = re.compile(
    r"""[ \t]*+(?:rule[ \t]*+\.[ \t]*+)?["']?query["']?[ \t]*+=[ \t]*+("{3}\n?|'{3}\n?|"|')"""
)


_AGAIN = ("Cannot declare", "Cannot overwrite", "Cannot mutate", "Cannot redefine", "Duplicate")
"""How messages begin about what stands in a file a second time."""
_ONCE = "write each key and each [table] once"
_ENDPOINT = frozenset({"os_list", "min_endpoint_version", "optional_actions"})
"""Keys that only rules of Elastic Endpoint have."""


def toml_rule(file: SourceFile, diagnostics: list[Diagnostic]) -> Rule | None:
    """The rule of a file; None if it has none that can be used, which ``diagnostics`` tell.

    A TOML file without a ``[rule]`` table is something else (settings, exceptions): no word of it,
    unless it was named and holds what is easily taken for a rule.
    """
    read = read_toml(file, diagnostics)
    if read is None:
        return None
    text, document = read
    table = document.get("rule")
    if not isinstance(table, dict):
        if file.named and isinstance(document.get("hunt"), dict):
            diagnostics.append(_hunt(file.name))
        return None
    if _ENDPOINT & table.keys() and not {"rule_id", "type"} & table.keys():
        diagnostics.append(_of_endpoint(file.name, text, TomlPlaces(text)))
        return None
    metadata = _table(document, "metadata")
    if is_deprecated(file.name):
        metadata = {**metadata, "maturity": "deprecated"}

    report = Report(file.name, text, TomlPlaces(text))
    origin = Origin(file.name, text, query_start(text, table.get("query")))
    rule = build_rule(table, metadata, _table(document, "transform"), origin, report)
    check_keys(table, metadata, report)
    check_tables(document, report)
    diagnostics.extend(report.diagnostics)
    return rule


def read_toml(file: SourceFile, diagnostics: list[Diagnostic]) -> tuple[str, dict[str, Any]] | None:
    """Text (line feeds only) and values of a TOML file; None, with a diagnostic, if it is none."""
    text = _decoded(file, diagnostics)
    document = None if text is None else _parsed(file, text, diagnostics)
    return None if text is None or document is None else (text, document)


def query_start(text: str, query: object) -> int:
    """Where the query's first character stands in the text; -1 if escapes change its text."""
    if not isinstance(query, str):
        return -1
    at = text.find("query")
    while at >= 0:
        found = _QUERY.match(text, text.rfind("\n", 0, at) + 1)
        if found is not None:
            delimiter, begin = found.group(1).rstrip("\n"), found.end()
            if text.startswith(query, begin) and text.startswith(delimiter, begin + len(query)):
                return begin
        line_end = text.find("\n", at)
        at = text.find("query", line_end) if line_end >= 0 else -1
    return -1


class TomlPlaces:
    """Where keys stand in a TOML text, which is looked through once something is to be told."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._layout: Layout | None = None

    def __call__(self, path: Path) -> Span:
        """The place of the key at ``path``, or of the nearest table that has one."""
        if self._layout is None:
            self._layout = Layout(self._text)
        found = self._layout.find(path)
        return found.key if found else NOWHERE


def _decoded(file: SourceFile, diagnostics: list[Diagnostic]) -> str | None:
    if len(file.content) > MOST_TOML:
        message = f"it is longer than {MOST_TOML >> 20} MiB"
        diagnostics.append(_no_toml(file.name, "", message, NOWHERE))
        return None
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if kind := foreign(file.content):
            diagnostics.append(_no_toml(file.name, "", f"it is {kind[0]}", NOWHERE, kind[1]))
            return None
        before = file.content[: error.start].decode("utf-8-sig", "replace")
        text = file.content.decode("utf-8-sig", "replace")
        place = Span(len(before), len(before) + 1)
        diagnostics.append(
            _no_toml(file.name, text, "it is not in UTF-8", place, "save it in UTF-8")
        )
        return None
    return text.replace("\r\n", "\n")


def _parsed(file: SourceFile, text: str, diagnostics: list[Diagnostic]) -> dict[str, Any] | None:
    place = unsafe(text)
    if place is not None:
        message = "a key of so many parts is refused"
        diagnostics.append(_no_toml(file.name, text, message, place))
        return None
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        place = Span(error.pos, error.pos + 1)
        if error.msg.startswith(_AGAIN):
            told = _no_toml(file.name, text, "a key or table is there already", place, _ONCE)
        else:
            message = error.msg[:1].lower() + error.msg[1:]
            told = _no_toml(file.name, text, message, place)
        diagnostics.append(told)
    except RecursionError:
        diagnostics.append(_no_toml(file.name, text, "its values are nested too deep", NOWHERE))
    except ValueError as error:
        diagnostics.append(_no_toml(file.name, text, shown(error), NOWHERE))
    return None


def _no_toml(name: str, text: str, why: str, place: Span, hint: str = "") -> Diagnostic:
    return Diagnostic(
        code="RULE003",
        message=f"{name} cannot be read as TOML: {why}",
        span=place,
        label="here",
        hint=hint or "look for a quote or bracket that is not closed just before this place",
        file=name,
        text=text,
    )


def _hunt(name: str) -> Diagnostic:
    return Diagnostic(
        code="RULE011",
        message=f"{name} holds queries of a hunt, not a rule",
        hint="ask one of them: tocsin query --language esql 'from …' EVENTS",
        file=name,
    )


def _of_endpoint(name: str, text: str, places: TomlPlaces) -> Diagnostic:
    return Diagnostic(
        code="RULE005",
        message="this is a rule of Elastic Endpoint, which agents run on their hosts, not one of "
        "the detection engine",
        span=places(("rule", "id")),
        hint="to ask its query: tocsin query '…' EVENTS; to make a rule of it, add to [rule] a "
        '`rule_id`, type = "eql", `index`, `severity` and `risk_score`',
        file=name,
        text=text,
    )


def _table(document: dict[str, Any], key: str) -> dict[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}
