"""``tocsin show``: a rule, a field, a function or an error code as a page in the terminal."""

from __future__ import annotations

import re
import sys

import click
from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from tocsin.cli.chosen import load_chosen, overlay_of
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import CannotRun
from tocsin.cli.output import safe
from tocsin.cli.rule_page import rule_page
from tocsin.diagnostics.codes import CODES
from tocsin.languages.functions import FUNCTIONS
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

_CODE = re.compile(r"[A-Za-z]{3,8}\d{3}")


@click.command("show", cls=with_defaults("show"))
@click.argument("name")
@click.option(
    "-r", "--rules", multiple=True, metavar="RULES", help="Rule files, folders, archives."
)
@click.option("--source", is_flag=True, help="The rule's file as it is, with line numbers.")
@click.option("--config", metavar="FILE", help="The tocsin.toml to use.")
def command(name: str, rules: tuple[str, ...], source: bool, config: str | None) -> int:
    """Show NAME: a rule (id, part of its name, file), a field, an EQL function or an error code."""
    width = None if sys.stdout.isatty() else 100
    console = Console(width=width, highlight=False)
    if _CODE.fullmatch(name) and name.upper() in CODES:
        _code_page(name.upper(), console)
        return 0
    function = next(
        (row for row in FUNCTIONS.values() if row.name.lower() == name.lower().rstrip("~")), None
    )
    if function is not None and not rules:
        _function_page(function.name, console)
        return 0
    ruleset = load_chosen(rules or overlay_of(config).rule_paths).rules
    found = ruleset.find(name)
    if not found:
        if _field_page(name, ruleset, console):
            return 0
        raise CannotRun(_unknown(name, ruleset))
    exact = [rule for rule in found if name.lower() in {rule.id.lower(), rule.name.lower()}]
    if len(found) > 1 and len(exact) != 1:
        _list(found, console)
        return 0
    rule = exact[0] if len(exact) == 1 else found[0]
    if source:
        _source(rule, console)
    else:
        rule_page(rule, ruleset, console)
    return 0


def _unknown(name: str, ruleset: RuleSet) -> str:
    near = ruleset.suggest(name)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return f"no rule, field, function or error code is called {safe(name)!r}{hint}"


def _list(found: list[Rule], console: Console) -> None:
    console.print(Text(f"{len(found)} rules have this in their name; name one of them:"))
    for rule in found:
        console.print(Text(f"  {rule.id}  {rule.severity:<8}  {safe(rule.name)}"), soft_wrap=True)


def _source(rule: Rule, console: Console) -> None:
    """The file verbatim; only what would steer the terminal is made visible."""
    lines = rule.origin.text.splitlines()
    places = len(str(len(lines)))
    console.print(Text(safe(rule.origin.file), style="bold"))
    for number, line in enumerate(lines, 1):
        shown = "".join(c if c == "\t" else safe(c) for c in line)
        console.print(Text(f"{number:>{places}}  {shown}"), soft_wrap=True)


def _code_page(name: str, console: Console) -> None:
    code = CODES[name]
    console.print(Text(f"{code.code}  {code.title}", style="bold"))
    console.print(Markdown(code.explanation))
    for label, text in (("Example", code.example), ("Fix", code.fix)):
        if text:
            console.print(Text(f"{label}: ", style="bold"), Text(text), soft_wrap=True)


def _function_page(name: str, console: Console) -> None:
    row = FUNCTIONS[name]
    console.print(Text(row.signature, style="bold"))
    console.print(Text(row.summary))
    for call, value in row.examples:
        console.print(Text(f"  {call}  →  {value!r}"))


def _field_page(name: str, ruleset: RuleSet, console: Console) -> bool:
    schema = Schema()
    kind = schema.kind(name)
    readers = [
        rule for rule in ruleset if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", rule.query)
    ]
    if kind is Kind.UNKNOWN and not readers:
        return False
    console.print(Text(name, style="bold"), Text(f" {kind}"))
    if schema.path(name) != name:
        console.print(Text(f"read from {schema.path(name)}"))
    console.print(Text(f"{len(readers)} of {len(ruleset)} rules read it"))
    for rule in readers[:20]:
        console.print(Text(f"  {rule.id}  {safe(rule.name)}"), soft_wrap=True)
    return True
