"""``tocsin users``: people who log in to the pages."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click
import orjson

from tocsin.alerts.iso import iso
from tocsin.cli.data import actor, opened_store, with_data
from tocsin.cli.failure import CannotRun
from tocsin.cli.happening import safe
from tocsin.diagnostics.extras import installing

if TYPE_CHECKING:
    from tocsin.store.triage import Act

ROLES = ("viewer", "analyst", "admin")
_role = click.Choice(ROLES)


@click.group("users")
def command() -> None:
    """People who log in to the pages of `tocsin serve`, with a password and a role.

    A viewer looks, an analyst works with alerts too, an admin may do everything. As soon as there
    is anybody, the pages want a login, on this machine too. Passwords are asked for, or read as one
    line of standard input; only their argon2id hashes are kept.
    """


@command.command("add")
@click.argument("name")
@click.option("--role", type=_role, default="analyst", show_default=True, help="What they may do.")
@with_data
def add(name: str, role: str, data: str | None, store: str | None) -> None:
    """Let somebody called NAME log in."""
    from tocsin.store.people import Person, fitting  # noqa: PLC0415 - SQLAlchemy takes its time

    if not fitting(name):
        raise CannotRun("a name has 1 to 64 characters that can be seen")
    hashed, now = _hash(), _now()
    with opened_store(data, store, create=True) as kept:
        kept.add_person(Person(name, hashed, role, now, now), _act(now))
    click.echo(f"{safe(name)} may log in, as {role}", err=True)


@command.command("list")
@click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True
)
@with_data
def shown(form: str, data: str | None, store: str | None) -> None:
    """Show everybody; never their passwords."""
    with opened_store(data, store) as kept:
        people = kept.people()
    if form == "json":
        names = ("name", "role", "created", "changed")
        rows = [{name: getattr(one, name) for name in names} for one in people]
        click.echo(orjson.dumps(rows).decode())
        return
    for one in people:
        told = f"{_day(one.created)}  {one.role:<8}  {one.name}  (password of {_day(one.changed)})"
        click.echo(safe(told))
    if not people:
        click.echo("there is nobody: tocsin users add NAME --role analyst", err=True)


@command.command("remove")
@click.argument("name")
@with_data
def remove(name: str, data: str | None, store: str | None) -> None:
    """Forget NAME; a running server ends their sessions within seconds."""
    with opened_store(data, store) as kept:
        _found(kept.remove_person(name, _act(_now())), name)
    click.echo(f"removed {safe(name)}", err=True)


@command.command("password")
@click.argument("name")
@with_data
def password(name: str, data: str | None, store: str | None) -> None:
    """Give NAME another password, which ends all their sessions."""
    hashed = _hash()
    with opened_store(data, store) as kept:
        _found(kept.set_password(name, hashed, _act(_now())), name)
    click.echo(f"{safe(name)} has another password", err=True)


@command.command("role")
@click.argument("name")
@click.argument("role", type=_role)
@with_data
def role(name: str, role: str, data: str | None, store: str | None) -> None:
    """Give NAME another ROLE: viewer, analyst or admin."""
    with opened_store(data, store) as kept:
        _found(kept.set_role(name, role, _act(_now())), name)
    click.echo(f"{safe(name)} is {role} now", err=True)


def _hash() -> str:
    """The hash of a password that somebody types, or hands over by standard input."""
    try:
        from tocsin.server.passwords import hashed  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise CannotRun(f"{error.name} is not installed: {installing('web')}") from error
    try:
        return hashed(_typed())
    except ValueError as error:
        raise CannotRun(str(error)) from error


def _typed() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline(4_096).rstrip("\r\n")


def _found(there: bool, name: str) -> None:
    if not there:
        raise CannotRun(f"there is no user {safe(name)}: see tocsin users list")


def _act(at: int) -> Act:
    from tocsin.store.triage import Act  # noqa: PLC0415 - as the store

    return Act(actor(), at)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _day(moment: int) -> str:
    return iso(moment)[:10]
