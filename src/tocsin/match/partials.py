"""What a sequence machine keeps open for one key, and how that is saved and restored."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from tocsin.match.candidate import Found, Ordinal, R, identity

if TYPE_CHECKING:
    from tocsin.match.candidate import Identity


class Partial(NamedTuple, Generic[R]):
    """The first events of a sequence. ``start``, ``last``: times of its first and latest event."""

    start: int
    last: int
    refs: tuple[R, ...]
    lead: int | None
    """The latest event of a leading missing stage before ``start``."""
    spoiled: bool
    """A missing event did occur between two of its events: it moves on, but ends as nothing."""


class Begun(NamedTuple, Generic[R]):
    """A partial inside a repeating stage: as it was before, and the count at its first event."""

    before: Partial[R]
    at: int


@dataclass(slots=True)
class Run(Generic[R]):
    """The partials inside one repeating stage: the oldest first, each one event behind the next."""

    begun: deque[Begun[R]]
    events: deque[R]
    """The latest events of the stage, at most as many as it repeats."""
    count: int = 0
    """How many events have been added."""


@dataclass(slots=True)
class Held(Generic[R]):
    """A complete sequence that waits until no missing event can follow: after ``deadline``."""

    deadline: int | None
    found: Found[R]
    alive: bool = True


@dataclass(slots=True)
class Group(Generic[R]):
    """All that is open for one key."""

    waiting: list[Partial[R] | None]
    """By positive stage: the newest partial that ends with it."""
    runs: dict[int, Run[R]] = field(default_factory=dict)
    seen: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    """By gap: the two latest distinct times of events of its missing stages, the latest first."""
    held: list[Held[R]] = field(default_factory=list)
    touched: int = 0

    def open(self) -> int:
        """How many partials and waiting sequences it has."""
        inside = sum(len(run.begun) for run in self.runs.values())
        return inside + sum(map(bool, self.waiting)) + sum(held.alive for held in self.held)

    def before(self, gap: int, time: int) -> int | None:
        """The time of the latest missing event of a gap before a time."""
        latest, earlier = self.seen.get(gap, (None, None))
        return latest if latest is None or latest < time else earlier


def saved(name: Identity, group: Group[R]) -> dict[str, Any]:
    """A key and its group as JSON values."""
    return {
        "key": [part[0] if isinstance(part, tuple) else part for part in name],
        "touched": group.touched,
        "waiting": [None if partial is None else list(partial) for partial in group.waiting],
        "runs": [
            [
                step,
                run.count,
                list(run.events),
                [[list(begun.before), begun.at] for begun in run.begun],
            ]
            for step, run in group.runs.items()
        ],
        "seen": [[gap, *times] for gap, times in group.seen.items()],
        "held": [[held.deadline, list(held.found[:4])] for held in group.held if held.alive],
    }


def restored(row: dict[str, Any], repeats: list[int]) -> tuple[Identity, Group[Any]]:
    """A key and its group again; ``repeats``: how often each positive stage must occur."""
    group: Group[Any] = Group([part and _partial(part) for part in row["waiting"]])
    group.touched = row["touched"]
    for step, count, events, begun in row["runs"]:
        inside = deque(Begun(_partial(before), at) for before, at in begun)
        group.runs[step] = Run(inside, deque(events, maxlen=repeats[step]), count)
    group.seen = {gap: (latest, earlier) for gap, latest, earlier in row["seen"]}
    for deadline, (keys, events, certain_at, last) in row["held"]:
        found = Found(tuple(keys), tuple(events), certain_at, Ordinal(*last))
        group.held.append(Held(deadline, found))
    return identity(tuple(row["key"])), group


def _partial(row: list[Any]) -> Partial[Any]:
    start, last, refs, lead, spoiled = row
    return Partial(start, last, tuple(refs), lead, spoiled)
