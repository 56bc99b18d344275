"""What came, by data set, and which rules it can set off: told from counts, without a scan.

`tocsin.engine.readiness` looks at events one by one; here is known how many events of each data set
there are and how many of them have each field, which is little and costs nothing to keep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal

from tocsin.match.routing import Patterns
from tocsin.plan.needs import Needs

State = Literal["ready", "lacks fields", "no events", "cannot run"]
Routing = Literal["auto", "strict", "off"]


@dataclass(slots=True)
class SeenSet:
    """Events of a data set.

    ``name``: the data set's, or what else tells where its events belong; empty if nothing does.
    ``names``: the names of indices they may stand in. ``first``, ``last``: times of events in ms,
    None if they have none. ``days``: events by day, counted from 1970. ``fields``: by name how many
    events have it, for fields that ``counted`` says are counted; of others ``sampled`` has those
    that some of the ``looked`` events had which were read.
    """

    name: str
    names: set[str] = field(default_factory=set)
    events: int = 0
    first: int | None = None
    last: int | None = None
    days: Counter[int] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    sampled: set[str] = field(default_factory=set)
    looked: int = 0

    def has(self) -> AbstractSet[str]:
        """All fields that occurred."""
        return self.fields.keys() | self.sampled

    def span(self, first: int | None, last: int | None) -> None:
        """There are events of these times."""
        known = [at for at in (self.first, first) if at is not None]
        self.first = min(known, default=None)
        known = [at for at in (self.last, last) if at is not None]
        self.last = max(known, default=None)


@dataclass(frozen=True, slots=True)
class RuleReady:
    """Whether events came that can set a rule off.

    ``sets``: names of data sets that it sees, the largest first; ``events`` of all of them.
    ``missing``: fields that it cannot do without and that none of them has.
    """

    state: State
    sets: tuple[str, ...] = ()
    events: int = 0
    missing: tuple[str, ...] = ()


def readiness(
    needs: Mapping[str, Needs],
    indices: Mapping[str, Sequence[str]],
    sets: Iterable[SeenSet],
    routing: Routing = "auto",
) -> dict[str, RuleReady]:
    """What is to be told of each rule, by id.

    Parameters
    ----------
    needs
        Of the rules that can run.
    indices
        The index patterns of all rules.
    """
    ranked = sorted(sets, key=lambda one: (-one.events, one.name))
    running = {tuple(indices[rule]) for rule in needs}
    views = _views({tuple(patterns) for patterns in indices.values()}, running, ranked, routing)
    having: dict[tuple[int, ...], AbstractSet[str]] = {}
    found: dict[str, RuleReady] = {}
    for rule, patterns in indices.items():
        need = needs.get(rule)
        seen = views[tuple(patterns)]
        names = tuple(ranked[at].name for at in seen)
        events = sum(ranked[at].events for at in seen)
        if need is None:
            found[rule] = RuleReady("cannot run", names, events)
            continue
        if not events:
            found[rule] = RuleReady("no events")
            continue
        if seen not in having:
            having[seen] = set().union(*(ranked[at].has() for at in seen))
        missing = tuple(need.missing(having[seen]))
        found[rule] = RuleReady("lacks fields" if missing else "ready", names, events, missing)
    return found


def _views(
    wanted: Iterable[tuple[str, ...]],
    running: AbstractSet[tuple[str, ...]],
    sets: Sequence[SeenSet],
    routing: Routing,
) -> dict[tuple[str, ...], tuple[int, ...]]:
    """For each tuple of index patterns the numbers of the data sets that it sees.

    What the patterns of no ``running`` rule mean is offered to all, as the engine does.
    """
    made = {patterns: Patterns(patterns) for patterns in wanted}
    seen: dict[tuple[str, ...], list[int]] = {patterns: [] for patterns in made}
    for number, one in enumerate(sets):
        meant = {key: bool(each) and each.see(one.names) for key, each in made.items()}
        offered = routing != "strict" and not any(meant[key] for key in running)
        for key, each in made.items():
            shown = offered and not each.reads_alerts
            if meant[key] or not each or routing == "off" or shown:
                seen[key].append(number)
    return {key: tuple(numbers) for key, numbers in seen.items()}
