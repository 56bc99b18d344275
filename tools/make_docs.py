"""Write the parts of the documentation that come from tables in the code.

    python tools/make_docs.py            docs/errors.md, the functions in docs/query/eql.md, and the
                                         options in docs/cli.md
    python tools/make_docs.py --check    only say whether they are as they should be

Functions and options stand between two marker comments; everything else in their files is written
by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tocsin.cli.main import tocsin
from tocsin.cli.reference_pages import example_value
from tocsin.diagnostics.codes import CODES
from tocsin.languages.esql.functions import FUNCTIONS as ESQL_FUNCTIONS
from tocsin.languages.functions import FUNCTIONS, Wants

if TYPE_CHECKING:
    from tocsin.diagnostics.code import Code
    from tocsin.languages.functions import Function

DOCS = Path(__file__).resolve().parent.parent / "docs"
HEAD = """\
# Errors and warnings

Every message of Tocsin about a rule, a query or an input has a code. `tocsin show CODE` prints the
same text.

<!-- Written by tools/make_docs.py from tocsin.diagnostics.codes: change it there. -->
"""
LANGUAGES = {"EQL": "eql", "ESQ": "esql", "RULE": "toml", "LINT": "toml", "CASE": "toml"}


def errors() -> str:
    """The page of all codes."""
    return "\n".join([HEAD, *map(_code, CODES.values())])


def _code(row: Code) -> str:
    language = LANGUAGES.get(row.code.rstrip("0123456789"), "text")
    text = f"## {row.code}: {row.title}\n\n{row.explanation}\n"
    for label, block in (("Example", row.example), ("Instead", row.fix)):
        if block:
            text += f"\n{label}:\n\n```{language}\n{block}\n```\n"
    return text


def functions() -> str:
    """The section of all functions."""
    return "\n".join(_function(row) for row in FUNCTIONS.values())


def _function(row: Function) -> str:
    examples = "\n".join(f"{call:<60}// {example_value(value)}" for call, value in row.examples)
    arguments = ", ".join(
        f"`{parameter.name}` {parameter.wants}" + (", may be left out" * parameter.optional)
        for parameter in row.parameters
    )
    return (
        f"### `{row.signature}`\n\n{row.summary}\n\n"
        f"Takes {arguments}; gives {_gives(row)}.\n\n```eql\n{examples}\n```\n"
    )


def esql_functions() -> str:
    """The table of ES|QL's functions."""
    rows = "\n".join(
        f"| `{row.signature}` | {row.summary.replace('``', '`')} |"
        for row in sorted(ESQL_FUNCTIONS.values(), key=lambda row: (row.aggregate, row.name))
    )
    return f"| function | |\n|---|---|\n{rows}\n"


def _gives(row: Function) -> str:
    if row.parameters[0].wants is Wants.NUMBER:
        return "a number"
    return {"keyword": "text", "long": "an integer", "double": "a number"}.get(
        row.gives, "true or false"
    )


def commands() -> str:
    """The section of all commands with their arguments and options."""
    group = click.Context(tocsin, info_name="tocsin")
    names = tocsin.list_commands(group)
    found = ((name, tocsin.get_command(group, name)) for name in names)
    return "\n".join(_command(name, row, group) for name, row in found if row is not None)


def _command(name: str, row: click.Command, group: click.Context) -> str:
    context = click.Context(row, info_name=name, parent=group)
    if isinstance(row, click.Group):
        below = ((each, row.get_command(context, each)) for each in row.list_commands(context))
        pages = [_command(each, found, context) for each, found in below if found is not None]
        return "\n".join([f"### `{context.command_path}`\n\n{_prose(row)}", *pages])
    usage = row.get_usage(context).removeprefix("Usage: ")
    options = [part for part in row.params if isinstance(part, click.Option)]
    rows = "\n".join(map(_option, options))
    head = f"### `{context.command_path}`\n\n```\n{usage}\n```\n\n{_prose(row)}"
    return f"{head}\n| option | |\n|---|---|\n{rows}\n"


def _prose(row: click.Command) -> str:
    return "\n".join(" ".join(part.split()) + "\n" for part in (row.help or "").split("\n\n"))


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    value = "" if option.is_flag else f" `{_option_value(option)}`"
    default = f" Default: `{option.default}`." if option.show_default else ""
    return f"| {names}{value} | {option.help or ''}{default} |".replace(
        "ID|NAME", "ID\\|NAME"
    ).replace("URL|DIR", "URL\\|DIR")


def _option_value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return " ".join(option.type.choices)
    return option.metavar or option.type.name.upper()


def pages() -> dict[Path, str]:
    """What each generated page should hold."""
    esql = DOCS / "query" / "esql.md"
    reference, command_line = DOCS / "query" / "eql.md", DOCS / "cli.md"
    return {
        DOCS / "errors.md": errors(),
        reference: _between(reference, "functions", functions()),
        esql: _between(esql, "functions", esql_functions()),
        command_line: _between(command_line, "commands", commands()),
    }


def _between(path: Path, name: str, text: str) -> str:
    """A page with what stands between its two marker comments written anew."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    _, _, behind = rest.partition(end)
    return f"{before}{begin}\n\n{text}\n{end}{behind}"


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if not check:
            path.write_text(pages()[path], encoding="utf-8", newline="\n")
        print(f"{'stale' if check else 'written'}: {path.relative_to(DOCS.parent)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
