"""The threat mapping of a rule: tactics, techniques and sub-techniques of MITRE ATT&CK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
            Threat(
                framework=_text(entry, "framework"),
                tactic_id=_text(tactic, "id"),
                tactic=_text(tactic, "name"),
                tactic_reference=_text(tactic, "reference"),
                techniques=_techniques(entry.get("technique"), "subtechnique"),
            )
        )
    return tuple(found)


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
        Technique(
            id=_text(entry, "id"),
            name=_text(entry, "name"),
            reference=_text(entry, "reference"),
            subtechniques=_techniques(entry.get(parts), "") if parts else (),
        )
        for entry in entries
        if isinstance(entry, Mapping) and _text(entry, "id")
    )


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
