"""``tocsin show``: a rule, a field, a function or an error code as a page in the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click
from rich.console import Console
from rich.text import Text

from tocsin.cli.chosen import load_chosen, tell_about
from tocsin.cli.console import console as console_of
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import CannotRun
from tocsin.cli.happening import safe
from tocsin.cli.path import PATH
from tocsin.cli.reference_pages import (
    code_page,
    esql_page,
    field_page,
    function_called,
    function_page,
)
from tocsin.cli.rule_page import rule_page
from tocsin.diagnostics.codes import CODES
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.languages.esql.functions import FUNCTIONS as ESQL_FUNCTIONS
from tocsin.languages.functions import FUNCTIONS
from tocsin.rules.overlay import Overlay, overlaid
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind


@click.command("show", cls=with_defaults("show"))
@click.argument("name", metavar="RULE|FIELD|FUNCTION|CODE")
@click.option(
    "-r",
    "--rules",
    multiple=True,
    type=PATH,
    metavar="RULES",
    help="Rule files, folders, archives (repeatable). Without it, those that come with Tocsin.",
)
@click.option("--source", is_flag=True, help="The rule's file as it is, with line numbers.")
@click.option("--config", type=PATH, metavar="FILE", help="The tocsin.toml to use.")
@click.pass_obj
def command(
    overlay: Overlay,
    name: str,
    rules: tuple[str, ...],
    source: bool,
    config: str | None,  # noqa: ARG001 - read by the defaults
) -> int:
    """Show a page: a rule (id, name, file, or a part), a field, a function, or a code."""
    console = console_of()
    if not source and _reference_page(name, console, also_function=not rules):
        return 0
    from_file = not rules and os.path.isfile(name)  # noqa: PTH113 - no name makes it raise
    ruleset = load_chosen([name] if from_file else rules or overlay.rule_paths).rules
    tell_about(ruleset)
    found = list(ruleset) if from_file else ruleset.find(name)
    if not found:
        if not source and (
            field_page(name, ruleset, console) or _reference_page(name, console, also_function=True)
        ):
            return 0
        if from_file:
            raise CannotRun(f"{safe(name)} holds no rule that can be used; see `tocsin check`")
        if source and _has_page(name):
            raise CannotRun(f"`{safe(name)}` has a page without --source: it is no rule")
        raise CannotRun(_unknown(name, ruleset))
    if len(found) > 1:
        _list(found, console)
    elif source:
        _source(found[0], console)
    else:
        rule = overlaid(overlay, found[0])
        rule_page(rule, ruleset, console, [*_changes(found[0], rule)])
    return 0


def _changes(before: Rule, after: Rule) -> Iterator[str]:
    """What ``tocsin.toml`` has made of a rule."""
    if before.enabled != after.enabled:
        yield "it is switched on" if after.enabled else "it is switched off"
    if before.severity != after.severity:
        yield f"the severity is {after.severity}, in the rule {before.severity}"
    if before.risk_score != after.risk_score:
        yield f"the risk score is {after.risk_score}, in the rule {before.risk_score}"
    if tags := after.tags[len(before.tags) :]:
        yield f"added tags: {', '.join(tags)}"
    if names := after.exceptions[len(before.exceptions) :]:
        yield f"exceptions: {', '.join(names)}"


def _reference_page(name: str, console: Console, *, also_function: bool) -> bool:
    """Show a code or a function, if there is one of that name."""
    if name.upper() in CODES:
        code_page(name.upper(), console)
        return True
    function = function_called(name) if also_function else None
    if function is not None:
        function_page(function, console)
        console.print()
    other = also_function and esql_page(name, console)
    return function is not None or other


def _has_page(name: str) -> bool:
    """Whether a code, function or field is called so."""
    known = name.upper() in CODES or function_called(name) is not None
    return known or Schema().kind(name) is not Kind.UNKNOWN


def _unknown(name: str, ruleset: RuleSet) -> str:
    names = [*(row.name for row in FUNCTIONS.values()), *ESQL_FUNCTIONS, *CODES]
    meant = [*ruleset.suggest(name), *Schema().suggest(name), *near(name, names)]
    hint = did_you_mean([safe(text) for text in meant[:3]])
    return f"no rule, field, function or code is called {safe(name)!r}" + (
        f"; {hint}" if hint else ""
    )


def _list(found: list[Rule], console: Console) -> None:
    console.print(Text(f"{len(found)} rules are called so; name one of them:"))
    for rule in found:
        line = f"  {rule.id}  {safe(rule.severity):<8}  {safe(rule.name)}"
        if rule.maturity != "production":
            line += f" ({safe(rule.maturity)})"
        console.print(Text(line), soft_wrap=True)


def _source(rule: Rule, console: Console) -> None:
    """The file verbatim; only what would steer the terminal is made visible."""
    lines = rule.origin.text.removesuffix("\n").split("\n")
    first = rule.origin.line
    places = len(str(first + len(lines)))
    console.print(Text(safe(rule.origin.file), style="bold"), soft_wrap=True)
    for number, line in enumerate(lines, first):
        text = line.removesuffix("\r")
        shown = text if text.isprintable() else "".join(c if c == "\t" else safe(c) for c in text)
        console.print(Text(f"{number:>{places}}  {shown}", tab_size=8), soft_wrap=True)
