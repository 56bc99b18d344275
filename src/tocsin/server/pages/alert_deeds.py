"""What a form of a page does with alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tocsin.server.pages.alert_choice import MOST
from tocsin.server.refusal import bad_request
from tocsin.store.store import Store
from tocsin.store.triage import REASONS, Act, Triaged

Fields = Sequence[tuple[str, str]]


_SOME = 1_000


class Done(NamedTuple):
    """What a form did.

    ``gone``: alerts that its page showed and that are not there, or not meant, any more; ``left``:
    those that are too many for one form. ``closed``: whether it closed them.
    """

    changed: int
    same: int
    gone: int = 0
    left: int = 0
    closed: bool = False

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """What the address of the next page says of it."""
        always = ("changed", "same")
        told = self._asdict().items()
        return [(name, str(int(value))) for name, value in told if value or name in always]

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Done | None:
        """What an address says of it; None if that is nothing, or nonsense."""
        told = {name: parameters.get(name, "0") for name in cls._fields}
        if not all(text.isascii() and text.isdecimal() and len(text) < 7 for text in told.values()):
            return None
        closed = bool(int(told.pop("closed")))
        return cls(**{name: int(text) for name, text in told.items()}, closed=closed)

    @property
    def text(self) -> str:
        """It in words."""
        one = self.changed == 1
        said = f"{self.changed:,} alert{'' if one else 's'} changed"
        if self.same:
            said += f", {self.same:,} {'was' if self.same == 1 else 'were'} so already"
        if self.gone:
            said += f", {self.gone:,} {'is' if self.gone == 1 else 'are'} not among them any more"
        said += "."
        return f"{said} {self.left:,} are left: do it again." if self.left else said


def done(store: Store, ids: Sequence[str], fields: Fields, act: Act) -> Done:
    """Do what the form says, some alerts at a time so that others have their turn.

    Raises RefusedError, TriageError or StoreError.
    """
    said = dict(fields)
    shown = said.get("shown_alerts", "")
    meant = int(shown) if shown.isascii() and shown.isdecimal() and len(shown) < 10 else 0
    wide = said.get("all") == "question"
    if not ids and not (wide or any(name == "of" for name, _ in fields)):
        raise bad_request("choose at least one alert")
    parts = [ids[start : start + _SOME] for start in range(0, max(1, len(ids)), _SOME)]
    found = [_done(store, some, said, act) for some in parts]
    missing = sum(len(each.missing) for each in found)
    left = max(0, meant - MOST) if wide else 0
    return Done(
        sum(each.changed for each in found),
        sum(each.same for each in found),
        missing + (max(0, meant - left - len(ids)) if wide else 0),
        left,
        closed=said.get("action") == "close",
    )


def _done(store: Store, ids: Sequence[str], said: Mapping[str, str], act: Act) -> Triaged:
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


def _action(named: str, assignee: str, tag: str, note: str | None) -> str:
    """The action; where Enter was pressed in a field, what that field is for."""
    if named:
        return named
    return "assign" if assignee else "tag" if tag else "note" if note else ""
