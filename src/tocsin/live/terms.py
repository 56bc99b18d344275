"""New terms of a stream: decided when the watermark has passed them, with a memory that stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tocsin.alerts.finding import Finding
from tocsin.alerts.identity import finding_of
from tocsin.engine.remembering import NEW_TERMS
from tocsin.live.content import Arrays, Longs
from tocsin.live.places import Places, Ref
from tocsin.match.join import row_values
from tocsin.match.keyhash import tuple_hash
from tocsin.match.making import Maker
from tocsin.match.terms import Memory, Terms

if TYPE_CHECKING:
    from tocsin.live.guard import Guard
    from tocsin.match.candidate import Key
    from tocsin.match.join import Values
    from tocsin.match.new_terms import Seeds
    from tocsin.match.openings import Ready
    from tocsin.plan.plan import NewTermsPlan
    from tocsin.rules.rule import Rule

_TOGETHER = 4096


class LiveTerms:
    """The rules about new terms.

    Parameters
    ----------
    plans
        Rule numbers with their plans, numbered in this order from ``first`` on, which is also the
        number of their first stage: each has one.
    names
        The rules' names for `Seeds.of_rule`.
    most
        Terms that are remembered at most; beyond it those go that are new again first.
    """

    def __init__(
        self,
        plans: Sequence[tuple[int, NewTermsPlan]],
        rules: Sequence[Rule],
        places: Places,
        guard: Guard,
        seeds: Seeds,
        names: Sequence[str],
        *,
        most: int,
    ) -> None:
        self._plans = plans
        self._rules = rules
        self._places = places
        self._guard = guard
        self._history = np.array([plan.history for _, plan in plans], np.int64)
        self._maker = Maker([plan for _, plan in plans], None, [None] * len(plans))
        self._kinds = [[key.field.kind for key in plan.stage.keys] for _, plan in plans]
        self._seeds = [(seeds.of_rule(name), seeds.of_values) for name in names]
        self._most = most
        self._memory = Memory()
        self._forgotten = 0

    def __len__(self) -> int:
        return len(self._memory)

    @property
    def forgotten(self) -> int:
        """Terms that were forgotten: new again, or too many."""
        return self._memory.forgotten + self._forgotten

    def teach(self, ready: Ready) -> None:
        """Events of the past: what they have is not new; stages are numbered from 0."""
        if ready.time.size:
            self._first(ready, int(ready.time.min()))

    def feed(self, ready: Ready, mark: int) -> list[Finding]:
        """Take records before the watermark; stages are numbered from 0."""
        if not ready.time.size:
            return []
        found: list[Finding] = []
        first = self._first(ready, mark)
        for begin in range(0, first.time.size, _TOGETHER):
            found += self._findings(first.part(slice(begin, begin + _TOGETHER)))
        return found

    def _first(self, ready: Ready, mark: int) -> Ready:
        """The first sights among records; all are learnt."""
        ready = ready.part(np.lexsort((ready.place, ready.time, ready.key)))
        begins = np.ones(ready.time.size, np.bool_)
        np.not_equal(ready.key[1:], ready.key[:-1], out=begins[1:])
        heads = np.flatnonzero(begins)
        memory = self._memory
        known = np.array([memory.until(key) for key in ready.key[heads].tolist()], np.int64)
        history = self._history[ready.stage]
        new = begins.copy()
        new[1:] |= ready.time[1:] - ready.time[:-1] >= history[1:]
        new &= ready.time >= np.repeat(known, np.diff(np.append(heads, begins.size)))
        lasts = np.append(heads[1:], begins.size) - 1
        until = np.maximum(ready.time[lasts] + history[lasts], known)
        for key, time in zip(ready.key[lasts].tolist(), until.tolist(), strict=True):
            memory.learn(key, time, mark)
        if len(memory) > self._most:
            self._shrink(mark)
        first = ready.part(new)
        return first.part(np.lexsort((first.stage, first.place, first.time)))

    def _shrink(self, mark: int) -> None:
        """Forget what is new again first."""
        terms = self._memory.settle(mark)
        if len(terms.keys) > self._most:
            before = self._memory.forgotten
            many = len(terms.keys) - self._most + self._most // 8
            kept = np.sort(np.argsort(terms.until, kind="stable")[many:])
            self._memory = Memory(Terms(terms.keys[kept], terms.until[kept]))
            self._memory.forgotten = before
            self._forgotten += many

    def _findings(self, first: Ready) -> list[Finding]:
        places = np.unique(first.place)
        cells = self._places.cells(places.tolist(), self._maker.fields)
        values = row_values(cells)
        found: list[Finding] = []
        rows = np.searchsorted(places, first.place).tolist()
        for row, time, place, number, key, index in zip(
            rows, *(column.tolist() for column in first), strict=True
        ):
            rule = self._plans[number][0]
            if rule in self._guard.suspended:
                continue
            with self._guard.of(rule):
                term = self._term(number, key, values[row])
                if term is not None:
                    event = self._places.event(Ref(place, time, index))
                    extra = {NEW_TERMS: list(term)}
                    told = finding_of(rule, self._rules[rule].id, time, (event,), term, extra)
                    found.append(told)
        return found

    def _term(self, number: int, key: int, values: Values) -> Key | None:
        """The first of an event's terms that has this hash."""
        for term in self._maker.keys(number, values):
            if tuple_hash(term, self._kinds[number], *self._seeds[number]) == key:
                return term
        return None

    def state(self, arrays: Arrays, mark: int) -> dict[str, Any]:
        """What is remembered."""
        terms = self._memory.settle(mark)
        return {
            "keys": arrays.add(terms.keys),
            "until": arrays.add(terms.until),
            "forgotten": self.forgotten,
        }

    def restore(self, state: Mapping[str, Any], arrays: Sequence[Longs]) -> None:
        """Go on with what was remembered; terms of rules that are gone do no harm."""
        keys, until = arrays[state["keys"]], arrays[state["until"]]
        self._memory = Memory(Terms(keys.view(np.uint64), until))
        self._forgotten = state["forgotten"]
