"""``tocsin scan``: rules over events, alerts out."""

from __future__ import annotations

from functools import partial
from typing import Literal

import click

from tocsin.alerts.overrides import SEVERITIES
from tocsin.cli.chosen import Choice
from tocsin.cli.defaults import with_defaults
from tocsin.cli.extra import needs_pages
from tocsin.cli.failure import CannotRun
from tocsin.cli.instant import instant, maybe_instant
from tocsin.cli.opened import run_and_show
from tocsin.cli.options import (
    choosing,
    with_exceptions,
    with_history,
    with_indicators,
    with_routing,
    with_text_mode,
    written,
)
from tocsin.cli.output import ALERT_FORMATS
from tocsin.cli.path import PATH
from tocsin.cli.scanning import Clock, Wanted, run
from tocsin.engine.reference import ReferenceScan
from tocsin.engine.reference.runs import Outage
from tocsin.engine.scan import Options, Scan
from tocsin.inputs.indicators import read_indicators
from tocsin.inputs.source import read
from tocsin.rules.overlay import Overlay
from tocsin.schema.fields import TextMode


@click.command("scan", cls=with_defaults("scan"))
@click.argument("events", nargs=-1, required=True, type=PATH)
@choosing
@written("the alerts", ALERT_FORMATS)
@click.option(
    "--stats", type=PATH, metavar="FILE", help="Write what was counted as one JSON object."
)
@click.option(
    "--rejects", type=PATH, metavar="FILE", help="Write each line that is no event, as NDJSON."
)
@click.option(
    "--since",
    metavar="T",
    help="Only events from this time on: 2026-08-01, 2026-08-01T12:00Z, now-1h, now/d.",
)
@click.option(
    "--until", metavar="T", help="Only events up to this time; of a day, month or year, to its end."
)
@click.option(
    "--min-severity",
    type=click.Choice(SEVERITIES),
    default="low",
    show_default=True,
    help="Show only alerts from this severity up.",
)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    help="Exit with 1 if an alert is this severe, whatever is shown.",
)
@click.option(
    "--building-blocks",
    is_flag=True,
    help="Show alerts of building-block rules in the table and the page too.",
)
@with_routing
@with_text_mode
@with_indicators
@with_exceptions
@with_history
@click.option(
    "--state",
    type=PATH,
    metavar="DIR",
    help="Keep here what rules remember from one run to the next: open sequences, counts, terms "
    "that were seen, windows of suppression.",
)
@click.option(
    "--store",
    type=PATH,
    metavar="URL|DIR",
    help="Put all alerts, shown or not, into this alert store (tocsin alerts): a folder, a file of "
    "SQLite, or postgresql://…. What it has already stays one alert.",
)
@click.option(
    "--open",
    "opens",
    is_flag=True,
    help="Look at the alerts in the browser, with their events, until Ctrl-C.",
)
@click.option(
    "--data",
    type=PATH,
    metavar="DIR",
    help="With --open, keep events and alerts in this folder, for tocsin serve or tocsin alerts.",
)
@click.option(
    "--schedule",
    type=click.Choice(["event", "reference"]),
    default="event",
    show_default=True,
    help="By whose clock: that of the events, or Kibana's intervals and look-backs, simulated, "
    "with a comparison of the two.",
)
@click.option(
    "--outage",
    multiple=True,
    metavar="FROM..TO",
    help="With --schedule reference, a time in which no rule runs (repeatable).",
)
@click.option(
    "--stagger",
    is_flag=True,
    help="With --schedule reference, each rule's runs begin at a moment of their own.",
)
@click.option(
    "--no-suppression",
    is_flag=True,
    help="Tell alerts that are alike one by one, whatever a rule says.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="N",
    help="Threads that read ahead.",
)
@click.pass_obj
def command(
    overlay: Overlay,
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
    text_mode: TextMode,
    indicators: tuple[str, ...],
    exceptions: tuple[str, ...],
    lists: tuple[str, ...],
    history: tuple[str, ...],
    state: str | None,
    store: str | None,
    opens: bool,
    data: str | None,
    schedule: Literal["event", "reference"],
    outage: tuple[str, ...],
    stagger: bool,
    no_suppression: bool,
    jobs: int,
) -> int:
    """Run rules over EVENTS (files, folders, globs, - for stdin) and give the alerts.

    The format of events is told by their content: JSON lines and arrays, exported Elasticsearch
    hits, Parquet, raw Linux and Kubernetes audit logs; plain, .gz or .zst.
    """
    if form == "html":
        needs_pages("--format html")
    options = Options(
        routing=routing,  # type: ignore[arg-type]
        since=maybe_instant(since, "--since"),
        until=maybe_instant(until, "--until", last=True),
        jobs=jobs,
        history=read(*history) if history else None,
        suppression=not no_suppression,
        indicators=read_indicators(indicators) if indicators else None,
    )
    if None not in (options.since, options.until) and options.since > options.until:  # type: ignore[operator]
        raise CannotRun("--since is later than --until: no event lies between them")
    clock = _clock(schedule, outage, options, state, stagger=stagger)
    if store is not None and schedule == "reference":
        raise CannotRun("--store needs event time: the reference's alerts are a simulation")
    wanted = Wanted(form, output, min_severity, fail_on, building_blocks, stats, rejects, store)
    choice = Choice(rules, rule, include, exclude, overlay, exceptions, lists, text_mode)
    if not opens:
        if data is not None:
            raise CannotRun("--data is for --open; to keep alerts alone, there is --store")
        return run(events, choice, options, wanted, state, clock)
    if store is not None or schedule == "reference":
        raise CannotRun("--open keeps alerts by itself: --store and --schedule do not go with it")
    return run_and_show(events, choice, options, wanted, data=data, state=state, config=config)


def _clock(
    schedule: str, outages: tuple[str, ...], options: Options, state: str | None, *, stagger: bool
) -> Clock:
    """What runs the rules: a scan in event time, or by the reference's clock."""
    if schedule == "event":
        if outages:
            raise CannotRun("--outage needs --schedule reference: in event time nothing is missed")
        if stagger:
            raise CannotRun("--stagger needs --schedule reference: in event time nothing runs")
        return Scan
    if options.history is not None:
        raise CannotRun("--history needs event time: with --schedule reference, name all as EVENTS")
    if state is not None:
        raise CannotRun("--state needs event time: the reference's rules remember nothing")
    return partial(ReferenceScan, outages=list(map(_outage, outages)), stagger=stagger)


def _outage(text: str) -> Outage:
    first, dots, last = text.partition("..")
    if not dots:
        raise CannotRun(
            f"--outage {text}: write FROM..TO, such as 2026-08-01T12:00..2026-08-01T14:00"
        )
    found = Outage(instant(first, "--outage"), instant(last, "--outage"))
    if found.first >= found.last:
        raise CannotRun(f"--outage {text}: it ends before it begins")
    return found
