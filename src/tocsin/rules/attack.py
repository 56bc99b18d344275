"""The threat mapping of a rule: tactics, techniques and sub-techniques of MITRE ATT&CK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from tocsin.diagnostics import Severity
from tocsin.rules.report import Report
from tocsin.rules.rule import Rule, Technique, Threat


def threats(entries: Sequence[Mapping[str, Any]], report: Report) -> tuple[Threat, ...]:
    """The mapping of ``[[rule.threat]]``; an entry without a tactic is told of and left out."""
    found = []
    for number, entry in enumerate(entries):
        tactic = entry.get("tactic")
        if not isinstance(tactic, Mapping) or not _text(tactic, "id"):
            report.add(
                "RULE013",
                ("rule", "threat", number),
                f"entry {number + 1} of the threat mapping names no tactic and is left out",
                hint='add tactic = { id = "TA0002", name = "Execution", reference = "…" }',
                severity=Severity.WARNING,
            )
            continue
        found.append(
            _threat(
                _text(entry, "framework"),
                _text(tactic, "id"),
                _text(tactic, "name"),
                _text(tactic, "reference"),
                _techniques(entry.get("technique"), "subtechnique"),
            )
        )
    return tuple(found)


# Rules share a few hundred techniques: equal ones become one object, and a rule set is read from
# the cache in a sixth less time.
_threat = lru_cache(maxsize=4096)(Threat)
_technique = lru_cache(maxsize=4096)(Technique)


def technique_ids(rule: Rule) -> Iterator[str]:
    """Ids of all techniques and sub-techniques that a rule is mapped to."""
    for threat in rule.threat:
        for technique in threat.techniques:
            yield technique.id
            for part in technique.subtechniques:
                yield part.id


def _techniques(entries: object, parts: str) -> tuple[Technique, ...]:
    if not isinstance(entries, list):
        return ()
    return tuple(
        _technique(
            _text(entry, "id"),
            _text(entry, "name"),
            _text(entry, "reference"),
            _techniques(entry.get(parts), "") if parts else (),
        )
        for entry in entries
        if isinstance(entry, Mapping) and _text(entry, "id")
    )


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
