"""What a rule says of itself and what the engine says of it, as names with values.

The terminal's page and the HTML page show the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from tocsin.rules.rule import Rule, Technique
from tocsin.rules.support import Status
from tocsin.rules.timing import TimingError, date_math, history, interval, look_back

_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000))


class AttackRow(NamedTuple):
    """A tactic (depth 0), technique (1) or sub-technique (2) of a rule's mapping."""

    depth: int
    id: str
    name: str
    reference: str


def facts(rule: Rule, status: Status) -> Iterator[tuple[str, str]]:
    """Names and values in the order of a page; a value may be empty."""
    yield "rule id", rule.id
    own = rule.language in {"", rule.type}
    yield "type", rule.type if own else f"{rule.type} in {rule.language}"
    yield "here", f"{status.status}: {status.reason}" if status.reason else status.status
    yield "severity", rule.severity
    yield "severity from", "; ".join(map(_override, rule.severity_mapping))
    yield "risk score", str(rule.risk_score)
    yield "risk score from", "; ".join(map(_override, rule.risk_score_mapping))
    yield "name from", rule.rule_name_override
    yield "indices", ", ".join(rule.index)
    yield from special(rule)
    yield "runs every", rule.interval
    yield "looks back", f"from {rule.from_} to {rule.to}"
    yield "max alerts per run", f"{rule.max_signals} (in Kibana; none is dropped here)"
    yield "building block", "yes: its alerts are for other rules" if rule.building_block else ""
    yield "tags", ", ".join(rule.tags)
    yield "version", str(rule.version)
    yield "maturity", rule.maturity
    yield "created", rule.creation_date
    yield "updated", rule.updated_date
    yield "integration", ", ".join(rule.integration)
    yield "minimum stack", rule.min_stack_version
    yield "timestamp override", rule.timestamp_override
    yield "investigation fields", ", ".join(rule.investigation_fields)
    yield "authors", ", ".join(rule.author)
    yield "licence", rule.license
    yield "file", rule.origin.file


def special(rule: Rule) -> Iterator[tuple[str, str]]:
    """What only some types of rule have, as their files say it."""
    raw = rule.raw
    yield "threshold", _threshold(raw.get("threshold"))
    yield "new terms of", ", ".join(rule.new_terms_fields)
    yield "new since", rule.history_window_start
    yield "machine learning job", _listed(raw.get("machine_learning_job_id"))
    yield "anomaly threshold", _listed(raw.get("anomaly_threshold"))
    yield "indicator indices", _listed(raw.get("threat_index"))
    yield "indicator query", _listed(raw.get("threat_query"))
    yield "suppression", _suppression(raw.get("alert_suppression"))
    yield "timeline", _listed(raw.get("timeline_title"))


def schedule(rule: Rule) -> str:
    """When the rule runs in Kibana and how far it looks, in a sentence; and what holds here."""
    try:
        every, back = interval(rule.interval), look_back(rule)
    except TimingError:
        return ""
    told = f"Kibana runs it every {span(every)} over "
    if date_math(rule.from_).anchor is not None:
        told += f"all since {rule.from_}"
    else:
        told += f"the last {span(back)}{_overlap(every, back)}"
    if rule.history_window_start:
        with suppress(TimingError):
            told += f"; {_history(rule)}"
    if rule.language == "esql":
        return f"{told}."
    return f"{told}. Here it sees each event once, when it comes."


def _overlap(every: int, back: int) -> str:
    if back > every:
        return f", so that events may come up to {span(back - every)} late"
    if back < every:
        return f", so that {span(every - back)} of every {span(every)} are never looked at"
    return ""


def _history(rule: Rule) -> str:
    """What makes a value new; raises `TimingError`."""
    length = history(rule)
    if date_math(rule.history_window_start).anchor is not None:
        return f"a value is new if nothing since {rule.history_window_start} has it"
    return f"a value is new if the last {span(length)} do not have it"


def span(milliseconds: int) -> str:
    """A length of time in words: ``9 minutes``, ``1 day 2 hours``; the two largest units of it."""
    parts = []
    for name, size in _UNITS:
        number, milliseconds = divmod(milliseconds, size)
        if number:
            parts.append(f"{number:,} {name}{'' if number == 1 else 's'}")
        if len(parts) == 2:
            break
    return " ".join(parts) or f"{milliseconds} ms"


def attack_rows(rule: Rule) -> Iterator[AttackRow]:
    """Tactics with their techniques and sub-techniques, and where to read about them."""
    for threat in rule.threat:
        yield AttackRow(0, threat.tactic_id, threat.tactic, threat.tactic_reference)
        for technique in threat.techniques:
            yield from _techniques(technique, 1)


def _techniques(technique: Technique, depth: int) -> Iterator[AttackRow]:
    yield AttackRow(depth, technique.id, technique.name, technique.reference)
    for part in technique.subtechniques:
        yield from _techniques(part, depth + 1)


def _override(row: Mapping[str, Any]) -> str:
    value, severity = row.get("value"), row.get("severity")
    told = str(row.get("field", ""))
    told += f" = {value}" if value else ""
    return f"{told} → {severity}" if severity else told


def _suppression(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    by, length = _listed(value.get("group_by")), value.get("duration")
    told = f"by {by}" if by else ""
    if isinstance(length, Mapping):
        told += f" for {length.get('value', '')}{length.get('unit', '')}"
    return told.strip()


def _threshold(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    told = f"at least {value.get('value', '')} events"
    if fields := _listed(value.get("field")):
        told += f" for each {fields}"
    kinds = value.get("cardinality")
    for row in kinds if isinstance(kinds, list) else []:
        if isinstance(row, Mapping):
            told += f", at least {row.get('value', '')} of {row.get('field', '')}"
    return told


def _listed(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(entry) for entry in value)
    return "" if value is None else str(value)
