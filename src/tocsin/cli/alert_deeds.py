"""``tocsin alerts ack|close|reopen|assign|tag|note``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from tocsin.cli.alert_filters import as_reason
from tocsin.cli.alert_ids import resolved
from tocsin.cli.data import actor, opened_store, with_data
from tocsin.cli.failure import CannotRun
from tocsin.cli.instant import now
from tocsin.store.store import Store
from tocsin.store.triage import REASONS, Act, Triaged, TriageError

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class _Doer:
    """What all these commands take: ids, who does it, a note, and where the store is."""

    ids: tuple[str, ...]
    text: str | None
    who: str | None
    data: str | None
    store: str | None

    @property
    def name(self) -> str:
        return self.who or actor()

    def do(self, told: str, deed: Callable[[Store, Sequence[str], Act], Triaged]) -> None:
        """Do it to all alerts that are meant, or to none; then say to how many."""
        act = Act(self.name, now())
        with opened_store(self.data, self.store) as store:
            names = resolved(store, self.ids)
            try:
                done = deed(store, names, act)
            except TriageError as error:
                raise CannotRun(str(error)) from error
        same = f", {done.same:,} already" if done.same else ""
        gone = f", {len(done.missing):,} gone meanwhile" if done.missing else ""
        alerts = f"{done.changed:,} alert{'' if done.changed == 1 else 's'}"
        click.echo(f"{alerts} {told}{same}{gone}", err=True)


def _doing(function: _Function) -> _Function:
    """The arguments of a `_Doer`."""
    options = (
        click.argument("ids", nargs=-1, required=True, metavar="ID..."),
        click.option("-m", "--note", "text", metavar="TEXT", help="Write this note on them too."),
        click.option("--as", "who", metavar="NAME", help="Who does it. Without it, you."),
        with_data,
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("ack")
@_doing
def acknowledge(**common: Any) -> None:  # noqa: ANN401 - a _Doer's
    """Acknowledge alerts: somebody has seen them."""
    doer = _Doer(**common)
    doer.do(
        "acknowledged",
        lambda store, ids, act: store.set_status(ids, "acknowledged", act, note=doer.text),
    )


@click.command("close")
@click.option(
    "--reason", metavar="REASON", help=f"Why: {', '.join(REASONS)}, or words of your own."
)
@_doing
def close(reason: str | None, **common: Any) -> None:  # noqa: ANN401 - a _Doer's
    """Close alerts."""
    doer = _Doer(**common)
    why = None if reason is None else as_reason(reason)
    doer.do(
        "closed",
        lambda store, ids, act: store.set_status(ids, "closed", act, reason=why, note=doer.text),
    )


@click.command("reopen")
@_doing
def reopen(**common: Any) -> None:  # noqa: ANN401 - a _Doer's
    """Open alerts again."""
    doer = _Doer(**common)
    doer.do("open", lambda store, ids, act: store.set_status(ids, "open", act, note=doer.text))


@click.command("assign")
@click.option(
    "--to", "add", multiple=True, metavar="NAME", help="Who is to have them (repeatable)."
)
@click.option(
    "--remove",
    multiple=True,
    metavar="NAME",
    help="Who is to have them no longer; * for all (repeatable).",
)
@_doing
def assign(add: tuple[str, ...], remove: tuple[str, ...], **common: Any) -> None:  # noqa: ANN401 - a _Doer's
    """Give alerts to people, or take them from some. Without --to and --remove: to you."""
    doer = _Doer(**common)
    to = add or (() if remove else (doer.name,))
    doer.do(
        "assigned anew",
        lambda store, ids, act: store.assign(ids, act, add=to, remove=remove, note=doer.text),
    )


@click.command("tag")
@click.option("--add", multiple=True, metavar="TAG", help="Put this tag on them (repeatable).")
@click.option("--remove", multiple=True, metavar="TAG", help="Take it off; * for all (repeatable).")
@_doing
def tag(add: tuple[str, ...], remove: tuple[str, ...], **common: Any) -> None:  # noqa: ANN401 - a _Doer's
    """Put tags on alerts, or take them off."""
    if not add and not remove:
        raise click.UsageError("name a tag: --add TAG, --remove TAG")
    doer = _Doer(**common)
    doer.do(
        "tagged anew",
        lambda store, ids, act: store.tag(ids, act, add=add, remove=remove, note=doer.text),
    )


@click.command("note")
@_doing
def note(**common: Any) -> None:  # noqa: ANN401 - a _Doer's
    """Write a note on alerts: with -m, or from stdin."""
    doer = _Doer(**common)
    if doer.text is None and "-" in doer.ids:
        raise click.UsageError("with ids from stdin, the note needs -m TEXT")
    text = sys.stdin.read() if doer.text is None else doer.text
    doer.do("noted", lambda store, ids, act: store.note(ids, text, act))
