"""Pages of what rules are made of: fields, functions, codes of diagnostics."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tocsin.cli.happening import safe
from tocsin.cli.highlight import highlighted
from tocsin.diagnostics.codes import CODES
from tocsin.languages.esql.functions import ALIASES
from tocsin.languages.esql.functions import FUNCTIONS as ESQL_FUNCTIONS
from tocsin.languages.functions import FUNCTIONS, Function
from tocsin.rules.fields import query_fields
from tocsin.rules.ruleset import RuleSet
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

_MOST = 20


def code_page(name: str, console: Console) -> None:
    """What a code means, with an example and the same put right."""
    code = CODES[name]
    console.print(Text(f"{code.code}: {code.title}", style="bold"))
    console.print(Markdown(code.explanation))
    for label, text in (("Example", code.example), ("Instead", code.fix)):
        if text:
            console.print()
            console.print(Text(label, style="bold"))
            console.print(Padding(highlighted(text), (0, 0, 0, 2)), soft_wrap=True)


def function_called(name: str) -> Function | None:
    """The function of that name, letter case and a ``~`` aside."""
    wanted = name.lower().removesuffix("~")
    return next((row for row in FUNCTIONS.values() if row.name.lower() == wanted), None)


def function_page(row: Function, console: Console) -> None:
    """What a function takes and gives, with its examples."""
    console.print(Text(row.signature, style="bold"))
    console.print(Text(row.summary))
    if row.folds:
        console.print(Text(f"{row.name}~ does the same in any letter case."))
    console.print()
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, told in _arguments(row):
        table.add_row(Text(name, style="bold"), Text(told))
    console.print(table)
    console.print()
    for call, value in row.examples:
        console.print(Text("  ") + highlighted(call) + Text(f"  →  {example_value(value)}"))


def esql_page(name: str, console: Console) -> bool:
    """Show what a function of ES|QL takes and gives; False if there is none of that name."""
    lower = name.lower()
    row = ESQL_FUNCTIONS.get(ALIASES.get(lower, lower))
    if row is None:
        return False
    console.print(Text(f"{row.signature}  (ES|QL)", style="bold"))
    console.print(Text(row.summary.replace("``", "`")))
    console.print()
    table = Table(box=None, show_header=False, pad_edge=False)
    for parameter in row.parameters:
        told = " or ".join(sorted(parameter.types))
        if parameter.optional:
            told += ", may be left out"
        if parameter.constant:
            told += ", a constant"
        table.add_row(Text(parameter.name, style="bold"), Text(told))
    console.print(table)
    gives = "the type of what it is given" if row.gives is None else str(row.gives)
    console.print(Text(f"Gives {gives}{', several values' if row.multi else ''}."))
    return True


def _arguments(row: Function) -> Iterator[tuple[str, str]]:
    for parameter in row.parameters:
        notes = [str(parameter.wants)]
        if parameter.constant:
            notes.append("a constant")
        if parameter.optional:
            notes.append("may be left out")
        if row.many and parameter is row.parameters[-1]:
            notes.append("may be repeated")
        yield parameter.name, ", ".join(notes)
    yield "gives", str(row.gives)


def example_value(value: object) -> str:
    """A value in an example, as EQL writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def field_page(name: str, ruleset: RuleSet, console: Console) -> bool:
    """What a field holds and which rules read it; False if nothing is known of it."""
    schema = Schema()
    kind = schema.kind(name)
    readers = [rule for rule in ruleset if name in query_fields(rule)]
    if kind is Kind.UNKNOWN and not readers:
        return False
    known = "no schema names it: each value speaks for itself" if kind is Kind.UNKNOWN else kind
    console.print(Text(safe(name), style="bold"), Text(f" {known}"))
    if schema.path(name) != name:
        console.print(Text(f"another way to compare {schema.path(name)}"))
    if schema.holds_many(name):
        console.print(Text("an array by convention; any field may hold several values"))
    console.print(Text(f"{len(readers):,} of {len(ruleset):,} rules read it"))
    for rule in readers[:_MOST]:
        console.print(Text(f"  {rule.id}  {safe(rule.name)}"), soft_wrap=True)
    if len(readers) > _MOST:
        console.print(Text(f"  and {len(readers) - _MOST:,} more"))
    return True
