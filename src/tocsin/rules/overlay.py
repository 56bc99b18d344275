"""The user's ``tocsin.toml``: defaults for commands, changes to rules that are not theirs to edit.

    [scan]                                # options of a command, as on its command line
    rules = ["detection-rules.zip"]       # paths count from the folder of this file
    min_severity = "medium"

    [rules."Potential Kubeletctl*"]       # an id, a name or a file stem; * for any characters
    severity = "critical"
    risk_score = 99
    tags = ["Team: Platform"]             # added to the rule's own
    exceptions = ["known-scanners.ndjson"]

    [rules."6aa52f86-18f1-4a5a-a0ac-e2b5db8af589"]
    enabled = false

    [[sinks]]                             # where a live engine's alerts go: docs/sinks.md
    type = "webhook"
    url = "https://soc.example/hook"

Tables apply in their order, so a later one has the last word.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.rules.keys import SEVERITIES, Key, Shape
from tocsin.rules.report import Report
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet
from tocsin.rules.select import Selector
from tocsin.rules.sources import read_sources
from tocsin.rules.toml import TomlPlaces, read_toml

FILE = "tocsin.toml"
SINKS = "sinks"

_RULES = Key("rules", Shape.TEXTS, example='["rules/", "detection-rules.zip"]')
_CHANGES = (
    Key("enabled", Shape.FLAG, example="false"),
    Key("severity", Shape.TEXT, example='"high"'),
    Key("risk_score", Shape.WHOLE, example="73"),
    Key("tags", Shape.TEXTS, example='["Team: Platform"]'),
    Key("exceptions", Shape.TEXTS, example='["exceptions.ndjson"]'),
)
_FORMAT = Key("format", Shape.TEXT, example='"ndjson"')
COMMANDS: Mapping[str, tuple[Key, ...]] = {
    "scan": (
        _RULES,
        _FORMAT,
        Key("min_severity", Shape.TEXT, example='"medium"'),
        Key("fail_on", Shape.TEXT, example='"high"'),
        Key("building_blocks", Shape.FLAG),
        Key("rule", Shape.TEXTS),
        Key("include", Shape.TEXTS, example='["severity:high"]'),
        Key("exclude", Shape.TEXTS, example='["tag:Windows"]'),
        Key("routing", Shape.TEXT, example='"auto"'),
        Key("text_mode", Shape.TEXT, example='"raw"'),
        Key("indicators", Shape.TEXTS, example='["indicators.csv"]'),
        Key("exceptions", Shape.TEXTS, example='["exceptions.ndjson"]'),
        Key("lists", Shape.TEXTS, example='["lists/"]'),
        Key("jobs", Shape.WHOLE),
    ),
    "query": (
        _FORMAT,
        Key("timestamp_field", Shape.TEXT, example='"@timestamp"'),
        Key("tiebreaker_field", Shape.TEXT, example='"event.sequence"'),
        Key("event_category_field", Shape.TEXT, example='"event.category"'),
        Key("text_mode", Shape.TEXT, example='"raw"'),
    ),
    "check": (_FORMAT,),
    "serve": (
        _RULES,
        Key("rule", Shape.TEXTS),
        Key("include", Shape.TEXTS, example='["severity:high"]'),
        Key("exclude", Shape.TEXTS, example='["tag:Windows"]'),
        Key("routing", Shape.TEXT, example='"auto"'),
        Key("text_mode", Shape.TEXT, example='"raw"'),
        Key("indicators", Shape.TEXTS, example='["indicators.csv"]'),
        Key("exceptions", Shape.TEXTS, example='["exceptions.ndjson"]'),
        Key("lists", Shape.TEXTS, example='["lists/"]'),
        Key("listen", Shape.TEXT, example='"127.0.0.1:9280"'),
        Key("hosts", Shape.TEXTS, example='["siem.example"]'),
        Key("require_keys", Shape.FLAG),
        Key("follow", Shape.TEXTS, example='["/var/log/audit/audit.log"]'),
        Key("audit", Shape.TEXTS, example='["/run/audit/audispd_events"]'),
        Key("lateness", Shape.TEXT, example='"30s"'),
        Key("keep_days", Shape.WHOLE),
        Key("keep_gb", Shape.WHOLE),
    ),
}
"""Commands with the options that may have a default here: none that names a file to write."""

_ALLOWED = {
    "min_severity": tuple(SEVERITIES),
    "fail_on": tuple(SEVERITIES),
    "severity": tuple(SEVERITIES),
    "routing": ("auto", "strict", "off"),
    "text_mode": ("raw", "compat"),
}
_PATHS = ("rules", "indicators", "exceptions", "lists", "follow")


@dataclass(frozen=True, slots=True)
class Change:
    """What one table changes about the rules that ``pattern`` fits; None and empty: nothing."""

    pattern: str
    enabled: bool | None = None
    severity: str | None = None
    risk_score: int | None = None
    tags: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    place: Diagnostic | None = dataclasses.field(default=None, compare=False, repr=False)
    """What to tell if no rule fits, with the place of the table."""

    def fits(self, rule: Rule) -> bool:
        """Whether the table is about a rule."""
        return Selector("rule", self.pattern).takes(rule)


@dataclass(frozen=True, slots=True)
class Overlay:
    """A ``tocsin.toml`` as values.

    ``defaults``: options by command, lists as tuples. ``sinks``: what ``[[sinks]]`` says, for
    whoever opens them; None where it says nothing.
    """

    file: str = ""
    defaults: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    sinks: Any = dataclasses.field(default=None, repr=False)

    @property
    def rule_paths(self) -> tuple[str, ...]:
        """The rules that ``[scan]`` names, for commands that are not told of any."""
        paths: tuple[str, ...] = self.defaults.get("scan", {}).get("rules", ())
        return paths


def find_overlay(start: Path) -> Path | None:
    """The ``tocsin.toml`` of a folder or of the nearest one above it, None if there is none."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
    return None


