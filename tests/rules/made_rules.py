"""Rule files for tests, made of their keys."""

import json

BASE = {
    "name": "A Rule",
    "rule_id": "11111111-1111-4111-8111-111111111111",
    "type": "eql",
    "language": "eql",
    "severity": "low",
    "risk_score": 21,
    "description": "Finds a thing.",
    "query": 'process where process.name == "a"',
}


def toml(metadata=None, **keys):
    """The text of a rule file; a key with the value ``...`` is left out."""
    rule = {name: value for name, value in {**BASE, **keys}.items() if value is not ...}
    lines = ["[metadata]", *_lines(metadata or {}), "", "[rule]", *_lines(rule)]
    return "\n".join(lines) + "\n"


def _lines(table):
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]


def codes(rules, severity=None):
    return [d.code for d in rules.diagnostics if severity is None or d.severity == severity]


def place(diagnostic):
    """Line and column of a diagnostic, and the text that it points at."""
    from tocsin.diagnostics.span import line_and_column

    start, end = diagnostic.span.start, diagnostic.span.end
    assert start >= 0, diagnostic
    line = line_and_column(diagnostic.text, start, diagnostic.begins)
    return (*line, diagnostic.text[start:end])
