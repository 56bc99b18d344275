"""``tocsin alerts list|show|count|export``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click
import orjson

from tocsin.alerts.iso import iso
from tocsin.cli.alert_filters import filter_of, filtering
from tocsin.cli.alert_history import deed_as_json
from tocsin.cli.alert_ids import resolved
from tocsin.cli.alert_page import alert_page
from tocsin.cli.alert_rows import FORMATS, moment, rows
from tocsin.cli.console import console as console_of
from tocsin.cli.data import opened_store, with_data
from tocsin.cli.failure import CannotRun
from tocsin.cli.guard import spared
from tocsin.cli.happening import safe
from tocsin.cli.options import written
from tocsin.cli.path import PATH
from tocsin.cli.sink import echo, opened
from tocsin.store.export import INDEX, action_of, document_of, kibana_documents
from tocsin.store.export import written as document_line
from tocsin.store.facets import Facet
from tocsin.store.filter import Filter, Order, Sort
from tocsin.store.kept import Kept
from tocsin.store.store import Store

_RISING = (Order.RULE, Order.STATUS)
_HOUR = 3_600_000
_LENGTHS = {"hour": _HOUR, "day": 24 * _HOUR}


@click.command("list")
@filtering
@click.option(
    "--sort",
    "by",
    type=click.Choice([order.value for order in Order]),
    default="time",
    show_default=True,
    help="What comes first: the latest, the most severe, the riskiest, the last that changed; "
    "rules and statuses by their names.",
)
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=50,
    show_default=True,
    metavar="N",
    help="At most N alerts; 0 for all.",
)
@click.option(
    "--building-blocks", is_flag=True, help="Alerts of building-block rules in the table too."
)
@written("alerts", FORMATS)
@with_data
def shown(
    by: str,
    reverse: bool,
    limit: int,
    building_blocks: bool,
    form: str,
    output: str | None,
    data: str | None,
    store: str | None,
    **chosen: Any,  # noqa: ANN401 - the options of a filter
) -> None:
    """List the alerts that fit all options, the latest first."""
    hidden = form == "table" and not building_blocks
    wanted = filter_of(chosen, building_blocks=False if hidden else None)
    sort = Sort(Order(by), descending=(by not in _RISING) != reverse)
    with opened_store(data, store) as kept, opened(spared(output, kept)) as out:
        found = kept.each(wanted, sort, whole=form != "ids", most=limit or None)
        shown = rows(form, out)
        shown.begin()
        number = 0
        for alert in found:
            shown.write(alert)
            number += 1
            if out.gone:
                return
        shown.end()
        if form == "table":
            _tell(number, kept.count(wanted))


def _tell(number: int, total: int) -> None:
    if number < total:
        click.echo(f"{number:,} of {total:,} alerts; --limit 0 for all", err=True)
    else:
        click.echo("no alerts" if not total else f"{total:,} alert{'s' * (total > 1)}", err=True)


@click.command("show")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@with_data
def page(ids: tuple[str, ...], form: str, data: str | None, store: str | None) -> None:
    """Show alerts as pages: what happened, why the rule fired, what people did since."""
    with opened_store(data, store) as kept:
        for number, name in enumerate(resolved(kept, ids)):
            alert = kept.one(name)
            if alert is None:  # it went just now
                continue
            if form == "json":
                echo(_whole(kept, alert))
                continue
            console = console_of()
            if number:
                console.print()
            alert_page(alert, kept.trail(name), console)


def _whole(store: Store, alert: Kept) -> bytes:
    history = [deed_as_json(deed) for deed in reversed(store.trail(alert.id))]
    return document_line(document_of(alert) | {"tocsin.history": history}, indented=True)


@click.command("count")
@filtering
@click.option(
    "--by",
    type=click.Choice([*(facet.value for facet in Facet), *_LENGTHS]),
    default="status",
    show_default=True,
    help="What is counted.",
)
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="At most N."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@with_data
def counted(
    by: str,
    limit: int,
    form: str,
    data: str | None,
    store: str | None,
    **chosen: Any,  # noqa: ANN401 - the options of a filter
) -> None:
    """Count the alerts that fit all options, by what they have in common."""
    wanted = filter_of(chosen)
    with opened_store(data, store) as kept:
        found = _counts(kept, wanted, by, limit)
    if form == "json":
        echo(
            orjson.dumps(
                [dict(zip(("value", "name", "alerts"), row, strict=True)) for row in found]
            )
        )
        return
    for value, name, number in found:
        told = name if name == value or by in _LENGTHS else f"{name} ({value})"
        click.echo(f"{number:>9,}  {safe(told)}")


def _counts(store: Store, wanted: Filter, by: str, limit: int) -> Sequence[tuple[str, str, int]]:
    if by not in _LENGTHS:
        return list(store.facet(Facet(by), wanted, limit))
    spans = store.over_time(wanted, _LENGTHS[by])[-limit:]
    return [(iso(span.start), moment(span.start), span.alerts) for span in spans]


@click.command("export")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@filtering
@click.option(
    "-o", "--output", type=PATH, metavar="FILE", help="Write the documents here instead of stdout."
)
@click.option(
    "--bulk",
    is_flag=True,
    help="An action before each document, as Elasticsearch's _bulk takes them.",
)
@click.option(
    "--index",
    metavar="NAME",
    default=INDEX,
    show_default=True,
    help="The index that actions name.",
)
@with_data
def export(
    ids: tuple[str, ...],
    output: str | None,
    bulk: bool,
    index: str,
    data: str | None,
    store: str | None,
    **chosen: Any,  # noqa: ANN401 - the options of a filter
) -> None:
    """Write alerts as Kibana has them: NDJSON, a document a line, oldest first.

    These alerts, or without IDs all that fit the options. What people did stands in
    kibana.alert.workflow_*; the building blocks of a sequence are documents of their own.
    """
    if not _names_an_index(index):
        raise CannotRun(f"--index {safe(index)}: no index is called so; write a name in UTF-8")
    wanted = filter_of(chosen)
    with opened_store(data, store) as kept, opened(spared(output, kept)) as out:
        for alert in _exported(kept, ids, wanted):
            for name, line in kibana_documents(alert):
                out.write((action_of(name, index) + b"\n" if bulk else b"") + line + b"\n")
            if out.gone:
                return


def _names_an_index(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _exported(store: Store, ids: tuple[str, ...], wanted: Filter) -> Iterable[Kept]:
    if not ids:
        return store.each(wanted, Sort(descending=False), whole=True)
    if wanted != Filter():
        raise click.UsageError("give IDs or options that choose alerts, not both")
    return (found for name in resolved(store, ids) if (found := store.one(name)) is not None)
