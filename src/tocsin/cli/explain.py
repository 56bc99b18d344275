"""``tocsin explain``: why a rule fired, or what kept it from it, stage by stage."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click
import orjson

from tocsin.cli.chosen import load_chosen, tell
from tocsin.cli.cold import Compiling
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import CannotRun
from tocsin.cli.guard import check_outputs
from tocsin.cli.happening import safe
from tocsin.cli.options import (
    with_config,
    with_history,
    with_indicators,
    with_routing,
    with_text_mode,
    written,
)
from tocsin.cli.path import PATH
from tocsin.cli.progress import Reading
from tocsin.cli.rejects import Rejects
from tocsin.cli.sink import Sink, opened
from tocsin.cli.story import finding_lines, moment, near_misses, summary
from tocsin.cli.unread import nothing_read, tell_unread, unread_beside
from tocsin.diagnostics import Severity
from tocsin.diagnostics.near import did_you_mean
from tocsin.engine.api import documents
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.engine.explain import NearMiss, Relative, Story, explain
from tocsin.engine.scan import Options
from tocsin.inputs.indicators import read_indicators
from tocsin.inputs.source import read
from tocsin.match.explain import Why
from tocsin.rules.exceptions import gather
from tocsin.rules.overlay import Overlay, apply
from tocsin.rules.rule import Rule
from tocsin.schema.fields import Schema, TextMode


@click.command("explain", cls=with_defaults("explain"))
@click.argument("name", metavar="RULE")
@click.argument("events", nargs=-1, required=True, type=PATH)
@click.option(
    "-r",
    "--rules",
    multiple=True,
    type=PATH,
    metavar="RULES",
    help="Where RULE is, if it is no file (repeatable). Without it, those that come with Tocsin.",
)
@written("the story", ["text", "json"])
@click.option(
    "--size",
    type=click.IntRange(0, 10_000),
    default=3,
    show_default=True,
    metavar="N",
    help="At most N alerts, and N near misses of each stage.",
)
@with_indicators
@with_history
@with_routing
@with_text_mode
@with_config
@click.pass_obj
def command(
    overlay: Overlay,
    name: str,
    events: tuple[str, ...],
    rules: tuple[str, ...],
    form: str,
    output: str | None,
    size: int,
    indicators: tuple[str, ...],
    history: tuple[str, ...],
    routing: str,
    text_mode: TextMode,
    config: str | None,  # noqa: ARG001 - read by the defaults
) -> int:
    """Tell why RULE (a file, id, name or part of one) found what it found in EVENTS.

    First what each stage took and which clause turned the others away, then alerts with the clauses
    that held, then the events that came nearest with those that failed.
    """
    rule = _the_rule(name, rules or overlay.rule_paths, overlay)
    compiled = compile_rules([rule], Schema(text=text_mode), gather([rule], (), ()))
    if compiled.plans[0] is None:
        tell(found for found in compiled.diagnostics if found.severity is Severity.ERROR)
        status = compiled.statuses[0]
        raise CannotRun(f"{safe(rule.name)} does not run: {safe(status.reason or status.status)}")
    source = read(*events)
    check_outputs(
        [output],
        events=[source],
        rules=rules or overlay.rule_paths,
        files=(rule.origin.file, *history, *indicators),
    )
    with opened(output) as out:
        options = Options(
            routing=routing,  # type: ignore[arg-type]
            history=read(*history) if history else None,
            indicators=read_indicators(indicators) if indicators else None,
        )
        reading, refused = Reading(source, "alerts"), Rejects(None)
        refused.watch(source)
        with reading, Compiling():
            story = explain(
                compiled,
                source,
                options,
                size=size,
                reject=refused,
                progress=lambda counts: reading.batch(counts.events),
            )
        if form == "json":
            told = _as_json(rule, story, compiled)
            out.write(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
        else:
            _text(rule, story, compiled, out)
    counts = story.statistics
    tell_unread(source, counts.rejected, refused, counts.inputs)
    refused_indicators = counts.indicators.get("rejected", 0)
    for line in (
        *unread_beside("--history", counts.history_rejected, counts.history_rejects),
        *unread_beside("--indicators", refused_indicators, counts.indicator_rejects),
    ):
        click.echo(line, err=True)
    if why := nothing_read(source, counts.events, counts.rejected):
        raise CannotRun(why)
    return 0


def _the_rule(name: str, paths: Sequence[str], overlay: Overlay) -> Rule:
    """The one rule that a person means."""
    if os.path.isfile(name):  # noqa: PTH113 - no name makes it raise
        found = list(load_chosen([name]).rules)
        if not found:
            raise CannotRun(f"{safe(name)} holds no rule that can be used; see `tocsin check`")
    else:
        ruleset = apply(overlay, load_chosen(paths).rules)
        found = ruleset.find(name)
        if not found:
            hint = did_you_mean([safe(text) for text in ruleset.suggest(name)])
            raise CannotRun(f"no rule is called {safe(name)!r}" + (f"; {hint}" if hint else ""))
    if len(found) > 1:
        few = "; ".join(f"{rule.id} ({safe(rule.name)})" for rule in found[:5])
        raise CannotRun(f"{len(found)} rules are called {safe(name)!r}: {few}")
    return found[0]


def _text(rule: Rule, story: Story, compiled: Compiled, out: Sink) -> None:
    counts = story.statistics
    events, found = "s" * (counts.events != 1), "s" * (story.found != 1)
    told = f"{counts.events:,} event{events} · {story.seen:,} that the rule sees"
    out.text(f"{safe(rule.name)}\n{told} · {story.found:,} alert{found}\n\n")
    for line in summary(story):
        out.text(line + "\n")
    writer = documents(compiled)
    for number, finding in enumerate(story.findings, 1):
        out.text(f"\nalert {number} of {story.found:,}\n")
        whys = writer.build(finding)["tocsin.why"]
        for line in finding_lines(finding, whys, joined=story.joined):
            out.text(f"  {line}\n")
    for stage in story.stages:
        if stage.nearest:
            out.text(f"\nnearest to {stage.name}\n")
        for line in near_misses(stage, len(stage.nearest)):
            out.text(f"  {line}\n")


def _as_json(rule: Rule, story: Story, compiled: Compiled) -> dict[str, Any]:
    writer = documents(compiled)
    alerts = [writer.build(finding) for finding in story.findings]
    return {
        "rule_id": rule.id,
        "name": rule.name,
        "events": story.statistics.events,
        "rejected": story.statistics.rejected,
        "seen": story.seen,
        "alerts": story.found,
        "stages": [
            {
                "stage": stage.number,
                "name": stage.name,
                "matched": stage.matched,
                "failed_first": [
                    {"clause": clause, "events": number}
                    for clause, number in stage.failed.most_common()
                ],
                "nearest": [_miss(miss) for miss in stage.nearest],
            }
            for stage in story.stages
        ],
        "furthest": _relative(story.furthest) if not story.found else None,
        "without": [_relative(relative) for relative in story.would],
        "found": [
            {
                "events": alert["tocsin.events"],
                "why": alert.get("tocsin.why", []),
                "join_keys": alert.get("tocsin.join_keys", list(finding.keys)),
            }
            for alert, finding in zip(alerts, story.findings, strict=True)
        ],
    }


def _miss(miss: NearMiss) -> dict[str, Any]:
    return {
        "file": miss.file,
        "line": miss.line,
        "@timestamp": moment(miss.time),
        "held": [_why(reason) for reason in miss.held],
        "failed": [_why(reason) for reason in miss.failed],
    }


def _why(reason: Why) -> dict[str, Any]:
    return {"clause": reason.clause, "field": reason.field, "value": reason.value}


def _relative(relative: Relative | None) -> dict[str, Any] | None:
    if relative is None:
        return None
    finding = relative.first
    return {
        "stages": relative.variant.stages or None,
        "without": relative.variant.dropped or None,
        "times": relative.found,
        "first": None
        if finding is None
        else {
            "events": [
                event and {"id": event.id, "@timestamp": moment(event.time)}
                for event in finding.events
            ],
            "join_keys": list(finding.keys),
        },
    }