def read_overlay(path: str | Path) -> Overlay:
    """Read a ``tocsin.toml``; what is wrong stands in ``diagnostics``, nothing is raised."""
    sources = read_sources([path])
    diagnostics = [
        dataclasses.replace(found, hint=f"name a {FILE}") for found in sources.diagnostics
    ]
    files = [file for part in sources.parts for file in part if file.named]
    read = read_toml(files[0], diagnostics) if files else None
    if read is None:
        return Overlay(str(path), diagnostics=tuple(diagnostics))
    text, document = read
    report = Report(files[0].name, text, TomlPlaces(text))
    reader = _Reader(report, Path(path).parent)
    defaults = {}
    for name, table in document.items():
        if name in COMMANDS and isinstance(table, dict):
            defaults[name] = reader.table((name,), table, COMMANDS[name])
        elif name in {*COMMANDS, "rules"}:
            reader.no_table(name, table)
        elif name != SINKS:
            reader.unknown((name,), (*COMMANDS, "rules", SINKS), "the table")
    changes = document.get("rules")
    return Overlay(
        file=files[0].name,
        defaults=defaults,
        changes=tuple(reader.changes(changes)) if isinstance(changes, dict) else (),
        diagnostics=(*diagnostics, *report.diagnostics),
        sinks=document.get(SINKS),
    )


def apply(overlay: Overlay, rules: RuleSet) -> RuleSet:
    """The rules with the overlay's changes; a change that no rule fits is told of (``RULE033``)."""
    told = [
        dataclasses.replace(change.place, hint=did_you_mean(rules.suggest(change.pattern)))
        for change in overlay.changes
        if change.place is not None and not any(change.fits(rule) for rule in rules)
    ]
    changed = [overlaid(overlay, rule) for rule in rules]
    return rules.changed(changed, (*overlay.diagnostics, *told))


