"""The rule as every alert of it carries it: ``kibana.alert.rule.*``, written once for each rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tocsin.rules.rule import Rule, Technique, Threat

_KINDS = {
    "eql": ("siem.eqlRule", "Event Correlation Rule"),
    "query": ("siem.queryRule", "Custom Query Rule"),
    "saved_query": ("siem.savedQueryRule", "Saved Query Rule"),
    "threshold": ("siem.thresholdRule", "Threshold Rule"),
    "new_terms": ("siem.newTermsRule", "New Terms Rule"),
    "threat_match": ("siem.indicatorRule", "Indicator Match Rule"),
    "esql": ("siem.esqlRule", "ES|QL Rule"),
    "machine_learning": ("siem.mlRule", "Machine Learning Rule"),
}

_AS_GIVEN: Final[Mapping[str, type]] = {
    **dict.fromkeys(("timeline_id", "timeline_title"), str),
    **dict.fromkeys(("created_at", "created_by", "updated_at", "updated_by"), str),
    "immutable": bool,
    "revision": int,
}
"""What only Kibana knows of a rule, and its export tells; actions stay out: they hold secrets."""

_PARAMETERS = (
    *("alert_suppression", "data_view_id", "filters", "saved_id", "threshold"),
    *("threat_filters", "threat_index", "threat_indicator_path", "threat_language"),
    *("threat_mapping", "threat_query", "timestamp_override_fallback_disabled"),
)
"""What decides about a rule's alerts beside its query; alerts have it as the rule has it."""

PROSE = frozenset(
    f"kibana.alert.rule.{key}"
    for key in (
        *("author", "description", "false_positives", "license", "note"),
        *("parameters", "references", "setup"),
    )
)
"""What a rule's author wrote for people, and the query, which nobody asks an alert for."""


def snapshot(rule: Rule, indices: Sequence[str] = ()) -> dict[str, Any]:
    """The rule's part of its alerts, with literal dotted keys; keys without a value are out.

    ``indices``: the index patterns that a query names, in place of the rule's.
    """
    type_id, category = _KINDS.get(rule.type, ("", ""))
    told = {
        "uuid": uuid_of(rule),
        "rule_id": rule.id,
        "name": rule.name,
        "description": rule.description,
        "type": rule.type,
        "rule_type_id": type_id,
        "category": category,
        "consumer": "siem",
        "producer": "siem",
        "severity": rule.severity,
        "risk_score": rule.risk_score,
        "tags": list(rule.tags),
        "author": list(rule.author),
        "license": rule.license,
        "threat": [threat(entry) for entry in rule.threat],
        "references": list(rule.references),
        "false_positives": list(rule.false_positives),
        "note": rule.note,
        "setup": rule.setup,
        "from": rule.from_,
        "to": rule.to,
        "interval": rule.interval,
        "indices": list(indices or rule.index),
        "max_signals": rule.max_signals,
        "enabled": rule.enabled,
        "version": rule.version,
        "building_block_type": "default" if rule.building_block else "",
        "timestamp_override": rule.timestamp_override,
        "rule_name_override": rule.rule_name_override,
        "severity_mapping": [dict(row) for row in rule.severity_mapping],
        "risk_score_mapping": [dict(row) for row in rule.risk_score_mapping],
    }
    kept = {
        f"kibana.alert.rule.{key}": value for key, value in told.items() if value not in ("", [])
    }
    kept["kibana.alert.rule.parameters"] = _parameters(rule)
    for key, kind in _AS_GIVEN.items():
        given = rule.raw.get(key)
        if isinstance(given, kind) and (kind is bool or not isinstance(given, bool)):
            kept[f"kibana.alert.rule.{key}"] = given
    lists = _lists(rule.raw.get("exceptions_list"))
    if lists:
        kept["kibana.alert.rule.exceptions_list"] = lists
    return kept


def _lists(given: object) -> list[dict[str, str]]:
    """The exception lists that a rule names, as far as they are of the shape that Kibana writes."""
    rows = given if isinstance(given, list) else []
    return [
        {str(key): value for key, value in row.items() if isinstance(value, str)}
        for row in rows
        if isinstance(row, Mapping)
    ]


def uuid_of(rule: Rule) -> str:
    """The name that Kibana gave the rule there, which its export tells, else the rule's own."""
    given = rule.raw.get("id")
    return given if isinstance(given, str) and given else rule.id


def _parameters(rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {
        "query": rule.query,
        "language": rule.language,
        "index": list(rule.index),
    }
    if rule.event_category_field != "event.category":
        told["event_category_override"] = rule.event_category_field
    if rule.tiebreaker_field:
        told["tiebreaker_field"] = rule.tiebreaker_field
    if rule.timestamp_field != "@timestamp":
        told["timestamp_field"] = rule.timestamp_field
    if rule.type == "new_terms":
        told["new_terms_fields"] = list(rule.new_terms_fields)
        told["history_window_start"] = rule.history_window_start
    told.update({key: rule.raw[key] for key in _PARAMETERS if rule.raw.get(key)})
    return told


def threat(entry: Threat) -> dict[str, Any]:
    """One tactic of a threat mapping, in the shape of Elastic's API."""
    return {
        "framework": entry.framework,
        "tactic": {
            "id": entry.tactic_id,
            "name": entry.tactic,
            "reference": entry.tactic_reference,
        },
        "technique": [_technique(technique) for technique in entry.techniques],
    }


def _technique(entry: Technique) -> dict[str, Any]:
    told: dict[str, Any] = {"id": entry.id, "name": entry.name, "reference": entry.reference}
    if entry.subtechniques:
        told["subtechnique"] = [_technique(part) for part in entry.subtechniques]
    return told
