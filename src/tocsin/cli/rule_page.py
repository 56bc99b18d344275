"""A rule as a page: all that its author wrote and all that the engine knows of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tocsin.cli.output import STYLES, safe
from tocsin.engine.compiled import compile_rules
from tocsin.rules.rule import Rule, Technique
from tocsin.rules.ruleset import RuleSet

_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r'|(?P<string>"""[^\n]*?"""|"(?:\\.|[^"\\\n])*")'
    r"|(?P<keyword>\b(?:and|or|not|in|like|regex|where|sequence|sample|by|with|maxspan|until|runs|any|true|false|null)\b~?)"
    r"|(?P<number>\b\d+[smhd]?\b)"
    r"|(?P<function>\b[A-Za-z]+~?(?=\())",
    re.DOTALL,
)
_COLOURS = {
    "comment": "dim",
    "string": "green",
    "keyword": "bold blue",
    "number": "cyan",
    "function": "magenta",
}
_TRANSFORM = re.compile(r"!\{(investigate|osquery)\{|\$(investigate|osquery)_(\d+)")


def rule_page(rule: Rule, ruleset: RuleSet, console: Console) -> None:
    """Print the page of a rule; ``ruleset`` is where its related rules are looked for."""
    console.print(Text(safe(rule.name), style="bold"))
    console.print(Text(_prose(rule.description).strip()))
    console.print()
    console.print(_facts(rule))
    if rule.query:
        _heading("Query", console)
        console.print(Padding(highlighted(rule.query.strip("\n")), (0, 0, 0, 2)), soft_wrap=True)
    if rule.threat:
        _heading("MITRE ATT&CK", console)
        console.print(_attack(rule))
    _bullets("References", rule.references, console)
    _bullets("False positives", [_prose(text) for text in rule.false_positives], console)
    _guide(rule, console)
    if rule.setup:
        _heading("Set-up", console)
        console.print(Markdown(_prose(rule.setup), hyperlinks=False))
    _related(rule, ruleset, console)


def highlighted(query: str) -> Text:
    """The query with its words coloured."""
    text = Text(_prose(query))
    for found in _TOKEN.finditer(text.plain):
        text.stylize(_COLOURS[str(found.lastgroup)], found.start(), found.end())
    return text


def _prose(text: str) -> str:
    """Untrusted text of several lines without terminal control characters."""
    return "".join(c if c in "\n\t" else safe(c) for c in text)


def _heading(title: str, console: Console) -> None:
    console.print()
    console.print(Text(title, style="bold underline"))


def _bullets(title: str, lines: tuple[str, ...] | list[str], console: Console) -> None:
    if lines:
        _heading(title, console)
        for line in lines:
            console.print(Text(f"• {' '.join(_prose(line).split())}"))


def _facts(rule: Rule) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(rule):
        if value:
            style = STYLES.get(value, "") if name == "severity" else ""
            table.add_row(name, Text(safe(value), style=style))
    return table


def _rows(rule: Rule) -> Iterator[tuple[str, str]]:
    status = compile_rules([rule]).statuses[0]
    yield "rule id", rule.id
    yield "type", f"{rule.type} ({rule.language})" if rule.language else rule.type
    yield "here", f"{status.status}: {status.reason}" if status.reason else status.status
    yield "severity", rule.severity
    yield "risk score", str(rule.risk_score)
    yield "indices", ", ".join(rule.index)
    yield "runs every", rule.interval
    yield "looks back", f"{rule.from_} to {rule.to}"
    yield "max alerts per run", f"{rule.max_signals} (in Kibana; none is dropped here)"
    yield "building block", "yes" if rule.building_block else ""
    yield "tags", ", ".join(rule.tags)
    yield "version", str(rule.version)
    yield "maturity", rule.maturity
    yield "created, updated", ", ".join(filter(None, (rule.creation_date, rule.updated_date)))
    yield "integration", ", ".join(rule.integration)
    yield "minimum stack", rule.min_stack_version
    yield "timestamp override", rule.timestamp_override
    yield "investigation fields", ", ".join(rule.investigation_fields)
    yield "authors", ", ".join(rule.author)
    yield "licence", rule.license
    yield "file", rule.origin.file


def _attack(rule: Rule) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("tactic", "technique", "reference"):
        table.add_column(name, overflow="fold")
    for threat in rule.threat:
        tactic = f"{threat.tactic_id} {threat.tactic}"
        if not threat.techniques:
            table.add_row(Text(safe(tactic)), "", Text(safe(threat.tactic_reference)))
        for technique in threat.techniques:
            for name, reference in _techniques(technique, ""):
                table.add_row(Text(safe(tactic)), Text(safe(name)), Text(safe(reference)))
                tactic = ""
    return table


def _techniques(technique: Technique, indent: str) -> Iterator[tuple[str, str]]:
    yield f"{indent}{technique.id} {technique.name}", technique.reference
    for part in technique.subtechniques:
        yield from _techniques(part, indent + "  ")


def _guide(rule: Rule, console: Console) -> None:
    if not rule.note:
        return
    _heading("Investigation guide", console)
    console.print(Markdown(_prose(_with_transforms(rule)), hyperlinks=False))


def _with_transforms(rule: Rule) -> str:
    """The guide with ``$investigate_0`` and ``$osquery_0`` told in words."""

    def told(found: re.Match[str]) -> str:
        kind, number = found.group(2), found.group(3)
        if kind is None:
            return found.group(0)
        blocks = rule.transform.get(kind) or []
        if not isinstance(blocks, list) or int(number) >= len(blocks):
            return found.group(0)
        block = blocks[int(number)]
        if kind == "osquery":
            return f"**osquery: {block.get('label', '')}**\n\n`{block.get('query', '')}`"
        return f"**{block.get('label', '')}**: {block.get('description', '')}"

    return _TRANSFORM.sub(told, rule.note)


def _related(rule: Rule, ruleset: RuleSet, console: Console) -> None:
    related = ruleset.related(rule)[:10]
    if related:
        _heading("Related rules", console)
        for other, reasons in related:
            console.print(Text(f"• {safe(other.name)} ({other.id}): {safe('; '.join(reasons))}"))
