"""``tocsin keys``: API keys of the server."""

from __future__ import annotations

import time

import click
import orjson

from tocsin.alerts.iso import iso
from tocsin.cli.data import actor, opened_store, with_data
from tocsin.cli.failure import CannotRun
from tocsin.cli.happening import safe

SCOPES = ("ingest", "read", "triage", "admin")


@click.group("keys")
def command() -> None:
    """Make, list and revoke API keys of `tocsin serve`.

    A key is for shippers (ingest), for whoever asks for alerts and events (read), for whoever works
    with alerts too (triage), or for everything (admin). Its secret is shown once; only a hash of it
    is kept.
    """


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    required=True,
    help="What the key is good for (repeatable).",
)
@click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True
)
@with_data
def create(
    name: str, scopes: tuple[str, ...], form: str, data: str | None, store: str | None
) -> None:
    """Make a key called NAME and show it, this once."""
    from tocsin.server.keys import encoded, make_key  # noqa: PLC0415 - as the store
    from tocsin.store.people import fitting  # noqa: PLC0415
    from tocsin.store.triage import Act  # noqa: PLC0415

    if not fitting(name):
        raise CannotRun("a name has 1 to 64 characters that can be seen")
    now = time.time_ns() // 1_000_000
    key, secret = make_key(name, tuple(scope for scope in SCOPES if scope in scopes), now)
    with opened_store(data, store, create=True) as kept:
        kept.add_key(key, Act(actor(), now))
    told = {"id": key.id, "name": name, "api_key": secret, "encoded": encoded(key.id, secret)}
    if form == "json":
        click.echo(orjson.dumps(told).decode())
        return
    click.echo(f"id       {key.id}")
    click.echo(f"api_key  {secret}")
    click.echo(f"encoded  {told['encoded']}")
    click.echo(
        "It is not shown again. Clients send `Authorization: ApiKey <encoded>`; "
        "Beats and Agent take `api_key: <id>:<api_key>`.",
        err=True,
    )


@command.command("list")
@click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True
)
@with_data
def shown(form: str, data: str | None, store: str | None) -> None:
    """Show all keys, the revoked ones too; never their secrets."""
    with opened_store(data, store) as kept:
        keys = kept.keys()
    if form == "json":
        rows = [
            {
                "id": key.id,
                "name": key.name,
                "scopes": key.scopes,
                "created": key.created,
                "revoked": key.revoked,
            }
            for key in keys
        ]
        click.echo(orjson.dumps(rows).decode())
        return
    for key in keys:
        state = "" if key.revoked is None else f"  revoked {_day(key.revoked)}"
        told = f"{key.id}  {_day(key.created)}  {','.join(key.scopes):<12}  {key.name}{state}"
        click.echo(safe(told))
    if not keys:
        click.echo("there are no keys: tocsin keys create NAME --scope ingest", err=True)


@command.command("revoke")
@click.argument("key_id", metavar="ID")
@with_data
def revoke(key_id: str, data: str | None, store: str | None) -> None:
    """Make the key of an ID good for nothing; a running server knows within seconds."""
    from tocsin.store.triage import Act  # noqa: PLC0415 - as the store

    with opened_store(data, store) as kept:
        done = kept.revoke_key(key_id, Act(actor(), time.time_ns() // 1_000_000))
    if not done:
        raise CannotRun(f"there is no valid key {key_id}: see tocsin keys list")
    click.echo(f"revoked {safe(key_id)}", err=True)


def _day(moment: int) -> str:
    return iso(moment)[:10]
