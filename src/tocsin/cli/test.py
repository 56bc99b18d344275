"""``tocsin test``: the cases of rules, which must or must not fire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from tocsin.cases import Outcome, case_files, cases_of, orphans, run_case
from tocsin.cli.chosen import load_chosen, tell, tell_about
from tocsin.cli.cold import Compiling
from tocsin.cli.console import colours
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import CannotRun
from tocsin.cli.guard import check_outputs
from tocsin.cli.happening import safe
from tocsin.cli.junit import Suite, junit
from tocsin.cli.options import with_config, written
from tocsin.cli.path import PATH
from tocsin.cli.sink import Sink, opened
from tocsin.cli.story import finding_lines, near_misses, summary
from tocsin.diagnostics import Diagnostic
from tocsin.diagnostics.render import render
from tocsin.engine.api import documents
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.rules.overlay import Overlay, apply
from tocsin.rules.rule import Rule
from tocsin.rules.select import file_stem


@click.command("test", cls=with_defaults("test"))
@click.argument("rules", nargs=-1, type=PATH)
@written("the outcome", ["text", "junit"])
@with_config
@click.pass_obj
def command(
    overlay: Overlay,
    rules: tuple[str, ...],
    form: str,
    output: str | None,
    config: str | None,  # noqa: ARG001 - read by the defaults
) -> int:
    """Run the cases of RULES: events that must fire a rule, or must not. Exit 1 if one fails.

    The cases of `rules/x.toml` stand in `rules/x.test.toml` or `rules/tests/x.toml`, or in NDJSON
    files of these names (docs/testing.md). Without RULES, those that tocsin.toml names, else the
    ones that come with Tocsin.
    """
    ruleset = apply(overlay, load_chosen(rules or overlay.rule_paths).rules)
    cases = [path for rule in ruleset for path in case_files(rule)] if output else []
    check_outputs([output], rules=rules or overlay.rule_paths, files=cases)
    tell_about(ruleset)
    tell(orphans(ruleset))
    report = _Report()
    with opened(output) as out, Compiling():
        coloured = out.is_terminal and colours() is not None
        for rule in ruleset:
            report.rule(rule, coloured=coloured)
            if form == "text":
                for line in report.told:
                    out.text(line + "\n")
            report.told.clear()
        if form == "junit":
            out.write(junit(report.suites).encode())
        elif report.suites:
            _end(report, len(ruleset), out)
    if not report.suites:
        raise CannotRun(
            "no rule has cases: write them beside a rule's file, into NAME.test.toml "
            "or tests/NAME.toml (or .ndjson)"
        )
    return 1 if report.failed else 0


class _Report:
    """Runs the cases of rules; ``told`` holds the lines about what failed."""

    def __init__(self) -> None:
        self.suites: list[Suite] = []
        self.told: list[str] = []

    @property
    def failed(self) -> int:
        """Cases that failed, and case files that cannot be read."""
        return sum(suite.failures + len(suite.errors) for suite in self.suites)

    def rule(self, rule: Rule, *, coloured: bool) -> None:
        """Run all cases of a rule."""
        errors: list[Diagnostic] = []
        cases = cases_of(rule, errors)
        if not cases and not errors:
            return
        suite = Suite(rule.name, file_stem(rule))
        self.suites.append(suite)
        suite.errors = errors
        for error in errors:
            self.told += [*render(error, color=coloured).split("\n"), ""]
        if not cases:
            return
        compiled = compile_rules([rule])
        for case in cases:
            outcome = run_case(compiled, case)
            lines = list(_lines(outcome, compiled)) if outcome.problem else []
            suite.add(case.name, outcome.problem, [f"{case.file}:{case.line}", *lines])
            if outcome.problem:
                self.told.append(f"FAILED  {safe(rule.name)}: {safe(case.name)}")
                self.told.append(f"  {safe(outcome.problem)}  ({safe(case.file)}:{case.line})")
                self.told += [*(f"  {line}" for line in lines), ""]


def _lines(outcome: Outcome, compiled: Compiled) -> Iterator[str]:
    """What made a case fail: why it fired, or what kept it from it."""
    story = outcome.story
    if story is None:
        return
    if story.findings:
        writer = documents(compiled)
        for finding in story.findings:
            yield from finding_lines(
                finding, writer.build(finding)["tocsin.why"], joined=story.joined
            )
        return
    yield from summary(story)
    for stage in story.stages:
        if not stage.matched:
            yield from _nearest(stage.name, list(near_misses(stage, 1)))


def _nearest(name: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"nearest to {name}: {lines[0]}"
        yield from lines[1:]


def _end(report: _Report, rules: int, out: Sink) -> None:
    cases = sum(len(suite.cases) for suite in report.suites)
    errors = sum(len(suite.errors) for suite in report.suites)
    failed = sum(suite.failures for suite in report.suites)
    parts = [f"{len(report.suites):,} rules", f"{cases:,} cases", f"{cases - failed:,} passed"]
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{errors:,} errors in case files"] if errors else []
    without = rules - len(report.suites)
    parts += [f"{without:,} rules without cases"] if without else []
    out.text(" · ".join(parts) + "\n")
