"""Fields that nobody knows: in the query, and in the keys of a rule that name fields.

Integrations have thousands of fields that no list here names, so an unknown field is no news in
itself. It is told of where it stands among ECS's own fields, or where it is one slip of the pen
away from a field that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from tocsin.diagnostics.near import did_you_mean, near
from tocsin.languages.eql import nodes as eql
from tocsin.languages.kql import nodes as kql
from tocsin.lint.slips import one_slip_away
from tocsin.lint.subject import Subject
from tocsin.rules.layout import Path
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

_ECS = frozenset(
    """
    agent client cloud container data_stream destination device dll dns ecs email error event faas
    file group host http log network observer orchestrator organization package process registry
    rule server service source threat tls url user user_agent vulnerability x509
    """.split()  # noqa: SIM905 - a list of so many words is read more easily as text
)
"""Sets of fields that are ECS's own. Others may add to them under a name with a capital."""

_NAMING = (
    "timestamp_override",
    "rule_name_override",
    "event_category_override",
    "timestamp_field",
    "tiebreaker_field",
)


def check(subject: Subject) -> None:
    """Tell of fields that look mistyped (``LINT101``), each once."""
    known: set[str] = set()
    for node in subject.nodes:
        if isinstance(node, eql.Field | kql.Field) and node.name not in known:
            known.add(node.name)
            told = _doubt(subject.schema, node.name)
            if told is not None:
                subject.tell_of_query("LINT101", node.span, *told[:1], hint=told[1])
    for path, name in _named(subject.rule.raw):
        if name not in known:
            known.add(name)
            told = _doubt(subject.schema, name)
            if told is not None:
                subject.tell("LINT101", path, told[0], hint=told[1])


@lru_cache(maxsize=4096)
def _doubt(schema: Schema, name: str) -> tuple[str, str] | None:
    """What is doubtful about a field's name, with a hint; None if nothing is."""
    if schema.kind(name) is not Kind.UNKNOWN or "*" in name:
        return None
    root, *parts = name.split(".")
    own = root in _ECS and parts and not any(part[:1].isupper() for part in parts)
    if own:
        if any(listed.startswith(f"{name}.") for listed in schema.names):
            return f"`{name}` holds other fields, and no value", ""
        hint = did_you_mean(schema.suggest(name))
        return f"ECS has no field `{name}`", hint or f"`tocsin show {root}.…` shows what is known"
    meant = one_slip_away(name, schema.names)
    if not meant:
        return None
    return f"nobody knows a field `{name}`", did_you_mean(near(name, meant))


def _named(raw: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Fields that keys of the rule name, with their places."""
    for key in _NAMING:
        if isinstance(raw.get(key), str) and raw[key]:
            yield ("rule", key), raw[key]
    for key in ("severity_mapping", "risk_score_mapping"):
        for number, row in enumerate(_rows(raw.get(key))):
            yield from _texts(("rule", key, number, "field"), row.get("field"))
    terms, threshold = _table(raw.get("new_terms")), _table(raw.get("threshold"))
    suppression = _table(raw.get("alert_suppression"))
    yield from _texts(("rule", "new_terms_fields"), raw.get("new_terms_fields"))
    yield from _texts(("rule", "new_terms", "value"), terms.get("value"))
    yield from _texts(("rule", "threshold", "field"), threshold.get("field"))
    for number, row in enumerate(_rows(threshold.get("cardinality"))):
        yield from _texts(("rule", "threshold", "cardinality", number), row.get("field"))
    yield from _texts(("rule", "alert_suppression", "group_by"), suppression.get("group_by"))
    for number, row in enumerate(_rows(raw.get("threat_mapping"))):
        for place, entry in enumerate(_rows(row.get("entries"))):
            path = ("rule", "threat_mapping", number, "entries", place, "field")
            yield from _texts(path, entry.get("field"))


def _texts(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    values: Iterable[object] = value if isinstance(value, list | tuple) else (value,)
    for entry in values:
        if isinstance(entry, str) and entry:
            yield path, entry


def _rows(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        return []
    return [row for row in value if isinstance(row, Mapping)]


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
