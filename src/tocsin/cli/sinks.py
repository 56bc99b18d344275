"""``tocsin sinks``: how far each sink is, and the alerts that it did not take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import orjson

from tocsin.cli.data import data_folder, opened_store, with_data
from tocsin.cli.failure import CannotRun
from tocsin.cli.happening import safe
from tocsin.cli.sink import echo
from tocsin.engine.lock import Lock
from tocsin.sinks.dead_letters import ENDING, DeadLetters

_FORM = click.option(
    "--format", "form", type=click.Choice(("text", "ndjson")), default="text", show_default=True
)


@click.group("sinks")
def command() -> None:
    """See where alerts go beside the store, and what was not taken there.

    What a sink refuses is a dead letter: it is kept in `DIR/sinks`, and `tocsin serve` sends it
    once more at each start.
    """


@command.command("list")
@_FORM
@with_data
def shown(form: str, data: str | None, store: str | None) -> None:
    """List the sinks that there have been: changes they have yet to be given, and dead letters."""
    letters = _letters(data)
    with opened_store(data, store) as kept:
        cursors, last = kept.cursors(), kept.last_number()
    for name in sorted({*cursors, *letters}):
        dead = letters[name].count if name in letters else 0
        behind = last - cursors[name] if name in cursors else None
        if form == "ndjson":
            told = {"name": name, "behind": behind, "dead_letters": dead}
            echo(orjson.dumps(told))
            continue
        place = "gone" if behind is None else f"{behind:,} behind" if behind else "has everything"
        click.echo(f"{safe(name)}  {place}, {dead:,} dead letter{'' if dead == 1 else 's'}")
    if not cursors and not letters:
        click.echo("there are no sinks: tocsin serve --sink URL", err=True)


@command.command("dead")
@click.argument("name")
@_FORM
@with_data
def dead(name: str, form: str, data: str | None, store: str | None) -> None:  # noqa: ARG001
    """Show the dead letters of the sink NAME: when, why, and which alert; as NDJSON all of it."""
    for line in _of(_letters(data), name).lines():
        if form == "ndjson":
            echo(line.rstrip(b"\n"))
            continue
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            told = {"reason": "the line was not written whole"}
        click.echo(safe("  ".join(_texts(told, "at", "severity", "rule_name", "id", "reason"))))


@command.command("drop")
@click.argument("name")
@click.option("--id", "ids", multiple=True, metavar="ID", help="Only this alert (repeatable).")
@with_data
def drop(name: str, ids: tuple[str, ...], data: str | None, store: str | None) -> None:  # noqa: ARG001
    """Drop the dead letters of the sink NAME, so that they are not sent again.

    The alerts stay in the store. The live engine must not run meanwhile.
    """
    letters = _of(_letters(data), name)
    had = letters.count
    with _alone(data):
        try:
            letters.drop(ids)
        except OSError as error:
            raise CannotRun(f"the dead letters stay: {error.strerror or error}") from error
    gone = had - letters.count
    click.echo(f"{gone:,} dead letter{'' if gone == 1 else 's'} dropped", err=True)


@command.command("forget")
@click.argument("name")
@with_data
def forget(name: str, data: str | None, store: str | None) -> None:
    """Forget how far the sink NAME is, which is no more; one of that name begins anew.

    Closed alerts that it has yet to be given can be deleted then. The live engine must not run
    meanwhile.
    """
    with opened_store(data, store) as kept, _alone(data):
        if name not in kept.cursors():
            raise CannotRun(f"there is no sink {safe(name)}: see tocsin sinks list")
        kept.forget_cursor(name)
    click.echo(f"{safe(name)} is forgotten", err=True)


def _letters(data: str | None) -> dict[str, DeadLetters]:
    """Files of dead letters, by the names of their sinks."""
    files = sorted((data_folder(data) / "sinks").glob("*" + ENDING))
    return {file.name.removesuffix(ENDING): DeadLetters(file) for file in files}


def _of(letters: dict[str, DeadLetters], name: str) -> DeadLetters:
    if name not in letters:
        raise CannotRun(f"there are no dead letters of {safe(name)}: see tocsin sinks list")
    return letters[name]


@contextmanager
def _alone(data: str | None) -> Iterator[None]:
    """While no live engine runs in the folder; CannotRun if one does."""
    folder: Path = data_folder(data) / "journal"
    if not folder.exists():
        yield
        return
    try:
        lock = Lock(folder / "lock")
    except BlockingIOError as error:
        raise CannotRun("the live engine runs in that folder: stop it first") from error
    try:
        yield
    finally:
        lock.release()


def _texts(told: dict[str, Any], *names: str) -> list[str]:
    return [str(told[name]) for name in names if name in told]
