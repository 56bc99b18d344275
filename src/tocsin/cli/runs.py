"""``tocsin runs``: what each rule did in the live engine, and what Kibana's schedule would have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click
import orjson

from tocsin.alerts.iso import iso
from tocsin.cli.chosen import Choice, load_chosen, ready
from tocsin.cli.data import data_folder, opened_store, with_data
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import CannotRun
from tocsin.cli.guard import check_outputs, spared
from tocsin.cli.happening import safe
from tocsin.cli.instant import maybe_instant
from tocsin.cli.options import choosing, written
from tocsin.cli.reference_rows import reference_rows
from tocsin.cli.sink import opened
from tocsin.engine.reference import ReferenceScan
from tocsin.engine.scan import Options
from tocsin.rules.overlay import Overlay, apply
from tocsin.rules.rule import Rule
from tocsin.rules.select import SelectorError

if TYPE_CHECKING:
    from tocsin.store.alert import RuleRun
    from tocsin.store.store import Store


@click.command("runs", cls=with_defaults("runs"))
@choosing
@click.option("--since", metavar="T", help="Only from this time on, as in tocsin scan.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    metavar="N",
    help="At most N rows.",
)
@click.option(
    "--reference",
    is_flag=True,
    help="Run the rules over the stored events by Kibana's intervals and look-backs, too, and tell "
    "which alerts that would have lost, doubled or invented.",
)
@written("the runs", ("text", "ndjson"))
@with_data
@click.pass_obj
def command(
    overlay: Overlay,
    rules: tuple[str, ...],
    rule: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    config: str | None,  # noqa: ARG001 - read by the defaults
    since: str | None,
    limit: int,
    reference: bool,
    form: str,
    output: str | None,
    data: str | None,
    store: str | None,
) -> int:
    """List what each rule did in the live engine, the latest first: alerts, and time spent.

    The engine writes a row an hour for each rule that did anything, and when it ends.
    """
    first = maybe_instant(since, "--since")
    choice = Choice(rules, rule, include, exclude, overlay, beside=_own(data))
    known = _known(choice)
    check_outputs([output], rules=[*(rules or overlay.rule_paths), *choice.beside])
    with opened_store(data, store) as kept, opened(spared(output, kept)) as out:
        names = known if rule or include or exclude else None
        rows = _rows(kept, names, first, limit)
        for row in rows:
            found = known.get(row.rule_id)
            name = row.rule_id if found is None else found.name
            if form == "ndjson":
                out.write(orjson.dumps({**row._asdict(), "rule_name": name}) + b"\n")
            else:
                out.text(_line(row, name) + "\n")
        if not rows and form == "text":
            click.echo("no rule has done anything since then", err=True)
        if reference:
            for line in _reference(kept, data, choice, first, form):
                out.text(line + "\n")
    return 0


def _own(data: str | None) -> tuple[str, ...]:
    """The folder of the rules that people wrote in the pages, if there is one."""
    from tocsin.server.own_rules import FOLDER  # noqa: PLC0415 - only for its name

    folder = data_folder(data) / FOLDER
    return (str(folder),) if folder.is_dir() else ()


def _known(choice: Choice) -> dict[str, Rule]:
    try:
        loaded = load_chosen(choice.paths or choice.overlay.rule_paths, choice.beside).rules
        chosen = apply(choice.overlay, loaded).select(choice.rule, choice.include, choice.exclude)
    except SelectorError as error:
        raise CannotRun(str(error)) from error
    return {rule.id: rule for rule in chosen}


def _rows(
    store: Store, names: dict[str, Rule] | None, since: int | None, limit: int
) -> Sequence[RuleRun]:
    if names is None:
        return store.runs(since=since, most=limit)
    found = [row for name in names for row in store.runs(name, since=since, most=limit)]
    return sorted(found, key=lambda row: (-row.at, row.rule_id))[:limit]


def _line(row: RuleRun, name: str) -> str:
    note = f"  {safe(row.note)}" if row.note else ""
    alerts = f"{row.alerts:,} alert{'' if row.alerts == 1 else 's'}"
    return (
        f"{iso(row.at)[:16].replace('T', ' ')}  {alerts:>12}  {row.seconds:>9.3f} s of "
        f"{row.events:,} events  {safe(name)}{note}"
    )


def _reference(
    store: Store, data: str | None, choice: Choice, since: int | None, form: str
) -> Iterator[str]:
    from tocsin.corpus.span import Span  # noqa: PLC0415
    from tocsin.corpus.stored import Corpus  # noqa: PLC0415
    from tocsin.journal.reader import JournalReader  # noqa: PLC0415 - only for this
    from tocsin.journal.sealed.archive import Archive  # noqa: PLC0415

    folder = data_folder(data)
    if not (folder / "journal").is_dir():
        raise CannotRun(f"{folder} is no folder of the live engine: name it with --data")
    compiled = ready(choice).compiled
    with JournalReader(folder / "journal") as journal:
        corpus = Corpus(journal, Archive(folder / "events"), store)
        scan = ReferenceScan(compiled, corpus.events(Span(since)), Options(since=since))
        for _ in scan.findings():
            pass
        scan.close()
    found: dict[str, dict[str, Any]] = scan.statistics.reference or {}
    if form == "ndjson":
        for rule_id, row in found.items():
            yield orjson.dumps({"rule_id": rule_id, "reference": row}).decode()
    else:
        yield from reference_rows(found)
