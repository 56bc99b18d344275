"""New terms: an event whose key values, together, none had within the history window before.

    machine = NewTermsMachine(plan, memory, seeds)
    for candidate in candidates:              # ordered by time, tiebreaker, arrival
        found += machine.feed(candidate)

Each sight of a term, new or not, begins its window anew. A finished input is judged all at once
(`tocsin.match.sights`); this is for events that keep coming, with the same memory.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

import numpy as np

from tocsin.match.candidate import Found, R, distinct, rank
from tocsin.match.counts import Counts
from tocsin.match.keyhash import tuple_hash
from tocsin.match.terms import Memory, Terms

if TYPE_CHECKING:
    from tocsin.match.candidate import Candidate
    from tocsin.plan.plan import NewTermsPlan

VERSION = 1


class Seeds(NamedTuple):
    """What the hashes of terms begin with: secret, and the same as long as terms are kept."""

    secret: int

    def of_rule(self, name: str) -> int:
        """For the terms of a rule; a rule that asks for something else needs another name."""
        told = hashlib.blake2b(f"{self.secret}:{name}".encode(), digest_size=8)
        return int.from_bytes(told.digest(), "little")

    @property
    def of_values(self) -> int:
        """For single values."""
        return self.of_rule("")


NO_SEEDS = Seeds(0)


class NewTermsMachine(Generic[R]):
    """The new terms of one plan, found while candidates pass in order.

    Parameters
    ----------
    seeds, name
        What the hashes of terms begin with, and the rule's name (`Seeds.of_rule`).
    memory
        What was seen; several machines may share one.
    ticks
        Ticks of the candidates' times in a millisecond.
    """

    def __init__(
        self,
        plan: NewTermsPlan,
        seeds: Seeds = NO_SEEDS,
        name: str = "terms",
        memory: Memory | None = None,
        ticks: int = 1,
    ) -> None:
        self._kinds = [key.field.kind for key in plan.stage.keys]
        self._history = plan.history * ticks
        self._seeds = seeds.of_rule(name), seeds.of_values
        self.memory = Memory() if memory is None else memory
        self._floor: int | None = None
        self.counts = Counts()

    @property
    def open(self) -> int:
        """How many terms are remembered, of all machines that share the memory."""
        return len(self.memory)

    @property
    def idle(self) -> bool:
        """Whether nothing is kept, so that time may pass unheard of."""
        return not len(self.memory)

    def feed(self, candidate: Candidate[R]) -> list[Found[R]]:
        """Take the next event: a match for each of its terms that is new, by key.

        Raises ValueError if it is earlier than an event or a time that has been told before.
        """
        time = candidate.time
        self._progress(time)
        found: list[Found[R]] = []
        for _, key in distinct(candidate.stages.get(0, ())):
            self.counts.seen += 1
            term = tuple_hash(key, self._kinds, *self._seeds)
            if time >= self.memory.until(term):
                found.append(Found(key, (candidate.ref,), time, candidate.ordinal))
            self.memory.learn(term, time + self._history, time)
        found.sort(key=lambda match: rank(match.keys))
        return found

    def advance(self, time: int) -> list[Found[R]]:
        """Everything up to and including ``time`` has been fed. Finds nothing."""
        self._progress(time + 1)
        return []

    def finish(self) -> list[Found[R]]:
        """There are no more events. Finds nothing; what was seen stays."""
        return []

    def state(self) -> dict[str, Any]:
        """All that is remembered, as JSON values."""
        terms = self.memory.settle(-(1 << 62) if self._floor is None else self._floor)
        return {
            "version": VERSION,
            "history": self._history,
            "floor": self._floor,
            "counts": asdict(self.counts),
            "keys": terms.keys.tolist(),
            "until": terms.until.tolist(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where a machine of an equal plan was; ValueError if the state is not of one."""
        if state.get("version") != VERSION or state["history"] != self._history:
            raise ValueError("the state is of another version or of other new terms")
        self._floor = state["floor"]
        self.counts = Counts(**state["counts"])
        keys, until = np.array(state["keys"], np.uint64), np.array(state["until"], np.int64)
        self.memory = Memory(Terms(keys, until))

    def _progress(self, time: int) -> None:
        """From here on no event is earlier than ``time``."""
        if self._floor is not None and time < self._floor:
            raise ValueError("events must be fed in order of time")
        self._floor = time
