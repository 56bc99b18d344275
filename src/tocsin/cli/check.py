"""``tocsin check``: every diagnostic of every rule, and which rules run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import click
import orjson

from tocsin.cli.chosen import load_chosen
from tocsin.cli.console import colours
from tocsin.cli.defaults import with_defaults
from tocsin.cli.guard import check_outputs
from tocsin.cli.happening import safe
from tocsin.cli.options import with_config, written
from tocsin.cli.path import PATH
from tocsin.cli.sarif import sarif
from tocsin.cli.sink import Sink, opened
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.diagnostics.render import as_json, render
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.lint import judge, lint
from tocsin.rules.overlay import Overlay, apply
from tocsin.rules.ruleset import RuleSet

_ROW = ("rule_id", "name", "type", "file", "status", "reason")
_NO_JSON = "RULE004"
_REFUSING = frozenset({"RULE003", _NO_JSON, "RULE005", "RULE006", "RULE007", "RULE010"})
"""Errors for which a file, or a line of an export, gives no rule."""


@click.command("check", cls=with_defaults("check", warn=False))
@click.argument("rules", nargs=-1, type=PATH)
@written("the report", ["text", "json", "sarif"])
@with_config
@click.pass_obj
def command(
    overlay: Overlay,
    rules: tuple[str, ...],
    form: str,
    output: str | None,
    config: str | None,  # noqa: ARG001 - read by the defaults
) -> int:
    """Judge RULES (files, folders, archives): do they run, what is doubtful. Exit 1 on an error.

    A comment `# tocsin: allow CODE reason` in a rule file keeps a warning quiet.

    Without RULES, those that tocsin.toml names, else the ones that come with Tocsin.
    """
    loaded = load_chosen(rules or overlay.rule_paths)
    ruleset = apply(overlay, loaded.rules)
    compiled = compile_rules(ruleset)
    advice = lint(ruleset)
    found = [*ruleset.diagnostics, *_not_told(compiled.diagnostics, advice), *advice]
    judged = judge(found, ruleset)
    diagnostics = _ordered(judged.diagnostics)
    check_outputs([output], rules=rules or overlay.rule_paths)
    with opened(output) as out:
        if form == "json":
            out.write(_lines(_report(compiled, diagnostics, _refused(loaded.rules))))
        elif form == "sarif":
            out.write(_lines(sarif(diagnostics, judged.allowed)))
        else:
            _text(compiled, diagnostics, len(judged.allowed), out, len(_refused(loaded.rules)))
    return 1 if any(found.severity is Severity.ERROR for found in diagnostics) else 0


def _not_told(
    diagnostics: Sequence[Diagnostic], advice: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """Diagnostics without the errors that have no place where the advice has one of that rule."""
    placed = {found.rule_id for found in advice if found.severity is Severity.ERROR}
    for found in diagnostics:
        error = found.severity is Severity.ERROR and found.span.start < 0
        if not (error and found.rule_id in placed):
            yield found


def _ordered(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics by file and place, so that all of a rule stand together."""
    first = {found.file: number for number, found in reversed(list(enumerate(diagnostics)))}
    return sorted(diagnostics, key=lambda found: (first[found.file], found.span.start))


def _refused(rules: RuleSet) -> list[Diagnostic]:
    """For each rule that could not be read as one, its first error."""
    kept = {(rule.origin.file, rule.id) for rule in rules}
    found: dict[tuple[str, str, int], Diagnostic] = {}
    for each in rules.diagnostics:
        name = (each.file, each.rule_id)
        if each.severity is Severity.ERROR and each.code in _REFUSING and name not in kept:
            line = each.span.start if each.code == _NO_JSON else 0
            found.setdefault((*name, line), each)
    return list(found.values())


def _report(
    compiled: Compiled, diagnostics: Sequence[Diagnostic], refused: Sequence[Diagnostic]
) -> dict[str, Any]:
    read = [
        (rule.id, rule.name, rule.type, rule.origin.file, status.status, status.reason)
        for rule, status in zip(compiled.rules, compiled.statuses, strict=True)
    ]
    unread = [(each.rule_id, "", "", each.file, "invalid", each.message) for each in refused]
    return {
        "rules": [dict(zip(_ROW, row, strict=True)) for row in (*read, *unread)],
        "diagnostics": [as_json(found) for found in diagnostics],
    }


def _lines(report: dict[str, Any]) -> bytes:
    return orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n"


def _text(
    compiled: Compiled,
    diagnostics: Sequence[Diagnostic],
    allowed: int,
    out: Sink,
    refused: int,
) -> None:
    coloured = out.is_terminal and colours() is not None
    for found in diagnostics:
        out.text(render(found, color=coloured) + "\n\n")
    for line in _summary(compiled, diagnostics, allowed, refused):
        out.text(line + "\n")


def _summary(
    compiled: Compiled, diagnostics: Sequence[Diagnostic], allowed: int, refused: int
) -> Iterator[str]:
    by_status = Counter(status.status for status in compiled.statuses)
    told = " · ".join(f"{count:,} {name}" for name, count in by_status.most_common())
    yield f"{len(compiled.rules):,} rules: {told or 'none'}"
    if refused:
        yield f"{refused:>7,}  not rules at all: their errors stand above"
    reasons = Counter(
        (status.status, status.reason)
        for status in compiled.statuses
        if status.status not in {"runs", "deprecated"}
    )
    for (name, why), count in reasons.most_common():
        yield f"{count:>7,}  {name}: {safe(why)}"
    found = Counter(entry.severity for entry in diagnostics)
    parts = [
        f"{found[level]:,} {level}{'' if found[level] == 1 else 's'}"
        for level in (Severity.ERROR, Severity.WARNING)
    ]
    yield " · ".join([*parts, *([f"{allowed:,} allowed"] if allowed else [])])
