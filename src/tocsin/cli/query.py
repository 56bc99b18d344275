"""``tocsin query``: one question about events."""

from __future__ import annotations

import sys
from typing import Any

import click
import orjson

from tocsin.cli.chosen import tell
from tocsin.cli.failure import CannotRun
from tocsin.cli.output import opened, safe
from tocsin.engine.query import Match, query
from tocsin.events.source import read
from tocsin.query import QueryError

_SHOWN = ("@timestamp", "event.category", "event.action", "host.name", "user.name")
_TOLD = ("process.command_line", "process.args", "file.path", "destination.ip", "process.name")


@click.command("query")
@click.argument("text", metavar="QUERY")
@click.argument("events", nargs=-1, required=True)
@click.option("--language", type=click.Choice(["eql"]), default="eql", show_default=True)
@click.option("--format", "form", type=click.Choice(["table", "ndjson", "json", "csv"]), default="table")
@click.option("-o", "--output", metavar="FILE", help="Write the matches here instead of stdout.")
@click.option("--size", type=click.IntRange(0), metavar="N", help="At most N matches.")
@click.option("--result-position", type=click.Choice(["head", "tail"]), default="tail", show_default=True, help="Which ones --size keeps.")
@click.option("--timestamp-field", default="@timestamp", show_default=True)
@click.option("--tiebreaker-field", metavar="F", help="Orders events of equal time.")
@click.option("--event-category-field", default="event.category", show_default=True)
@click.option("--field", "fields", multiple=True, metavar="NAME=KIND", help="What a field holds (version, ip, long, …).")
def command(  # noqa: PLR0913 - one parameter an option
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
) -> int:
    """Ask EVENTS one QUERY, such as 'process where process.name == "curl"'."""
    source = read(*events)
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
        )
    except QueryError as error:
        tell(error.diagnostics)
        return 2
    found = 0
    with opened(output) as out:
        show = _Shown(form, out)
        for match in matches:
            show(match, found)
            found += 1
        show.end()
    for problem in source.problems:
        click.echo(f"not read: {safe(problem.file)}: {safe(problem.reason)}", err=True)
    rejected = f", {source.rejected:,} lines rejected" if source.rejected else ""
    click.echo(f"{found:,} match{'' if found == 1 else 'es'} in {source.accepted:,} events{rejected}", err=True)
    if not source.accepted and (source.problems or source.rejected):
        raise CannotRun("no event could be read")
    return 0


def _pair(given: str) -> tuple[str, str]:
    name, sign, kind = given.partition("=")
    if not sign or not name or not kind:
        raise CannotRun(f"--field {given}: write NAME=KIND, such as package.version=version")
    return name, kind


class _Shown:
    """Writes matches in one of the formats."""

    def __init__(self, form: str, out: Any) -> None:  # noqa: ANN401 - a binary stream
        self._form = form
        self._out = out
        self._separator = b"[\n"
        if form == "csv":
            self._line(",".join(("match", "stage", *_SHOWN, "told")))

    def __call__(self, match: Match, number: int) -> None:
        if self._form in {"ndjson", "json"}:
            told = {"join_keys": list(match.join_keys), "events": match.events}
            line = orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS, default=str)
            self._out.write(line + b"\n" if self._form == "ndjson" else self._separator + line)
            self._separator = b",\n"
            return
        for stage, event in enumerate(match.events):
            cells = [_cell(event, name) for name in _SHOWN]
            told = next((cell for name in _TOLD if (cell := _cell(event, name))), "")
            if self._form == "csv":
                row = [str(number), str(stage), *cells, told]
                self._line(",".join('"' + cell.replace('"', '""') + '"' for cell in row))
            else:
                mark = f"{number + 1}.{stage + 1}" if len(match.events) > 1 else f"{number + 1}"
                line = "  ".join(cell for cell in (*cells, told) if cell) or "(no such event)"
                self._line(f"{mark:>6}  {safe(line)}")

    def end(self) -> None:
        if self._form == "json":
            self._out.write(b"[]\n" if self._separator == b"[\n" else b"\n]\n")
        self._out.flush()

    def _line(self, text: str) -> None:
        self._out.write(text.encode() + b"\n")
        if self._out is sys.stdout.buffer and sys.stdout.isatty():
            self._out.flush()


def _cell(event: Any, name: str) -> str:  # noqa: ANN401 - an event or None
    from tocsin.alerts.paths import values_at  # noqa: PLC0415 - the table and CSV only

    return "" if event is None else " ".join(map(str, values_at(event, name)))
