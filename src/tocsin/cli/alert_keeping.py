"""``tocsin alerts delete|backup``: what goes when it is old, and a copy of what is there."""

from __future__ import annotations

from pathlib import Path

import click

from tocsin.cli.data import actor, opened_store, with_data
from tocsin.cli.happening import safe
from tocsin.cli.instant import instant, now
from tocsin.cli.path import PATH
from tocsin.store.triage import Act


@click.command("delete")
@click.option(
    "--closed-before",
    required=True,
    metavar="T",
    help="When they were closed, at the latest: now-90d, 2026-08-01.",
)
@click.option("--compact", is_flag=True, help="Give their room back to the file system.")
@click.option("--as", "who", metavar="NAME", help="Who does it. Without it, you.")
@with_data
def delete(
    closed_before: str, compact: bool, who: str | None, data: str | None, store: str | None
) -> None:
    """Delete alerts that were closed long ago. The audit trail stays.

    An alert that some sink has yet to be given stays too.
    """
    before = instant(closed_before, "--closed-before")
    with opened_store(data, store) as kept:
        gone = kept.delete_closed(before, Act(who or actor(), now()))
        if compact:
            kept.compact()
    click.echo(f"{gone:,} alert{'' if gone == 1 else 's'} deleted", err=True)


@click.command("backup")
@click.argument("file", type=PATH)
@with_data
def backup(file: str, data: str | None, store: str | None) -> None:
    """Copy a SQLite store, as it is at one moment, to a new FILE; nobody has to wait."""
    with opened_store(data, store) as kept:
        kept.backup(Path(file))
    click.echo(f"copied to {safe(file)}", err=True)
