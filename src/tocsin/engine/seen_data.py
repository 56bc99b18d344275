"""What came, by data set, and which rules it can set off: told from counts, without a scan.

`tocsin.engine.readiness` looks at events one by one; here is known how many events of each data set
there are and how many of them have each field, which is little and costs nothing to keep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tocsin.match.indices import Patterns
from tocsin.plan.needs import Needs

State = Literal["ready", "lacks fields", "no events", "cannot run"]
Routing = Literal["auto", "strict", "off"]

_MOST_NAMES = 10_000


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


class _View(NamedTuple):
    """What rules with the same index patterns see: names of data sets, events, fields."""

    names: tuple[str, ...]
    events: int
    having: frozenset[str]


class Judge:
    """Tells of rules, again and again as more comes; what it found out it remembers.

    Parameters
    ----------
    needs
        Of the rules that can run.
    indices
        The index patterns of all rules.
    """

    def __init__(
        self,
        needs: Mapping[str, Needs],
        indices: Mapping[str, Sequence[str]],
        routing: Routing = "auto",
    ) -> None:
        self._needs = needs
        self._rules = {rule: tuple(patterns) for rule, patterns in indices.items()}
        self._running = {self._rules[rule] for rule in needs}
        self._patterns = {key: Patterns(key) for key in self._rules.values()}
        self._routing = routing
        self._seeing: dict[frozenset[str], frozenset[tuple[str, ...]]] = {}
        self._known: dict[frozenset[str], dict[str, tuple[str, ...]]] = {}

    def told(self, sets: Iterable[SeenSet]) -> dict[str, RuleReady]:
        """What is to be told of each rule, by id."""
        ranked = sorted(sets, key=lambda one: (-one.events, one.name))
        seeing = [self._see(frozenset(one.names)) for one in ranked]
        numbers: dict[tuple[str, ...], list[int]] = {key: [] for key in self._patterns}
        for number, keys in enumerate(seeing):
            for key in keys:
                numbers[key].append(number)
        views = {key: self._view([ranked[at] for at in some]) for key, some in numbers.items()}
        self._forget({having for _, _, having in views.values()})
        return {rule: self._of(rule, views[key]) for rule, key in self._rules.items()}

    def _of(self, rule: str, view: _View) -> RuleReady:
        names, events, having = view
        need = self._needs.get(rule)
        if need is None:
            return RuleReady("cannot run", names, events)
        if not events:
            return RuleReady("no events")
        known = self._known.setdefault(having, {})
        if rule not in known:
            known[rule] = tuple(need.missing(having))
        missing = known[rule]
        return RuleReady("lacks fields" if missing else "ready", names, events, missing)

    def _see(self, names: frozenset[str]) -> frozenset[tuple[str, ...]]:
        """The index patterns of the rules that see events which may stand in these indices.

        What the patterns of no running rule mean is offered to all, as the engine does.
        """
        if names not in self._seeing:
            if len(self._seeing) >= _MOST_NAMES:
                self._seeing.clear()
            meant = {key for key, each in self._patterns.items() if each and each.see(names)}
            offered = self._routing != "strict" and meant.isdisjoint(self._running)
            self._seeing[names] = frozenset(
                key
                for key, each in self._patterns.items()
                if key in meant
                or not each
                or self._routing == "off"
                or (offered and not each.reads_alerts)
            )
        return self._seeing[names]

    def _view(self, sets: Sequence[SeenSet]) -> _View:
        names = tuple(one.name for one in sets)
        having = frozenset().union(*(one.has() for one in sets))
        return _View(names, sum(one.events for one in sets), having)

    def _forget(self, having: set[frozenset[str]]) -> None:
        """Forget what was found out of fields that data sets no longer have, or not alone."""
        for fields in self._known.keys() - having:
            del self._known[fields]
