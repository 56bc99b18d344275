"""Elastic's detection rules as frozen values, with Elastic's own words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Technique:
    """An ATT&CK technique or sub-technique of a rule's threat mapping."""

    id: str
    name: str
    reference: str = ""
    subtechniques: tuple[Technique, ...] = ()


@dataclass(frozen=True, slots=True)
class Threat:
    """One tactic with its techniques, as the rule maps it."""

    framework: str
    tactic_id: str
    tactic: str
    tactic_reference: str = ""
    techniques: tuple[Technique, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rule was read: the file's name (inside its archive) and its whole text.

    ``query_start`` is the character offset in ``text`` of the query's first character, -1 if the
    query does not stand there verbatim (JSON escapes, say). ``line`` and ``column`` tell where in
    the file ``text`` begins: 1 but for a rule of an export.
    """

    file: str = ""
    text: str = dataclasses.field(default="", repr=False)
    query_start: int = -1
    line: int = 1
    column: int = 1

    @property
    def begins(self) -> tuple[int, int]:
        """Line and column of the file where the text begins."""
        return self.line, self.column


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of any type. Times stay as written (``now-9m``, ``5m``); ``timing.py`` reads them."""

    id: str
    name: str
    type: str
    description: str = ""
    language: str = ""
    query: str = ""
    severity: str = "low"
    risk_score: int = 0
    index: tuple[str, ...] = ()
    from_: str = "now-6m"
    to: str = "now"
    interval: str = "5m"
    max_signals: int = 100
    enabled: bool = True
    tags: tuple[str, ...] = ()
    threat: tuple[Threat, ...] = ()
    references: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    license: str = ""
    note: str = ""
    setup: str = ""
    version: int = 1
    maturity: str = "production"
    building_block: bool = False
    timestamp_override: str = ""
    timestamp_field: str = "@timestamp"
    tiebreaker_field: str = ""
    event_category_field: str = "event.category"
    severity_mapping: tuple[Mapping[str, Any], ...] = ()
    risk_score_mapping: tuple[Mapping[str, Any], ...] = ()
    rule_name_override: str = ""
    investigation_fields: tuple[str, ...] = ()
    integration: tuple[str, ...] = ()
    min_stack_version: str = ""
    creation_date: str = ""
    updated_date: str = ""
    new_terms_fields: tuple[str, ...] = ()
    history_window_start: str = ""
    exceptions: tuple[str, ...] = ()
    """Files of exceptions that the overlay adds to the rule."""
    raw: Mapping[str, Any] = dataclasses.field(default_factory=dict, compare=False, repr=False)
    """The rule's own table as it was read, for keys that have no field here."""
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict, compare=False, repr=False)
    """``[metadata]``: the rule repository's own bookkeeping."""
    transform: Mapping[str, Any] = dataclasses.field(
        default_factory=dict, compare=False, repr=False
    )
    """``[transform]``: the investigate and osquery blocks that the guide refers to."""
    origin: Origin = dataclasses.field(default=Origin(), compare=False, repr=False)
