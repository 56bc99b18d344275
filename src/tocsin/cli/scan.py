"""``tocsin scan``: rules over events, alerts out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self, TypeVar

import click
import orjson

from tocsin.alerts.identity import named
from tocsin.alerts.overrides import SEVERITIES
from tocsin.alerts.sorter import Sorter
from tocsin.cli.chosen import Choice, Loaded, compiled_choice
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import CannotRun
from tocsin.cli.output import FORMATS, opened, writer
from tocsin.cli.progress import ScanProgress
from tocsin.cli.summary import Summary
from tocsin.engine.alert import Alert
from tocsin.engine.api import documents
from tocsin.engine.compiled import Compiled
from tocsin.engine.scan import Options, Scan
from tocsin.inputs.source import Events, read
from tocsin.rules.timing import instant

_Function = TypeVar("_Function", bound=Callable[..., Any])


def choosing(function: _Function) -> _Function:
    """The options that choose rules, the same for every command."""
    options = (
        click.option(
            "-r", "--rules", multiple=True, metavar="RULES", help="Rule files, folders, archives."
        ),
        click.option(
            "--rule", multiple=True, metavar="ID|NAME", help="Only this rule (repeatable)."
        ),
        click.option(
            "--include",
            multiple=True,
            metavar="K:V",
            help="Only rules with tag:, severity:, tactic:, type:, os:, rule:.",
        ),
        click.option("--exclude", multiple=True, metavar="K:V", help="Not the rules with these."),
        click.option("--config", metavar="FILE", help="The tocsin.toml to use."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Wanted:
    """What becomes of alerts: the format, the file, the least severity, building blocks or not."""

    form: str
    output: str | None
    least: str
    fail_on: str | None
    blocks: bool
    stats: str | None


@click.command("scan", cls=with_defaults("scan"))
@click.argument("events", nargs=-1, required=True)
@choosing
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write the alerts here instead of stdout.")
@click.option("--stats", metavar="FILE", help="Write what was counted as one JSON object.")
@click.option("--rejects", metavar="FILE", help="Write each line that is no event, as NDJSON.")
@click.option("--since", metavar="T", help="Only events from this time on (ISO, or now-1h).")
@click.option("--until", metavar="T", help="Only events up to this time.")
@click.option(
    "--min-severity",
    type=click.Choice(SEVERITIES),
    default="low",
    help="Show only alerts from here up.",
)
@click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 if an alert is this severe."
)
@click.option(
    "--building-blocks", is_flag=True, help="Show the alerts of building-block rules in the table."
)
@click.option(
    "--routing", type=click.Choice(["auto", "strict", "off"]), default="auto", show_default=True
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Threads that read ahead.",
)
def command(
    events: tuple[str, ...],
    rules: tuple[str, ...],
    rule: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    config: str | None,
    form: str,
    output: str | None,
    stats: str | None,
    rejects: str | None,
    since: str | None,
    until: str | None,
    min_severity: str,
    fail_on: str | None,
    building_blocks: bool,
    routing: str,
    jobs: int,
) -> int:
    """Run rules over EVENTS (files, folders, globs, - for stdin) and give the alerts.

    Without -r the shipped rules about the Kubelet and Kubernetes APIs run.
    """
    options = Options(
        routing=routing,  # type: ignore[arg-type]
        since=_instant(since, "--since"),
        until=_instant(until, "--until"),
        jobs=jobs,
    )
    wanted = Wanted(form, output, min_severity, fail_on, building_blocks, stats)
    choice = Choice(rules, rule, include, exclude, config)
    return run(events, choice, options, wanted, rejects)


def run(
    events: tuple[str, ...], choice: Choice, options: Options, wanted: Wanted, rejects: str | None
) -> int:
    """Scan and write; the exit status."""
    began = time.perf_counter()
    compiled, loaded, compile_seconds = compiled_choice(choice)
    if not any(plan is not None for plan in compiled.plans):
        raise CannotRun("no rule can be used; `tocsin check` tells why")
    source = read(*events)
    with Rejects(rejects) as refused, ScanProgress(source) as progress:
        scan = Scan(compiled, source, options, reject=refused, progress=progress)
        run = _Run(scan, compiled, source, wanted)
        run.gather()
    status = run.write()
    counts = scan.statistics
    counts.seconds.load, counts.seconds.compile = loaded.seconds, compile_seconds
    counts.seconds.total = time.perf_counter() - began
    _finish(run, loaded, wanted)
    if counts.interrupted:
        return 130
    if not counts.events and (counts.rejected or source.problems):
        raise CannotRun("no event could be read; --rejects FILE keeps every refused line")
    return status


class _Run:
    """Gathers findings in order, then writes them; an interrupt keeps what was found so far."""

    def __init__(self, scan: Scan, compiled: Compiled, source: Events, wanted: Wanted) -> None:
        self._scan = scan
        self._compiled = compiled
        self._source = source
        self._wanted = wanted
        self._sorter = Sorter()
        self.summary = Summary(compiled)

    def gather(self) -> None:
        counts, rules = self._scan.statistics, self._compiled.rules
        try:
            for finding in self._scan.findings():
                rule = rules[finding.rule]
                self._sorter.add_alert(rule.id, finding)
                if rule.building_block:
                    counts.building_block_alerts += 1
                else:
                    counts.alerts += 1
        except KeyboardInterrupt:
            counts.interrupted = True

    def write(self) -> int:
        """Write the alerts; 1 if one reaches ``--fail-on``."""
        wanted, status = self._wanted, 0
        least = SEVERITIES.index(wanted.least)
        failing = SEVERITIES.index(wanted.fail_on) if wanted.fail_on else len(SEVERITIES)
        documents_of = documents(self._compiled)
        with self._sorter, opened(wanted.output) as out:
            shown = writer(wanted.form, out)
            shown.begin()
            for finding in named(self._sorter, lambda number: self._compiled.rules[number].id):
                rule = self._compiled.rules[finding.rule]
                alert = Alert(rule, finding, documents_of, self._source)
                severity = alert.rating.severity
                level = SEVERITIES.index(severity) if severity in SEVERITIES else 0
                self.summary.count(rule, severity)
                if level >= failing and not rule.building_block:
                    status = 1
                hidden = rule.building_block and wanted.form == "table" and not wanted.blocks
                if level >= least and not hidden:
                    shown.write(alert)
            shown.end()
        return status

    @property
    def scan(self) -> Scan:
        return self._scan

    @property
    def source(self) -> Events:
        return self._source


def _finish(run: _Run, loaded: Loaded, wanted: Wanted) -> None:
    counts = run.scan.statistics
    counts.inputs = [(found.file, found.reason) for found in run.source.problems]
    run.summary.complete(counts)
    if wanted.stats is not None:
        _write(wanted.stats, json.dumps(counts.as_json(), indent=2) + "\n")
    run.summary.tell(counts, loaded.rules.diagnostics)


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotRun(f"cannot write {path}: {error.strerror}") from error


class Rejects:
    """Writes refused lines as NDJSON: file, line, reason, and the line or its beginning."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                self._file = Path(self._path).open("wb")
            except OSError as error:
                raise CannotRun(f"cannot write {self._path}: {error.strerror}") from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def __call__(self, file: str, line: int, reason: str, content: bytes) -> None:
        if self._file is not None:
            told = {
                "file": file,
                "line": line,
                "reason": reason,
                "content": content.decode("utf-8", "backslashreplace"),
            }
            self._file.write(orjson.dumps(told) + b"\n")


def _instant(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    try:
        return instant(text, now=time.time_ns() // 1_000_000)
    except ValueError as error:
        raise CannotRun(f"{option}: {error}") from error
