"""``tocsin diff``: the alerts gained and lost between two rule sets, over the same events."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import click
import orjson

from tocsin.alerts.happening import steps
from tocsin.cli.chosen import Choice, ready
from tocsin.cli.cold import Compiling
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import CannotRun
from tocsin.cli.guard import check_outputs
from tocsin.cli.happening import safe
from tocsin.cli.options import with_config, with_routing, with_rule, with_text_mode, written
from tocsin.cli.path import PATH
from tocsin.cli.progress import Reading
from tocsin.cli.rejects import Rejects
from tocsin.cli.sink import Sink, opened
from tocsin.cli.story import moment
from tocsin.cli.unread import nothing_read, tell_unread
from tocsin.engine.alert import Alert
from tocsin.engine.api import alerts
from tocsin.engine.compare import Change, Pair, compared
from tocsin.engine.compiled import Compiled
from tocsin.engine.feedback import Feedback
from tocsin.engine.scan import Options, Scan
from tocsin.inputs.source import Events, read
from tocsin.rules.overlay import Overlay
from tocsin.schema.fields import TextMode

_CHANGES: tuple[Change, ...] = ("gained", "lost", "changed", "same")
_SIGNS: dict[Change, str] = {"gained": "+", "lost": "-", "changed": "~"}


@click.command("diff", cls=with_defaults("diff"))
@click.argument("old", metavar="OLD", type=PATH)
@click.argument("new", metavar="NEW", type=PATH)
@click.argument("events", nargs=-1, required=True, type=PATH)
@written("the changes", ["text", "ndjson", "json"])
@with_rule
@click.option(
    "--size",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    metavar="N",
    help="At most N alerts of each rule in the text; other formats have all.",
)
@with_routing
@with_text_mode
@with_config
@click.pass_obj
def command(
    overlay: Overlay,
    old: str,
    new: str,
    events: tuple[str, ...],
    form: str,
    output: str | None,
    rule: tuple[str, ...],
    size: int,
    routing: str,
    text_mode: TextMode,
    config: str | None,  # noqa: ARG001 - read by the defaults
) -> int:
    """List the alerts that the rules NEW give and the rules OLD do not, and the reverse.

    OLD and NEW are files, folders or archives of rules; EVENTS are files, folders or globs.
    """
    if "-" in events:
        raise CannotRun("events are read twice, so standard input will not do: name files")
    sources = read(*events), read(*events)
    check_outputs([output], events=sources, rules=[old, new])
    choice = Choice(rule=rule, overlay=overlay, text_mode=text_mode)
    sets = [ready(dataclasses.replace(choice, paths=(path,))).compiled for path in (old, new)]
    options = Options(routing=routing)  # type: ignore[arg-type]
    with opened(output) as out:
        sides = [
            _Side(compiled, source, options) for compiled, source in zip(sets, sources, strict=True)
        ]
        left, right = (side.read() for side in sides)
        shown = _Shown(form, out, size)
        shown.begin()
        for pair in compared(left, right):
            shown.show(pair)
            if out.gone:
                return 0
        shown.end()
    counts = sides[1].scan.statistics
    tell_unread(sources[1], counts.rejected, sides[1].refused)
    if why := nothing_read(sources[1], counts.events, counts.rejected):
        raise CannotRun(why)
    return 0


class _Side:
    """One rule set over the events."""

    def __init__(self, compiled: Compiled, source: Events, options: Options) -> None:
        self._reading = Reading(source, "alerts")
        self._compiled = compiled
        self._source = source
        self._feedback = Feedback(compiled, source)
        self.refused = Rejects(None)
        self.scan = Scan(
            compiled,
            source,
            options,
            reject=self.refused,
            sift=self._feedback.sift,
            progress=lambda counts: self._reading.batch(counts.events),
        )

    def read(self) -> Iterator[Alert]:
        """Read all events; the alerts in their order."""
        found = alerts(self.scan, self._compiled, self._source, self._feedback)
        with self._reading, Compiling():
            first = next(found, None)
        return chain(() if first is None else (first,), found)


class _Shown:
    """Writes changes as they come, and in the text a table of rules at the end."""

    def __init__(self, form: str, out: Sink, size: int) -> None:
        self._form = form
        self._out = out
        self._size = size
        self._rules: dict[str, _Row] = {}
        self._written = 0

    def begin(self) -> None:
        """The first change is yet to come."""
        if self._form == "json":
            self._out.write(b'{"changes": [')

    def show(self, pair: Pair) -> None:
        """Take a pair into account, and write it if something changed."""
        alert, change = pair.alert, pair.change
        row = self._rules.setdefault(alert.rule.id, _Row(alert.rule.name))
        row.counts[change] += 1
        if change == "same":
            return
        if self._form == "text":
            row.shown += 1
            if row.shown <= self._size:
                for line in _lines(pair):
                    self._out.text(line + "\n")
            return
        content = orjson.dumps(_as_json(pair), option=orjson.OPT_NON_STR_KEYS, default=str)
        if self._form == "ndjson":
            self._out.write(content + b"\n")
        else:
            self._out.write((b",\n" if self._written else b"\n") + content)
        self._written += 1

    def end(self) -> None:
        """There are no more."""
        if self._form == "json":
            rows = [
                {"rule_id": name, "name": row.name, **{key: row.counts[key] for key in _CHANGES}}
                for name, row in self._rules.items()
            ]
            self._out.write(b'\n], "rules": ' + orjson.dumps(rows) + b"}\n")
        elif self._form == "text":
            for line in self._table():
                self._out.text(line + "\n")

    def _table(self) -> Iterator[str]:
        total: Counter[Change] = Counter()
        rows = []
        for row in self._rules.values():
            total.update(row.counts)
            if row.counts.total() > row.counts["same"]:
                rows.append(row)
        if rows:
            yield ""
            yield "".join(f"{key:>9}" for key in _CHANGES) + "  rule"
        for row in sorted(rows, key=lambda row: row.name):
            yield "".join(f"{row.counts[key]:>9,}" for key in _CHANGES) + f"  {safe(row.name)}"
        if rows:
            yield ""
        yield " · ".join(f"{total[key]:,} {key}" for key in _CHANGES)


@dataclass(slots=True)
class _Row:
    """One rule's changes."""

    name: str
    counts: Counter[Change] = field(default_factory=Counter)
    shown: int = 0


def _lines(pair: Pair) -> Iterator[str]:
    alert = pair.alert
    rating = alert.rating
    yield (
        f"{_SIGNS[pair.change]} {moment(alert.time)}  {safe(rating.severity):<8}  "
        f"{safe(rating.name)}"
    )
    if pair.old is not None and pair.new is not None:
        before = pair.old.rating
        yield f"    was {before.severity} ({before.risk_score}), called {safe(before.name)}"
    for step in steps(alert.document):
        yield f"    {safe(step)}"


def _as_json(pair: Pair) -> dict[str, Any]:
    told: dict[str, Any] = {"change": pair.change, "rule_id": pair.alert.rule.id}
    for key, alert in (("old", pair.old), ("new", pair.new)):
        told[key] = None if alert is None else alert.document
    return told
