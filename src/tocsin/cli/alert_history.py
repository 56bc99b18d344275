"""``tocsin alerts history``: who did what with alerts, when."""

from __future__ import annotations

import click
import orjson

from tocsin.alerts.iso import iso
from tocsin.cli.alert_ids import resolved
from tocsin.cli.alert_rows import SHORT
from tocsin.cli.data import opened_store, with_data
from tocsin.cli.happening import safe
from tocsin.cli.instant import maybe_instant
from tocsin.cli.sink import echo
from tocsin.store.kept import Deed


@click.command("history")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--since", metavar="T", help="Only from this time on, as in scan.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    metavar="N",
    help="At most the last N of each alert, or of all.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "ndjson"]), default="text", show_default=True
)
@with_data
def history(
    ids: tuple[str, ...],
    since: str | None,
    limit: int,
    form: str,
    data: str | None,
    store: str | None,
) -> None:
    """Show the audit trail, the latest last: of these alerts, or all there is.

    It also tells of alerts that were deleted, and of API keys.
    """
    begin = maybe_instant(since, "--since")
    with opened_store(data, store) as kept:
        names = resolved(kept, ids) if ids else [None]
        found = [deed for name in names for deed in kept.trail(name, since=begin, most=limit)]
    found.reverse()
    for deed in sorted(found, key=lambda deed: deed.at):
        if form == "ndjson":
            echo(orjson.dumps(deed_as_json(deed)))
        else:
            click.echo(_line(deed))


def deed_as_json(deed: Deed) -> dict[str, str]:
    """A deed as an object."""
    return {
        "at": iso(deed.at),
        "by": deed.actor,
        "action": deed.action,
        "alert": deed.alert,
        "before": deed.before,
        "after": deed.after,
    }


def told(deed: Deed) -> str:
    """What was done, in words."""
    if deed.action == "note":
        return "wrote a note"
    if deed.before and deed.after:
        return safe(f"{deed.action}: {deed.before} → {deed.after}")
    return safe(f"{deed.action}: {deed.after or f'no more {deed.before}'}")


def _line(deed: Deed) -> str:
    return f"{iso(deed.at)}  {deed.alert[:SHORT]:{SHORT}}  {safe(deed.actor)}  {told(deed)}"
