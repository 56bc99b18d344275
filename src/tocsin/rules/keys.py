"""The keys of a rule file: one row each, with the shape of its value and the field it fills."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """What a value must be, in words that fit into «must be …»."""

    TEXT = "text in quotes"
    TEXTS = "a list of texts"
    WHOLE = "a whole number"
    FLAG = "true or false"
    TABLES = "a list of tables"
    ANY = "anything"


EXAMPLES = {
    Shape.TEXT: '"…"',
    Shape.TEXTS: '["…", "…"]',
    Shape.WHOLE: "1",
    Shape.FLAG: "true",
    Shape.TABLES: '[{ field = "…" }]',
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of ``[rule]``.

    ``field`` is the attribute of `Rule` that it fills, empty where ``raw`` alone keeps it.
    ``prose``: the key changes nothing about what the rule finds, so that a wrong value is a warning
    and is passed over.
    """

    name: str
    shape: Shape
    field: str = ""
    prose: bool = False
    example: str = ""

    @property
    def hint(self) -> str:
        """A line that would be right."""
        return f"{self.name} = {self.example or EXAMPLES.get(self.shape, '…')}"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _same(shape: Shape, *names: str, prose: bool = False) -> list[Key]:
    return [Key(name, shape, name, prose) for name in names]


KEYS = (
    Key("rule_id", Shape.TEXT, "id", example='"a UUID, as uuidgen prints it"'),
    Key("name", Shape.TEXT, "name", example='"What the rule finds"'),
    Key("type", Shape.TEXT, "type", example='"eql"'),
    Key("severity", Shape.TEXT, "severity", example='"medium"'),
    Key("risk_score", Shape.WHOLE, "risk_score", example="47"),
    Key("query", Shape.TEXT, "query", example="'''process where …'''"),
    Key("language", Shape.TEXT, "language", example='"eql"'),
    Key("index", Shape.TEXTS, "index", example='["logs-endpoint.events.process-*"]'),
    Key("from", Shape.TEXT, "from_", example='"now-9m"'),
    Key("to", Shape.TEXT, "to", example='"now"'),
    Key("interval", Shape.TEXT, "interval", example='"5m"'),
    Key("max_signals", Shape.WHOLE, "max_signals", example="100"),
    Key("event_category_override", Shape.TEXT, "event_category_field", example='"event.type"'),
    Key("building_block_type", Shape.TEXT, "building_block", example='"default"'),
    Key("enabled", Shape.FLAG),
    *_same(Shape.TEXT, "timestamp_override", "timestamp_field", "tiebreaker_field"),
    *_same(Shape.TEXT, "rule_name_override", "history_window_start"),
    *_same(Shape.TEXTS, "new_terms_fields"),
    *_same(Shape.TABLES, "severity_mapping", "risk_score_mapping"),
    *_same(Shape.TEXT, "description", "license", "note", "setup", prose=True),
    *_same(Shape.TEXTS, "tags", "references", "false_positives", "author", prose=True),
    *_same(Shape.WHOLE, "version", prose=True),
    *_same(Shape.TABLES, "threat", prose=True),
    Key("investigation_fields", Shape.ANY, prose=True),
)
"""Keys that fill a field of `Rule`."""

KEPT = _words("""
    actions alert_suppression alias_purpose alias_target_id anomaly_threshold concurrent_searches
    created_at created_by data_view_id exceptions_list execution_summary filters id immutable
    items_per_search machine_learning_job_id meta namespace new_terms outcome output_index
    related_integrations required_fields response_actions revision rule_source saved_id
    threat_filters threat_index threat_indicator_path threat_language threat_mapping
    threat_mappings threat_query threshold throttle timeline_id timeline_title
    timestamp_override_fallback_disabled updated_at updated_by
""")
"""Keys that are known and stay in ``raw``."""

KNOWN = frozenset(key.name for key in KEYS) | KEPT

TABLES = ("metadata", "rule", "transform")
"""The tables of a rule file."""

METADATA = _words("""
    bypass_bbr_timing bypass_version_lock comments creation_date deprecated_reason
    deprecation_date extended integration maturity min_stack_comments min_stack_version
    os_type_list promotion query_schema_validation related_endpoint_rules updated_date
""")

LANGUAGES = {
    "eql": ("eql",),
    "esql": ("esql",),
    "query": ("kuery", "lucene"),
    "saved_query": ("kuery", "lucene"),
    "threshold": ("kuery", "lucene"),
    "new_terms": ("kuery", "lucene"),
    "threat_match": ("kuery", "lucene"),
    "machine_learning": (),
}
"""Rule types, with the languages of their queries; the first is meant where none is named."""

WITHOUT_QUERY = frozenset({"machine_learning", "saved_query"})

SEVERITIES = {"low": 21, "medium": 47, "high": 73, "critical": 99}
"""Severities from the least, with the risk score that Elastic's rules give each."""

MATURITIES = ("development", "experimental", "beta", "production", "deprecated")
