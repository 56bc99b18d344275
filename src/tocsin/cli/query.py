"""``tocsin query``: one question about events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, Literal, cast

import click
import orjson

from tocsin.alerts.csv_line import csv_head, csv_line
from tocsin.alerts.happening import happened
from tocsin.alerts.paths import values_at
from tocsin.cli.chosen import tell
from tocsin.cli.cold import Compiling
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import INTERRUPTED, CannotRun
from tocsin.cli.guard import check_outputs
from tocsin.cli.happening import safe
from tocsin.cli.options import with_config, with_text_mode, written
from tocsin.cli.other_language import other_language
from tocsin.cli.output import FORMATS
from tocsin.cli.path import PATH
from tocsin.cli.progress import Reading
from tocsin.cli.query_doubts import doubts
from tocsin.cli.query_table import TableShown
from tocsin.cli.rejects import Rejects
from tocsin.cli.sink import Sink, opened
from tocsin.cli.unread import nothing_read, tell_unread
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.engine.compiled_query import Match
from tocsin.engine.query import query
from tocsin.engine.query_arguments import LANGUAGES
from tocsin.engine.query_esql import Table, esql_table
from tocsin.engine.tally import Tally
from tocsin.inputs.source import read
from tocsin.languages import QueryError
from tocsin.schema.fields import Schema, TextMode
from tocsin.schema.kinds import Kind

_ABSENT = 5
"""Fields that no event had which are told by name."""
_SHOWN = ("@timestamp", "event.category", "event.action", "host.name", "user.name")


@click.command("query", cls=with_defaults("query"))
@click.argument("text", metavar="QUERY")
@click.argument("events", nargs=-1, required=True, type=PATH)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="eql",
    show_default=True,
    help="The language of QUERY.",
)
@written("the matches", FORMATS)
@click.option("--size", type=click.IntRange(0), metavar="N", help="At most N matches.")
@click.option(
    "--result-position",
    type=click.Choice(["head", "tail"]),
    default="tail",
    show_default=True,
    help="Which ones --size keeps.",
)
@click.option(
    "--timestamp-field",
    default="@timestamp",
    show_default=True,
    metavar="F",
    help="The time of an event.",
)
@click.option("--tiebreaker-field", metavar="F", help="Orders events of equal time.")
@click.option(
    "--event-category-field",
    default="event.category",
    show_default=True,
    metavar="F",
    help="What the word before where stands for.",
)
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME=KIND",
    help="What a field holds (ip, long, version, …), where ECS does not say it (repeatable).",
)
@with_text_mode
@with_config
def command(
    text: str,
    events: tuple[str, ...],
    language: str,
    form: str,
    output: str | None,
    size: int | None,
    result_position: str,
    timestamp_field: str,
    tiebreaker_field: str | None,
    event_category_field: str,
    fields: tuple[str, ...],
    text_mode: TextMode,
    config: str | None,  # noqa: ARG001 - read by the defaults
) -> int:
    """Ask EVENTS one QUERY, such as 'process where process.name == "curl"'."""
    source = read(*events)
    check_outputs([output], events=[source])
    reading = Reading(source, "matches")
    patience = _Patience()
    refused = Rejects(None)
    source.on_reject = refused
    tally = Tally(
        told=lambda tally: reading.batch(tally.events), reading=patience.reading(), reject=refused
    )
    kinds = dict(_pair(given) for given in fields)
    table: Table | None = None
    found: Iterator[Any]
    try:
        if language == "esql":
            with reading, Compiling():
                table = esql_table(source, text, Schema(kinds, text=text_mode), tally=tally)
            found = islice(table.rows, size)
        else:
            found = query(
                source,
                text,
                language=cast("Literal['eql', 'kuery', 'lucene']", language),
                event_category_field=event_category_field,
                timestamp_field=timestamp_field,
                tiebreaker_field=tiebreaker_field,
                size=size,
                result_position=result_position,
                fields=kinds,
                text_mode=text_mode,
                tally=tally,
            )
    except QueryError as error:
        tell(error.diagnostics)
        if meant := other_language(text, language):
            click.echo(f"this is a query of another language: --language {meant}", err=True)
        return 2
    except ValueError as error:
        raise CannotRun(str(error)) from error
    tell(doubts(text, language, Schema(kinds)))
    with opened(output) as out:
        shown = TableShown(form, out, table.columns) if table else _Shown(form, out)
        count = _write(found, shown, reading, patience)
    if out.gone:
        return 0
    rejected = tally.rejected + source.rejected
    tell_unread(source, rejected, refused)
    _summarise(count, tally.events, interrupted=patience.tried)
    if tally.events:
        _tell_absent(tally.absent, Schema(kinds))
    if patience.tried:
        return INTERRUPTED
    if why := nothing_read(source, tally.events, rejected):
        raise CannotRun(why)
    return 0


class _Patience:
    """Passes over an interrupt while events are read, so that what was found before it is shown."""

    def __init__(self) -> None:
        self.tried = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            self.tried = True


def _write(
    matches: Iterator[Any], shown: _Shown | TableShown, reading: Reading, patience: _Patience
) -> int:
    """Write matches, with a progress bar up to the first; how many there are."""
    shown.begin()
    try:
        with reading, Compiling():
            first = next(matches, None)
        for match in chain(() if first is None else (first,), matches):
            shown.show(match)
            if shown.out.gone:
                break
    except KeyboardInterrupt:
        patience.tried = True
    shown.end()
    return shown.count


def _summarise(matches: int, events: int, *, interrupted: bool) -> None:
    told = f"{matches:,} match{'' if matches == 1 else 'es'} in {events:,} "
    told += "event" if events == 1 else "events"
    if interrupted:
        told += " · interrupted: this is what was found so far"
    click.echo(told, err=True)


def _tell_absent(fields: tuple[str, ...], schema: Schema) -> None:
    """Say which fields of the query no event had, and what those may have been meant to be."""
    for name in fields[:_ABSENT]:
        meant = "" if schema.kind(name) is not Kind.UNKNOWN else did_you_mean(schema.suggest(name))
        click.echo(f"no event has `{name}`{meant and '; '}{meant}", err=True)
    if len(fields) > _ABSENT:
        click.echo(f"and {len(fields) - _ABSENT:,} more fields of the query", err=True)


def _pair(given: str) -> tuple[str, str]:
    name, sign, kind = given.partition("=")
    if not sign or not name or not kind:
        raise CannotRun(f"--field {given}: write NAME=KIND, such as package.version=version")
    kinds = [str(known) for known in Kind]
    if kind not in kinds:
        hint = did_you_mean(near(kind, kinds)) or f"there are {', '.join(kinds)}"
        raise CannotRun(f"--field {given}: no kind of field is called {kind!r}; {hint}")
    return name, kind


class _Shown:
    """Writes matches in one of the formats, and counts them."""

    def __init__(self, form: str, out: Sink) -> None:
        self.count = 0
        self.out = out
        self._form = form

    def begin(self) -> None:
        """The first match is yet to come."""
        if self._form == "csv":
            self.out.write(csv_head(("match", "stage", *_SHOWN, "what_happened")))
        elif self._form == "json":
            self.out.write(b"[")

    def show(self, match: Match) -> None:
        """Write one match."""
        self.count += 1
        if self._form in {"ndjson", "json"}:
            self._json(match)
            return
        for stage, event in enumerate(match.events, 1):
            if self._form == "csv":
                cells = ["" if event is None else _cell(event, name) for name in _SHOWN]
                told = "" if event is None else happened(event)
                self.out.write(csv_line((self.count, stage, *cells, told)))
            else:
                mark = f"{self.count}.{stage}" if len(match.events) > 1 else str(self.count)
                self.out.text(f"{mark:>6}  {safe(_line(event))}\n")

    def end(self) -> None:
        """There are no more."""
        if self._form == "json":
            self.out.write(b"\n]\n")

    def _json(self, match: Match) -> None:
        told = {"join_keys": list(match.join_keys), "events": match.events}
        line = orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS, default=str)
        if self._form == "ndjson":
            self.out.write(line + b"\n")
        else:
            self.out.write((b"\n" if self.count == 1 else b",\n") + line)


def _line(event: Mapping[str, Any] | None) -> str:
    if event is None:
        return "(no such event)"
    told = happened(event) or _cell(event, "event.action") or _cell(event, "event.category")
    return "  ".join(
        filter(None, (_cell(event, "@timestamp"), _cell(event, "host.name"), told or "an event"))
    )


def _cell(event: Mapping[str, Any], name: str) -> str:
    return " ".join(map(str, values_at(dict(event), name)))
