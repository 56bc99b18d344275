"""Lint rules that stand as text in a test."""

import tocsin  # noqa: F401 - the layers below are reached through it
from tocsin.lint import judge, lint
from tocsin.rules.load import load

HEAD = '[metadata]\nmaturity = "production"\n\n[rule]\n'
KEYS = {
    "name": '"A Rule"',
    "rule_id": '"11111111-1111-4111-8111-111111111111"',
    "type": '"eql"',
    "language": '"eql"',
    "description": '"Finds a thing."',
    "severity": '"low"',
    "risk_score": "21",
    "index": '["logs-*"]',
    "from": '"now-9m"',
    "query": "'''process where process.name == \"a\"'''",
}


def rule_text(lines="", behind="", head=HEAD, **keys):
    """A rule file in order but for what is given: lines of ``[rule]``, keys, further tables."""
    given = {line.partition(" ")[0] for line in lines.split("\n")} | keys.keys()
    if "type" in given:
        given.add("language")
    own = [f"{key} = {value}" for key, value in KEYS.items() if key not in given]
    own += [f"{key} = {value}" for key, value in keys.items() if value is not None]
    return head + "\n".join([*own, lines, behind]) + "\n"


def linted(folder, *texts):
    """What loading and linting rule files tells, with what comments allow."""
    for number, text in enumerate(texts, 1):
        (folder / f"rule_{number}.toml").write_text(text, encoding="utf-8")
    rules = load([folder])
    assert not any(found.severity == "error" for found in rules.diagnostics)
    return judge([*rules.diagnostics, *lint(rules)], rules)


def told(folder, *texts):
    return list(linted(folder, *texts).diagnostics)


def codes(folder, *texts):
    return [found.code for found in told(folder, *texts)]
