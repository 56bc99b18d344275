"""What a form of a page does with alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tocsin.server.refusal import bad_request
from tocsin.store.store import Store
from tocsin.store.triage import REASONS, Act, Triaged

Fields = Sequence[tuple[str, str]]


def done(store: Store, ids: Sequence[str], fields: Fields, act: Act) -> Triaged:
    """Do what the form says. Raises RefusedError, TriageError or StoreError: nothing was done."""
    if not ids:
        raise bad_request("choose at least one alert")
    said = dict(fields)
    note = said.get("note", "").strip() or None
    assignee, tag = said.get("assignee", "").strip(), said.get("tag", "").strip()
    action = _action(said.get("action", ""), assignee, tag, note)
    match action:
        case "acknowledge" | "open":
            status = "open" if action == "open" else "acknowledged"
            return store.set_status(ids, status, act, note=note)
        case "close":
            return store.set_status(ids, "closed", act, reason=_reason(said), note=note)
        case "assign" | "unassign":
            add, remove = _way(action == "assign", assignee, "*")
            return store.assign(ids, act, add=add, remove=remove, note=note)
        case "tag" | "untag":
            add, remove = _way(action == "tag", tag, "")
            return store.tag(ids, act, add=add, remove=remove, note=note)
        case "note":
            return store.note(ids, note or "", act)
        case _:
            raise bad_request("choose what is to be done")


def _reason(said: Mapping[str, str]) -> str:
    reason = said.get("reason", "")
    if reason not in REASONS:
        raise bad_request(f"a reason is one of {', '.join(REASONS)}")
    return reason


def _way(put: bool, value: str, all_: str) -> tuple[list[str], list[str]]:
    """What is put on and what is taken off."""
    return ([value], []) if put else ([], [value or all_])


def told(changed: int, same: int) -> str:
    """What was done, in words."""
    first = f"{changed:,} alert{'' if changed == 1 else 's'} changed"
    return (
        f"{first}, {same:,} {'was' if same == 1 else 'were'} so already." if same else f"{first}."
    )


def _action(named: str, assignee: str, tag: str, note: str | None) -> str:
    """The action; where Enter was pressed in a field, what that field is for."""
    if named:
        return named
    return "assign" if assignee else "tag" if tag else "note" if note else ""
