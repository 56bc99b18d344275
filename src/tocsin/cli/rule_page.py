"""A rule as a page: all that its author wrote and all that the engine knows of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
from tocsin.rules.overlay import FILE
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet
from tocsin.schema.fields import Schema
from tocsin.web.rule_facts import attack_rows, facts

_RELATED = 10
_NARROW = 40
"""Columns from which names and values have room beside each other."""


def rule_page(rule: Rule, ruleset: RuleSet, console: Console, changes: Sequence[str] = ()) -> None:
    """Print the page of a rule; ``ruleset`` is where its related rules are looked for.

    ``changes``: what the user's ``tocsin.toml`` has made of it, in words.
    """
    console.print(Text(safe(rule.name), style="bold"))
    console.print(Text(paragraphs(rule.description)))
    console.print()
    _print_pairs(facts(rule, compile_rules([rule]).statuses[0]), console)
    _bullets(f"Changed by {FILE}", changes, console)
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


def _print_pairs(rows: Iterable[tuple[str, str]], console: Console) -> None:
    """Names and values beside each other, below each other where there is no room for that."""
    if console.width >= _NARROW:
        console.print(_pairs(rows))
        return
    for name, value in rows:
        if value:
            console.print(Text(name, style="bold"))
            console.print(_indented(Text(safe(value))))


def _pairs(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        if value:
            style = STYLES.get(value, "") if name == "severity" else ""
            table.add_row(name, Text(safe(value), style=style))
    return table


def _fields(rule: Rule, console: Console) -> None:
    """The fields that the query names, with what they hold."""
    schema = Schema()
    names = sorted(query_fields(rule))
    if names:
        _heading("Fields", console)
        _print_pairs(((safe(name), str(schema.kind(name))) for name in names), console)


def _attack(rule: Rule) -> Table:
    """Tactics with their techniques and sub-techniques, and where to read about them."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, overflow="ignore")
    for row in attack_rows(rule):
        name = f"{'  ' * row.depth}{row.id} {row.name}"
        table.add_row(Text(safe(name)), Text(safe(row.reference)))
    return table


def _related(rule: Rule, ruleset: RuleSet, console: Console) -> None:
    related = ruleset.related(rule, query_fields, limit=_RELATED)
    if related:
        _heading("Related rules", console)
        for other, reasons in related:
            console.print(Text(f"{safe(other.name)}  {other.id}"), soft_wrap=True)
            console.print(Text(f"    {safe('; '.join(reasons))}", style="dim"), soft_wrap=True)
