"""What is to be done with an event, as an action line of a bulk body says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple, overload

import orjson

from tocsin.server.refusal import bad_request

VERBS = ("index", "create", "update", "delete")
CHANGES = {"update", "delete"}

LONGEST_NAME = 255
LONGEST_ID = 512
"""Bytes of the name of an index, and of an id: what Elasticsearch takes."""


@dataclass(slots=True)
class Action:
    """What an action line says."""

    verb: str
    index: str
    id: str
    pipeline: str = ""


class Fault(NamedTuple):
    """Why one event is not taken."""

    status: int
    kind: str
    reason: str

    @property
    def passing(self) -> bool:
        """Whether it may be taken later."""
        return self.status in {429, 503}


@dataclass(slots=True, eq=False)
class Actions(Sequence[Action]):
    """The actions of a body: most of them differ in their ids only.

    ``kinds``: actions of which ids are to be left out of account; ``of``: for each action its
    kind's number; ``ids``: for each its id.
    """

    kinds: list[Action] = field(default_factory=list)
    of: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def add(self, action: Action) -> None:
        """Put an action behind the others."""
        if not self.kinds or self.kinds[-1] is not action:
            self.kinds.append(action)
        self.put([len(self.kinds) - 1], [action.id])

    def put(self, kinds: Sequence[int], ids: Sequence[str]) -> None:
        """Put actions of known kinds behind the others."""
        self.of += kinds
        self.ids += ids

    def change(self, row: int, action: Action) -> None:
        """Let this action be another."""
        self.of[row], self.ids[row] = len(self.kinds), action.id
        self.kinds.append(action)

    @property
    def used(self) -> list[Action]:
        """The kinds that there are actions of."""
        return [self.kinds[number] for number in sorted({*self.of})]

    @property
    def indexes(self) -> list[str]:
        """The index of each."""
        names = [kind.index for kind in self.kinds]
        return [names[number] for number in self.of]

    def __len__(self) -> int:
        return len(self.of)

    @overload
    def __getitem__(self, at: int) -> Action: ...
    @overload
    def __getitem__(self, at: slice) -> Actions: ...
    def __getitem__(self, at: int | slice) -> Action | Actions:
        if isinstance(at, slice):
            return Actions(self.kinds, self.of[at], self.ids[at])
        return replace(self.kinds[self.of[at]], id=self.ids[at])

    def __iter__(self) -> Iterator[Action]:
        return map(self.__getitem__, range(len(self.of)))

    def some(self, rows: Sequence[int]) -> Actions:
        """Those of some rows."""
        of, ids = self.of, self.ids
        return Actions(self.kinds, [of[row] for row in rows], [ids[row] for row in rows])


def action_of(line: bytes, number: int, index: str) -> Action:
    """Parse an action line, the ``number``-th of a body; RefusedError if it is none.

    ``index``: the name for an action that has none.
    """
    wrong = f"Malformed action/metadata line [{number}]"
    try:
        table = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"{wrong}: {error}") from None
    if not isinstance(table, dict) or len(table) != 1:
        raise bad_request(f"{wrong}, expected an object with one of {', '.join(VERBS)}")
    verb, given = next(iter(table.items()))
    if verb not in VERBS:
        raise bad_request(f"{wrong}, expected field {', '.join(VERBS)} but found [{verb[:100]}]")
    if not isinstance(given, dict):
        raise bad_request(f"{wrong}, expected an object behind [{verb}]")
    name, key = given.get("_index"), given.get("_id")
    return Action(
        "create" if verb == "index" and given.get("op_type") == "create" else verb,
        index if name is None else _text(name, "_index", wrong),
        "" if key is None else _text(key, "_id", wrong),
        str(given.get("pipeline") or ""),
    )


def _text(value: object, key: str, wrong: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise bad_request(f"{wrong}, {key} is a string")


def fault_of(action: Action) -> Fault | None:
    """Why an action cannot be done, whatever its event is."""
    if action.verb in CHANGES:
        reason = f"events are never changed: no {action.verb}"
        return Fault(400, "illegal_argument_exception", reason)
    return fault_of_names(action)


def fault_of_names(action: Action) -> Fault | None:
    """What is wrong with the names in an action."""
    if len(action.id.encode()) > LONGEST_ID:
        reason = f"id is too long, must be no longer than {LONGEST_ID} bytes"
        return Fault(400, "illegal_argument_exception", reason)
    return _fault_of_index(action.index)


def fault_of_lengths(action: Action) -> Fault | None:
    """As `fault_of_names`, but a hit's index may be called whatever a cluster calls it."""
    if len(action.index.encode()) > LONGEST_NAME:
        return _fault_of_index(action.index)
    return fault_of_names(replace(action, index=""))


@lru_cache(1_024)
def _fault_of_index(name: str) -> Fault | None:
    """Names that Elasticsearch does not take are not taken here either; none at all is fine."""
    wrong = ""
    if set(name) & set('\\/*?"<>| ,#:') or not name.isprintable():
        wrong = 'must not contain white space, control characters or any of \\/*?"<>|,#:'
    elif name.lower() != name:
        wrong = "must be lowercase"
    elif name[:1] in {"_", "-", "+"} or name in {".", ".."}:
        wrong = "must not start with '_', '-' or '+', nor be . or .."
    elif len(name.encode()) > LONGEST_NAME:
        wrong = f"is longer than {LONGEST_NAME} bytes"
    if not wrong:
        return None
    return Fault(400, "invalid_index_name_exception", f"Invalid index name [{name[:300]}], {wrong}")
