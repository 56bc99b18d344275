"""``tocsin query``: one question about events."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import IO, Any

import click
import orjson

from tocsin.alerts.paths import values_at
from tocsin.cli.chosen import tell
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import CannotRun
from tocsin.cli.output import opened, safe
from tocsin.engine.query import Match, Tally, query
from tocsin.inputs.source import read
from tocsin.languages import QueryError

_SHOWN = ("@timestamp", "event.category", "event.action", "host.name", "user.name")
_TOLD = ("process.command_line", "process.args", "file.path", "destination.ip", "process.name")


@click.command("query", cls=with_defaults("query"))
@click.argument("text", metavar="QUERY")
@click.argument("events", nargs=-1, required=True)
@click.option("--language", type=click.Choice(["eql"]), default="eql", show_default=True)
@click.option(
    "--format", "form", type=click.Choice(["table", "ndjson", "json", "csv"]), default="table"
)
@click.option("-o", "--output", metavar="FILE", help="Write the matches here instead of stdout.")
@click.option("--size", type=click.IntRange(0), metavar="N", help="At most N matches.")
@click.option(
    "--result-position",
    type=click.Choice(["head", "tail"]),
    default="tail",
    show_default=True,
    help="Which ones --size keeps.",
)
@click.option("--timestamp-field", default="@timestamp", show_default=True)
@click.option("--tiebreaker-field", metavar="F", help="Orders events of equal time.")
@click.option("--event-category-field", default="event.category", show_default=True)
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME=KIND",
    help="What a field holds (ip, long, …).",
)
@click.option("--config", metavar="FILE", help="The tocsin.toml to use.")
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
    config: str | None,  # noqa: ARG001 - read by the defaults
) -> int:
    """Ask EVENTS one QUERY, such as 'process where process.name == "curl"'."""
    source = read(*events)
    tally = Tally()
    try:
        matches = query(
            source,
            text,
            language=language,
            event_category_field=event_category_field,
            timestamp_field=timestamp_field,
            tiebreaker_field=tiebreaker_field,
            size=size,
            result_position=result_position,
            fields=dict(_pair(given) for given in fields),
            tally=tally,
        )
    except QueryError as error:
        tell(error.diagnostics)
        return 2
    except ValueError as error:
        raise CannotRun(str(error)) from error
    with opened(output) as out:
        shown = _Shown(form, out)
        for match in matches:
            shown.show(match)
        shown.end()
    rejected = tally.rejected + source.rejected
    for problem in source.problems:
        click.echo(f"not read: {safe(problem.file)}: {safe(problem.reason)}", err=True)
    told = f"{shown.count:,} match{'' if shown.count == 1 else 'es'} in {tally.events:,} events"
    click.echo(told + (f", {rejected:,} lines rejected" if rejected else ""), err=True)
    if not tally.events and (source.problems or rejected):
        raise CannotRun("no event could be read")
    return 0


def _pair(given: str) -> tuple[str, str]:
    name, sign, kind = given.partition("=")
    if not sign or not name or not kind:
        raise CannotRun(f"--field {given}: write NAME=KIND, such as package.version=version")
    return name, kind


class _Shown:
    """Writes matches in one of the formats, and counts them."""

    def __init__(self, form: str, out: IO[bytes]) -> None:
        self.count = 0
        self._form = form
        self._out = out
        if form == "csv":
            self._row(("match", "stage", *_SHOWN, "told"))

    def show(self, match: Match) -> None:
        """Write one match."""
        self.count += 1
        if self._form in {"ndjson", "json"}:
            self._json(match)
            return
        for stage, event in enumerate(match.events):
            cells = [_cell(event, name) for name in _SHOWN]
            cells.append(next((cell for name in _TOLD if (cell := _cell(event, name))), ""))
            if self._form == "csv":
                self._row((str(self.count), str(stage + 1), *cells))
            else:
                mark = f"{self.count}.{stage + 1}" if len(match.events) > 1 else str(self.count)
                line = "  ".join(filter(None, cells)) or "(no such event)"
                self._out.write(f"{mark:>6}  {safe(line)}\n".encode())

    def end(self) -> None:
        """There are no more."""
        if self._form == "json":
            self._out.write(b"\n]\n" if self.count else b"[]\n")
        self._out.flush()

    def _json(self, match: Match) -> None:
        told = {"join_keys": list(match.join_keys), "events": match.events}
        line = orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS, default=str)
        if self._form == "ndjson":
            self._out.write(line + b"\n")
        else:
            self._out.write((b"[\n" if self.count == 1 else b",\n") + line)

    def _row(self, cells: tuple[str, ...]) -> None:
        line = io.StringIO()
        csv.writer(line).writerow(cells)
        self._out.write(line.getvalue().encode())


def _cell(event: Mapping[str, Any] | None, name: str) -> str:
    return "" if event is None else " ".join(map(str, values_at(dict(event), name)))
