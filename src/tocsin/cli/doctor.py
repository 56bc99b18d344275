"""``tocsin doctor``: which rules the events at hand can set off, and what the others wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import click
import orjson

from tocsin.cli.chosen import Choice, ready
from tocsin.cli.cold import Compiling
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import CannotRun
from tocsin.cli.guard import check_outputs
from tocsin.cli.happening import safe
from tocsin.cli.options import choosing, with_routing, written
from tocsin.cli.path import PATH
from tocsin.cli.progress import Reading
from tocsin.cli.rejects import Rejects
from tocsin.cli.sink import opened
from tocsin.cli.unread import nothing_read, tell_unread
from tocsin.engine.api import alerts
from tocsin.engine.feedback import Feedback
from tocsin.engine.readiness import DataSet, Readiness, Watch, awaited
from tocsin.engine.scan import Options, Scan
from tocsin.inputs.source import read
from tocsin.rules.overlay import Overlay

_STATES = {
    "fired": "fired",
    "quiet": "could fire, and were quiet",
    "lacks fields": "lack a field",
    "no events": "saw no event of their data sets",
    "cannot run": "cannot run",
}


@click.command("doctor", cls=with_defaults("doctor"))
@click.argument("events", nargs=-1, required=True, type=PATH)
@choosing
@written("the report", ["text", "json"])
@click.option(
    "--size",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    metavar="N",
    help="At most N lines of each list in the text.",
)
@click.option(
    "--sample",
    type=click.IntRange(0),
    default=50,
    show_default=True,
    metavar="N",
    help="Events of each data set that are looked at closely, for clauses that failed alone.",
)
@with_routing
@click.pass_obj
def command(
    overlay: Overlay,
    events: tuple[str, ...],
    rules: tuple[str, ...],
    rule: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    form: str,
    output: str | None,
    size: int,
    sample: int,
    routing: str,
    config: str | None,  # noqa: ARG001 - read by the defaults
) -> int:
    """Tell which rules EVENTS can set off, and which data sets and fields the others wait for.

    Of rules that could fire and were quiet: which clause alone kept them from it, and how often.
    """
    source = read(*events)
    check_outputs([output], events=[source], rules=rules or overlay.rule_paths)
    compiled = ready(Choice(rules, rule, include, exclude, overlay)).compiled
    watch, refused = Watch(compiled, routing, sample), Rejects(None)
    refused.watch(source)
    reading, feedback = Reading(source, "alerts"), Feedback(compiled, source)
    scan = Scan(
        compiled,
        source,
        Options(routing=routing),  # type: ignore[arg-type]
        reject=refused,
        observe=watch,
        sift=feedback.sift,
        progress=lambda counts: reading.batch(counts.events, counts.alerts),
    )
    with opened(output) as out:
        with reading, Compiling():
            found = Counter(one.rule.id for one in alerts(scan, compiled, source, feedback))
        told = watch.rules(found)
        sets = sorted(watch.sets.values(), key=lambda one: (-one.events, one.name))
        if form == "json":
            report = _as_json(told, sets, watch.sampled)
            out.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
        else:
            for line in _text(told, sets, watch, size):
                out.text(line + "\n")
    counts = scan.statistics
    tell_unread(source, counts.rejected, refused)
    if why := nothing_read(source, counts.events, counts.rejected):
        raise CannotRun(why)
    return 0


def _text(
    rules: Sequence[Readiness], sets: Sequence[DataSet], watch: Watch, size: int
) -> Iterator[str]:
    states: Counter[str] = Counter(told.state for told in rules)
    many = f"{len(rules):,} rule{'' if len(rules) == 1 else 's'}"
    yield " · ".join([many, *(f"{states[key]:,} {what}" for key, what in _STATES.items())])
    yield from _list(
        "data sets that came (events, rules that read them)",
        [
            f"{one.events:>10,}  {len(one.rules):>5,}  {safe(one.name)}"
            + ("" if one.routed else "  (meant by no rule, shown to all)" if one.rules else "")
            for one in sets
        ],
        size,
    )
    yield from _list(
        "index patterns that rules without events wait for (rules)",
        [f"{number:>10,}  {safe(name)}" for name, number in awaited(rules, 10 * size)],
        size,
    )
    lacking = Counter(
        name for told in rules if told.state == "lacks fields" for name in told.missing
    )
    yield from _list(
        "fields that the events of rules never had (rules)",
        [f"{number:>10,}  {safe(name)}" for name, number in lacking.most_common()],
        size,
    )
    quiet = [told for told in rules if told.state == "quiet" and told.near]
    quiet.sort(key=lambda told: (-told.held, -told.near.total(), told.rule.name))
    yield from _list(
        f"quiet rules that came nearest (clauses that held; of {watch.sampled:,} events looked at, "
        "those that one clause kept back)",
        [_near(told) for told in quiet],
        size,
    )
    reasons = Counter(told.reason for told in rules if told.state == "cannot run")
    yield from _list(
        "rules that cannot run (rules)",
        [f"{number:>10,}  {safe(reason)}" for reason, number in reasons.most_common()],
        size,
    )


def _near(told: Readiness) -> str:
    [(clause, number)] = told.near.most_common(1)
    more = f" and {told.near.total() - number:,} others" if len(told.near) > 1 else ""
    return (
        f"{told.held:>10,}  {told.near.total():>5,}  {safe(told.rule.name)}: "
        f"{number:,} but for  {safe(clause)}{more}"
    )


def _list(title: str, lines: Sequence[str], size: int) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from lines[:size]
        if len(lines) > size:
            yield f"{'…':>10}  and {len(lines) - size:,} more"


def _as_json(rules: Sequence[Readiness], sets: Sequence[DataSet], sampled: int) -> dict[str, Any]:
    return {
        "sampled": sampled,
        "data_sets": [
            {
                "name": one.name,
                "indices": one.names,
                "events": one.events,
                "rules": len(one.rules),
                "routed": one.routed,
                "fields": sorted(one.fields),
            }
            for one in sets
        ],
        "rules": [
            {
                "rule_id": told.rule.id,
                "name": told.rule.name,
                "state": told.state,
                "reason": told.reason,
                "index": told.rule.index,
                "events": told.events,
                "hits": told.hits,
                "alerts": told.alerts,
                "missing": told.missing,
                "held": told.held,
                "near": [
                    {"clause": clause, "events": number}
                    for clause, number in told.near.most_common()
                ],
            }
            for told in rules
        ],
    }
