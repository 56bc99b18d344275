"""Options that choose alerts of the store, the same for every command that does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from tocsin.cli.failure import CannotRun
from tocsin.cli.instant import maybe_instant
from tocsin.store.filter import STATUSES, Filter
from tocsin.store.writing import SEVERITIES

_Function = TypeVar("_Function", bound=Callable[..., Any])
_NOBODY = "none"


def _many(name: str, metavar: str, told: str) -> Callable[[_Function], _Function]:
    return click.option(name, multiple=True, metavar=metavar, help=f"{told} (repeatable).")


def _one_of(name: str, values: tuple[str, ...], told: str) -> Callable[[_Function], _Function]:
    kind = click.Choice(values, case_sensitive=False)
    return click.option(name, multiple=True, type=kind, help=f"{told} (repeatable).")


def filtering(function: _Function) -> _Function:
    """The options that `filter_of` reads."""
    options: tuple[Callable[[_Function], _Function], ...] = (
        _one_of("--status", STATUSES, "Only alerts with this status"),
        _one_of("--severity", SEVERITIES, "Only alerts of this severity"),
        _many("--rule", "ID|NAME", "Only alerts of this rule; * for any characters"),
        _many("--host", "NAME", "Only alerts of this host; * for any characters"),
        _many("--user", "NAME", "Only alerts of this user; * for any characters"),
        _many("--tactic", "ID|NAME", "Only alerts of this ATT&CK tactic, such as TA0002"),
        _many(
            "--technique", "ID|NAME", "Only alerts of this ATT&CK technique; T1059* for all of it"
        ),
        _many("--tag", "TAG", "Only alerts that somebody has tagged so"),
        _many("--assignee", "NAME", "Only alerts that this person has; none for nobody's"),
        _many("--reason", "REASON", "Only alerts that were closed for this reason"),
        click.option("--since", metavar="T", help="Only alerts from this time on, as in scan."),
        click.option("--until", metavar="T", help="Only alerts up to this time, as in scan."),
        click.option(
            "--search",
            metavar="WORDS",
            help="Only alerts that have all these words, or longer ones.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def filter_of(chosen: dict[str, Any], *, building_blocks: bool | None = None) -> Filter:
    """The filter that the options of `filtering` ask for; it takes them out of ``chosen``."""
    since = maybe_instant(chosen.pop("since"), "--since")
    until = maybe_instant(chosen.pop("until"), "--until", last=True)
    if since is not None and until is not None and since > until:
        raise CannotRun("--since is later than --until: no alert lies between them")
    assignees = chosen.pop("assignee")
    return Filter(
        statuses=chosen.pop("status"),
        severities=chosen.pop("severity"),
        reasons=tuple(map(as_reason, chosen.pop("reason"))),
        rules=chosen.pop("rule"),
        hosts=chosen.pop("host"),
        users=chosen.pop("user"),
        tactics=chosen.pop("tactic"),
        techniques=chosen.pop("technique"),
        tags=chosen.pop("tag"),
        assignees=tuple(name for name in assignees if name.casefold() != _NOBODY),
        unassigned=any(name.casefold() == _NOBODY for name in assignees),
        since=since,
        until=until,
        search=chosen.pop("search") or "",
        building_blocks=building_blocks,
    )


def as_reason(text: str) -> str:
    """A reason as it is kept: Kibana's are spelled with ``_``, people's need not be."""
    plain = "_".join(text.casefold().replace("-", " ").split())
    from tocsin.store.triage import REASONS  # noqa: PLC0415

    return plain if plain in REASONS else text
