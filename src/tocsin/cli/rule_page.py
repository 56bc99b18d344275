"""A rule as a page: all that its author wrote and all that the engine knows of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tocsin.cli.console import STYLES
from tocsin.cli.guide import guide, paragraphs, prose, setup
from tocsin.cli.happening import safe
from tocsin.cli.highlight import highlighted
from tocsin.engine.compiled import compile_rules
from tocsin.rules.fields import query_fields
from tocsin.rules.rule import Rule, Technique
from tocsin.rules.ruleset import RuleSet
from tocsin.schema.fields import Schema

_RELATED = 10


def rule_page(rule: Rule, ruleset: RuleSet, console: Console) -> None:
    """Print the page of a rule; ``ruleset`` is where its related rules are looked for."""
    console.print(Text(safe(rule.name), style="bold"))
    console.print(Text(paragraphs(rule.description)))
    console.print()
    console.print(_pairs(_rows(rule)))
    if rule.query:
        _heading("Query", console)
        query = highlighted(prose(rule.query.strip("\n")))
        console.print(_indented(query) if console.is_terminal else _shifted(query), soft_wrap=True)
    _fields(rule, console)
    if rule.threat:
        _heading("MITRE ATT&CK", console)
        console.print(_attack(rule))
    _bullets("References", rule.references, console)
    _bullets("False positives", rule.false_positives, console)
    _markdown("Investigation guide", guide(rule), console)
    _markdown("Set-up", setup(rule), console)
    _related(rule, ruleset, console)


def _heading(title: str, console: Console) -> None:
    console.print()
    console.print(Text(title, style="bold underline"))


def _indented(text: Text) -> Padding:
    """Text moved to the right; long lines are folded at the terminal's edge."""
    text.overflow = "fold"
    return Padding(text, (0, 0, 0, 2))


def _shifted(text: Text) -> Text:
    """Text moved to the right; long lines stay as they are."""
    return Text("\n").join(Text("  ") + line for line in text.split("\n"))


def _bullets(title: str, lines: Iterable[str], console: Console) -> None:
    told = list(filter(None, (" ".join(prose(line).split()) for line in lines)))
    if told:
        _heading(title, console)
    for line in told:
        # an address stays in one piece, so that it can be copied
        console.print(Text(f"• {line}"), soft_wrap=" " not in line)


def _markdown(title: str, text: str, console: Console) -> None:
    if text.strip():
        _heading(title, console)
        console.print(Markdown(text, hyperlinks=False))


def _pairs(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        if value:
            style = STYLES.get(value, "") if name == "severity" else ""
            table.add_row(name, Text(safe(value), style=style))
    return table


def _rows(rule: Rule) -> Iterator[tuple[str, str]]:
    status = compile_rules([rule]).statuses[0]
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
    yield from _special(rule)
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


def _override(row: Mapping[str, Any]) -> str:
    value, severity = row.get("value"), row.get("severity")
    told = str(row.get("field", ""))
    told += f" = {value}" if value else ""
    return f"{told} → {severity}" if severity else told


def _special(rule: Rule) -> Iterator[tuple[str, str]]:
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


def _suppression(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    by, span = _listed(value.get("group_by")), value.get("duration")
    told = f"by {by}" if by else ""
    if isinstance(span, Mapping):
        told += f" for {span.get('value', '')}{span.get('unit', '')}"
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


def _fields(rule: Rule, console: Console) -> None:
    """The fields that the query names, with what they hold."""
    schema = Schema()
    names = sorted(query_fields(rule))
    if names:
        _heading("Fields", console)
        console.print(_pairs((safe(name), str(schema.kind(name))) for name in names))


def _attack(rule: Rule) -> Table:
    """Tactics with their techniques and sub-techniques, and where to read about them."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, overflow="ignore")
    for threat in rule.threat:
        _attack_row(table, f"{threat.tactic_id} {threat.tactic}", threat.tactic_reference)
        for technique in threat.techniques:
            for name, reference in _techniques(technique, "  "):
                _attack_row(table, name, reference)
    return table


def _attack_row(table: Table, name: str, reference: str) -> None:
    table.add_row(Text(safe(name)), Text(safe(reference)))


def _techniques(technique: Technique, indent: str) -> Iterator[tuple[str, str]]:
    yield f"{indent}{technique.id} {technique.name}", technique.reference
    for part in technique.subtechniques:
        yield from _techniques(part, indent + "  ")


def _related(rule: Rule, ruleset: RuleSet, console: Console) -> None:
    related = ruleset.related(rule, query_fields, limit=_RELATED)
    if related:
        _heading("Related rules", console)
        for other, reasons in related:
            console.print(Text(f"{safe(other.name)}  {other.id}"), soft_wrap=True)
            console.print(Text(f"    {safe('; '.join(reasons))}", style="dim"), soft_wrap=True)
