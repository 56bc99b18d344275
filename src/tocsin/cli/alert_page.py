"""An alert of the store as a page: what it is, what happened, what people did with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tocsin.alerts.iso import iso
from tocsin.cli.alert_history import told
from tocsin.cli.alert_rows import happened_in
from tocsin.cli.console import STYLES
from tocsin.cli.happening import safe
from tocsin.schema import attack
from tocsin.store.export import document_of
from tocsin.store.kept import Deed, Kept

_CLAUSES = 30


def alert_page(kept: Kept, trail: Sequence[Deed], console: Console) -> None:
    """Print the page of an alert; ``trail`` has the latest deed first."""
    document = document_of(kept)
    title = Text(safe(kept.rule_name), style="bold")
    title.append(f"  {kept.severity}", style=STYLES.get(kept.severity, ""))
    console.print(title, soft_wrap=True)
    console.print(_pairs(_rows(kept)))
    _section("What happened", happened_in(document), console)
    _section("Why the rule fired", _why(document), console)
    _section("Notes", [_note(note.at, note.actor, note.text) for note in kept.notes], console)
    _section("History", [_deed(deed) for deed in reversed(trail)], console)


def _rows(kept: Kept) -> Iterator[tuple[str, str]]:
    status = f"{kept.status} ({kept.reason})" if kept.reason else kept.status
    if kept.status_at is not None:
        status += f" since {iso(kept.status_at)}"
    yield "id", kept.id
    yield "time", iso(kept.timestamp)
    yield "status", status
    yield "assigned to", ", ".join(kept.assignees)
    yield "tags", ", ".join(kept.tags)
    yield "risk score", f"{kept.risk_score:g}"
    yield "rule", kept.rule_id + (" (building block)" if kept.building_block else "")
    yield "host", ", ".join(kept.hosts)
    yield "user", ", ".join(kept.users)
    yield "ATT&CK", ", ".join(_attack(kept))


def _attack(kept: Kept) -> Iterator[str]:
    known = {**attack.tactics(), **attack.techniques()}
    for name in (*kept.tactics, *kept.techniques):
        yield f"{name} {known[name].name}" if name in known else name


def _pairs(rows: Iterator[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        if value:
            table.add_row(Text(name, style="dim"), Text(safe(value), overflow="fold"))
    return table


def _section(title: str, lines: Sequence[str], console: Console) -> None:
    if not lines:
        return
    console.print()
    console.print(Text(title, style="bold underline"))
    for line in lines:
        console.print(Text(f"  {line}", overflow="fold"), soft_wrap=not console.is_terminal)


def _why(document: Mapping[str, Any]) -> list[str]:
    found = document.get("tocsin.why")
    clauses = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    told = [
        f"{safe(' '.join(str(row.get('clause', '')).split()))}: {safe(str(row.get('value', '')))}"
        for row in clauses[:_CLAUSES]
    ]
    rest = len(clauses) - len(told)
    return [*told, f"and {rest} more"] if rest > 0 else told


def _note(at: int, actor: str, text: str) -> str:
    lines = [safe(line) for line in text.splitlines()]
    return "\n    ".join([f"{iso(at)}  {safe(actor)}", *lines])


def _deed(deed: Deed) -> str:
    return f"{iso(deed.at)}  {safe(deed.actor)}  {told(deed)}"
