"""The documents are what the shipped JSON Schema says."""

import json
import re
from importlib.resources import files

import pytest

import tocsin
from tocsin.rules.rule import Rule

SCHEMA = json.loads((files("tocsin") / "alerts" / "alert.schema.json").read_text())
TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
    "boolean": bool,
    "null": type(None),
}


def conforms(value, schema, at="alert"):  # noqa: C901 - one keyword after the other
    """The part of JSON Schema that ours uses, value by value; names the first place that is off."""
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        assert any(isinstance(value, TYPES[name]) for name in names), at
    if "const" in schema:
        assert value == schema["const"], at
    if "enum" in schema:
        assert value in schema["enum"], at
    if "pattern" in schema:
        assert re.search(schema["pattern"], value), at
    if isinstance(value, int | float) and not isinstance(value, bool):
        assert schema.get("minimum", value) <= value <= schema.get("maximum", value), at
    for number, element in enumerate(value if isinstance(value, list) else ()):
        conforms(element, schema.get("items", {}), f"{at}[{number}]")
    if isinstance(value, list):
        assert len(value) >= schema.get("minItems", 0), at
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        assert not set(schema.get("required", ())) - set(value), at
        if schema.get("additionalProperties") is False:
            assert not set(value) - set(parts), at
        for name, part in parts.items():
            if name in value:
                conforms(value[name], part, f"{at}.{name}")


@pytest.mark.parametrize(
    "query",
    [
        'process where process.name == "a"',
        'sequence by host.id with maxspan=1m [any where process.name == "a"] [any where true]',
        'sequence by host.id with maxspan=1s [any where process.name == "b"] ![any where true]',
        'sample by host.id [any where process.name == "a"] [any where process.name == "b"]',
    ],
)
def test_documents_conform(query):
    """Single events, sequences, absences and samples, with a rule that says little."""
    rule = Rule("r", "A rule", "eql", language="eql", query=query, building_block=True)
    events = [
        {
            "@timestamp": n * 1000,
            "host": {"id": "h"},
            "process": {"name": name},
            "event": {"category": "process"},
        }
        for n, name in enumerate("ab")
    ]
    found = list(tocsin.scan(events, [rule]))
    assert found
    for alert in found:
        conforms(alert.document, SCHEMA)


ALIKE = {"group_by": ["host.id", "user.name"], "duration": {"value": 1, "unit": "h"}}


@pytest.mark.parametrize(
    ("type_", "keys", "told"),
    [
        (
            "threshold",
            {
                "raw": {
                    "threshold": {
                        "field": ["host.id"],
                        "value": 1,
                        "cardinality": [{"field": "process.name", "value": 2}],
                    }
                }
            },
            "threshold_result",
        ),
        (
            "new_terms",
            {"new_terms_fields": ("process.name", "host.id"), "history_window_start": "now-7d"},
            "new_terms",
        ),
        ("query", {"raw": {"alert_suppression": ALIKE}}, "suppression.docs_count"),
    ],
)
def test_documents_of_rules_that_remember_conform(type_, keys, told):
    """Thresholds, new terms, and alerts for whose sake others were suppressed."""
    rule = Rule("r", "A rule", type_, language="kuery", query="host.id: *", **keys)
    events = [{"@timestamp": n, "host": {"id": "h"}, "process": {"name": str(n)}} for n in range(3)]
    found = list(tocsin.scan(events, [rule]))
    assert found
    for alert in found:
        assert f"kibana.alert.{told}" in alert.document
        conforms(alert.document, SCHEMA)


def test_the_check_can_fail():
    """A document that lacks a field or has a wrong one is found out."""
    with pytest.raises(AssertionError, match="alert"):
        conforms({}, SCHEMA)