def overlaid(overlay: Overlay, rule: Rule) -> Rule:
    """A rule as the overlay has it."""
    for change in overlay.changes:
        if change.fits(rule):
            rule = _changed(rule, change)
    return rule


def _changed(rule: Rule, change: Change) -> Rule:
    added = tuple(tag for tag in change.tags if tag not in rule.tags)
    return dataclasses.replace(
        rule,
        enabled=rule.enabled if change.enabled is None else change.enabled,
        severity=change.severity or rule.severity,
        risk_score=rule.risk_score if change.risk_score is None else change.risk_score,
        tags=(*rule.tags, *added),
        exceptions=(*rule.exceptions, *change.exceptions),
    )


class _Reader:
    """Read tables by their keys, telling a report what is wrong."""

    def __init__(self, report: Report, folder: Path) -> None:
        self._report = report
        self._folder = folder

    def table(
        self, path: tuple[str, ...], table: Mapping[str, Any], keys: tuple[Key, ...]
    ) -> dict[str, Any]:
        """The values of a table that are right."""
        known = {key.name: key for key in keys}
        found = {}
        for name, value in table.items():
            if name not in known:
                self.unknown((*path, name), known, "the key")
                continue
            right = self._value((*path, name), known[name], value)
            if right is not None:
                found[name] = right
        return found

    def changes(self, tables: Mapping[str, Any]) -> list[Change]:
        """The changes of ``[rules."…"]``."""
        found = []
        for pattern, table in tables.items():
            path = ("rules", pattern)
            if not isinstance(table, dict):
                message = f'`{pattern}` must be a table: write [rules."{pattern}"]'
                self._report.add("RULE032", path, message)
                continue
            values = self.table(path, table, _CHANGES)
            nowhere = self._report.told(
                "RULE033", path, f"no rule fits `{pattern}`", severity=Severity.WARNING
            )
            found.append(Change(pattern, place=nowhere, **values))
        return found

    def no_table(self, name: str, found: object) -> None:
        """Tell of a value where a table belongs; the table of rules is right as it is."""
        if name != "rules" or not isinstance(found, dict):
            wanted = '[rules."…"]' if name == "rules" else f"[{name}]"
            self._report.add("RULE032", (name,), f"`{name}` must be a table: write {wanted}")

    def unknown(self, path: tuple[str, ...], known: Any, what: str) -> None:  # noqa: ANN401
        """Tell of a key or table that nothing reads."""
        self._report.add(
            "RULE031",
            path,
            f"nothing reads {what} `{path[-1]}`",
            hint=did_you_mean(near(path[-1], known, 1)) or f"there are {', '.join(known)}",
            severity=Severity.WARNING,
        )

    def _value(self, path: tuple[str, ...], key: Key, value: object) -> Any:  # noqa: ANN401
        match key.shape, value:
            case Shape.FLAG, bool():
                return value
            case Shape.WHOLE, int() if not isinstance(value, bool):
                return self._score(path, value) if key.name == "risk_score" else value
            case Shape.TEXT, str():
                allowed = _ALLOWED.get(key.name, (value,))
                if value in allowed:
                    return value
                self._report.not_one_of(path, value, allowed, code="RULE032")
                return None
            case Shape.TEXTS, list() if all(isinstance(entry, str) for entry in value):
                return self._paths(path, value) if key.name in _PATHS else tuple(value)
            case _:
                message = f"`{key.name}` must be {key.shape}"
                self._report.add("RULE032", path, message, hint=f"write {key.hint}")
                return None

    def _score(self, path: tuple[str, ...], value: int) -> int | None:
        if 0 <= value <= 100:
            return value
        self._report.add("RULE032", path, "`risk_score` must be from 0 to 100")
        return None

    def _paths(self, path: tuple[str, ...], names: list[str]) -> tuple[str, ...] | None:
        if "" in names:
            self._report.add("RULE032", path, f"`{path[-1]}` has an empty name: . is this folder")
            return None
        return tuple(str(self._folder / name) for name in names)
