"""Tocsin runs Elastic's open detection rules, unchanged, outside Elasticsearch and Kibana.

import tocsin

events = tocsin.read("audit.log", "*.ndjson.gz")      # or tocsin.events([{...}, ...])
rules = tocsin.load_rules("rules/")                   # rules.diagnostics: what was refused, and why
for alert in tocsin.scan(events, rules):
    print(alert.rule.name, alert.document["kibana.alert.reason"])
for match in tocsin.query(events, 'process where process.name == "curl"'):
    print(match.events)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tocsin.diagnostics import Diagnostic
    from tocsin.engine.alert import Alert
    from tocsin.engine.api import scan
    from tocsin.engine.compiled_query import Match
    from tocsin.engine.query import query
    from tocsin.inputs.source import Events, events, read
    from tocsin.languages import QueryError
    from tocsin.rules.load import load_rules
    from tocsin.rules.rule import Rule
    from tocsin.rules.ruleset import RuleSet

__version__ = "0.1.0"

__all__ = [
    "Alert",
    "Diagnostic",
    "Events",
    "Match",
    "QueryError",
    "Rule",
    "RuleSet",
    "__version__",
    "events",
    "load_rules",
    "query",
    "read",
    "scan",
]

_HOMES = {
    "Alert": "tocsin.engine.alert",
    "Diagnostic": "tocsin.diagnostics",
    "Events": "tocsin.inputs.source",
    "Match": "tocsin.engine.compiled_query",
    "QueryError": "tocsin.languages",
    "Rule": "tocsin.rules.rule",
    "RuleSet": "tocsin.rules.ruleset",
    "events": "tocsin.inputs.source",
    "load_rules": "tocsin.rules.load",
    "query": "tocsin.engine.query",
    "read": "tocsin.inputs.source",
    "scan": "tocsin.engine.api",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Load a public name when it is first used: the compiled parts take a while to import."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tocsin' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
