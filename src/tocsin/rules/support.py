"""Whether a rule can run here, as far as its file tells; the query is judged by the engine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.languages.esql.elsewhere import OTHER_COMMANDS
from tocsin.languages.esql.tokens import WORD, Tokens
from tocsin.rules.fields import query_fields
from tocsin.rules.rule import Rule

NOT_YET = {
    "kuery": "KQL queries of rules of this type are not run yet",
    "lucene": "Lucene queries are not run",
}
RUNS = frozenset(
    {
        ("eql", "eql"),
        ("esql", "esql"),
        *(
            (type_, language)
            for type_ in ("query", "saved_query", "threshold", "new_terms", "threat_match")
            for language in ("kuery", "lucene")
        ),
    }
)
"""Types of rules with the languages in which they run."""

UNSUPPORTED = {
    "machine_learning": "the rule needs the anomaly jobs of Elastic's machine learning",
}

MODELS = {
    "problemchild.": "ProblemChild",
    "blocklist_label": "ProblemChild",
    "ml_is_dga.": "DGA",
    "dga.": "DGA",
    "beacon_stats.": "network beaconing",
}
"""Beginnings of fields that only a model of Elastic's writes, with the model's name."""

MODEL_INDICES = {"ml_beaconing": "network beaconing"}


_NOT_RUN = frozenset({"completion", *OTHER_COMMANDS})
_MAYBE = re.compile(rf"\b(?:{'|'.join(sorted(_NOT_RUN))})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Status:
    """What becomes of a rule: runs, degraded, unsupported, invalid or deprecated.

    ``runs``: whether it can be run at all, which a deprecated rule can when it is named.
    """

    status: str
    reason: str = ""
    runs: bool = False


def support(rule: Rule) -> Status:
    """The status of a rule before its query is looked at, with the reason in a user's words."""
    reason = _unsupported(rule)
    if rule.maturity == "deprecated":
        told = str(rule.metadata.get("deprecated_reason") or "")
        return Status("deprecated", told or "Elastic no longer keeps this rule", not reason)
    if reason:
        return Status("unsupported", reason)
    if rule.type == "saved_query":
        return Status("degraded", "the rule's own query is asked, not the one in Kibana", runs=True)
    model = _model(rule)
    if model:
        return Status("degraded", f"needs what Elastic's {model} model adds to events", runs=True)
    return Status("runs", runs=True)


def _unsupported(rule: Rule) -> str:
    if rule.type in UNSUPPORTED:
        return UNSUPPORTED[rule.type]
    if rule.type == "saved_query" and not (rule.query.strip() or rule.raw.get("filters")):
        return "the query is saved in Kibana, not in the rule"
    command = _command_not_run(rule.query) if rule.language == "esql" else ""
    if command == "completion":
        return "the query calls a language model (`completion`)"
    if command:
        return f"the query uses `{command}`, which is not run here"
    if (rule.type, rule.language) in RUNS:
        return ""
    return NOT_YET.get(rule.language, f"rules of type {rule.type} are not known")


def _command_not_run(query: str) -> str:
    """The first command of a query in ES|QL that is none of Tocsin's; empty if there is none."""
    if _MAYBE.search(query) is None:  # few queries need to be cut into words
        return ""
    tokens = Tokens(query)
    for index, kind in enumerate(tokens.kinds):
        if kind == WORD and (index == 0 or tokens.kinds[index - 1] == "|"):
            word = tokens.word(index).lower()
            if word in _NOT_RUN:
                return word
    return ""


def _model(rule: Rule) -> str:
    """The model of Elastic's without which the rule finds nothing, or less; empty if none."""
    if rule.index and all(pattern.startswith(tuple(MODEL_INDICES)) for pattern in rule.index):
        return _named(rule.index, MODEL_INDICES)
    text = rule.query.replace("`", "")
    if not any(start in text for start in MODELS):  # few queries need a look at their fields
        return ""
    return _named(sorted(query_fields(rule)), MODELS)


def _named(names: Iterable[str], table: dict[str, str]) -> str:
    return next(
        (model for name in names for start, model in table.items() if name.startswith(start)), ""
    )
