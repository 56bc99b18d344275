"""Options that several commands have, the same for each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from tocsin.cli.path import PATH

_Function = TypeVar("_Function", bound=Callable[..., Any])


def choosing(function: _Function) -> _Function:
    """The options that choose rules."""
    options = (
        click.option(
            "-r",
            "--rules",
            multiple=True,
            type=PATH,
            metavar="RULES",
            help="Rule files, folders, archives of them, Kibana's exports (repeatable). "
            "Without it, the rules that come with Tocsin.",
        ),
        with_rule,
        click.option(
            "--include",
            multiple=True,
            metavar="K:V",
            help="Only rules that fit. K: tag, severity, tactic, type, os, rule (repeatable).",
        ),
        click.option(
            "--exclude", multiple=True, metavar="K:V", help="Not the rules that fit (repeatable)."
        ),
        click.option(
            "--config",
            type=PATH,
            metavar="FILE",
            help="Defaults and changes of rules. Without it, the tocsin.toml found upwards.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


with_rule = click.option(
    "--rule",
    multiple=True,
    metavar="ID|NAME",
    help="Only this rule, even if it is off; * for any characters (repeatable).",
)

with_config = click.option("--config", type=PATH, metavar="FILE", help="The tocsin.toml to use.")

with_routing = click.option(
    "--routing",
    type=click.Choice(["auto", "strict", "off"]),
    default="auto",
    show_default=True,
    help="Which events a rule sees: those of its index patterns and those of nobody's (auto), "
    "only the former (strict), all (off).",
)

with_text_mode = click.option(
    "--text-mode",
    type=click.Choice(["raw", "compat"]),
    default="raw",
    show_default=True,
    help="KQL and Lucene compare texts as they stand, or as Elasticsearch indexes them.",
)

with_history = click.option(
    "--history",
    multiple=True,
    type=PATH,
    metavar="F",
    help="Events of the past: they tell new terms rules what has been seen (repeatable).",
)

with_indicators = click.option(
    "--indicators",
    multiple=True,
    type=PATH,
    metavar="F",
    help="Threat intelligence for indicator match rules: NDJSON, CSV, STIX (repeatable).",
)


def with_exceptions(function: _Function) -> _Function:
    """``--exceptions`` and ``--lists``."""
    function = click.option(
        "--lists",
        multiple=True,
        type=PATH,
        metavar="DIR",
        help="A folder of value lists that exceptions refer to (repeatable).",
    )(function)
    return click.option(
        "--exceptions",
        multiple=True,
        type=PATH,
        metavar="F",
        help="Exceptions of rules: Kibana's exports, TOML (repeatable).",
    )(function)


def written(what: str, formats: Sequence[str]) -> Callable[[_Function], _Function]:
    """``--format``, of which the first is the default, and ``--output``; ``what`` is written."""

    def decorate(function: _Function) -> _Function:
        function = click.option(
            "-o",
            "--output",
            type=PATH,
            metavar="FILE",
            help=f"Write {what} here instead of stdout.",
        )(function)
        return click.option(
            "--format",
            "form",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help=f"How {what} {'are' if what.endswith('s') else 'is'} written.",
        )(function)

    return decorate
