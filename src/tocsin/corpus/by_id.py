"""The family of a process where every process has an id that no other ever has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from tocsin.corpus.lineage import MOST_EVENTS, OF_PROCESSES, Family, Kin, Told
from tocsin.corpus.process import Account, Process
from tocsin.corpus.question import Question, is_
from tocsin.corpus.questions import Wanted

ROUNDS = 4
"""How often a parent's parent is asked for, where events do not name all those above at once."""

MOST_NAMED = 50
"""Ids of those above that one event may name."""


class ById(Kin):
    """By ``process.entity_id`` and ``process.parent.entity_id``."""

    def family(self, ancestors: int, siblings: int, children: int) -> Family:
        """The family of the event's process."""
        line = _line(self.account)
        leaders = [
            self.account.text(f"process.{name}.entity_id")
            for name in ("group_leader", "session_leader", "entry_leader")
        ]
        parent = self.subject.parent
        below, beside, own = self.ask(
            self._under(self.subject.id),
            self._under(parent or self.subject.id),
            self._of(dict.fromkeys([self.subject.id, *line, *filter(None, leaders)])),
        )
        known = dict(_processes(own.accounts))
        higher = dict(pairwise([self.subject.id, *line]))
        for _ in range(ROUNDS):
            last = self._last(known, higher, ancestors)
            if not last.parent or last.parent in known:
                break
            (more,) = self.ask(self._of([last.parent]))
            if not more.accounts:
                break
            known |= dict(_processes(more.accounts))
        stored = bool(known or below.accounts or (parent and beside.accounts))
        subject = known.get(self.subject.id, self.subject).joined(self.subject)
        chain = list(_chain(subject, known, higher, ancestors))
        used = {subject.id, *(process.id for process in chain)}
        kids = _others(below, used)
        near = _others(beside, used) if parent else []
        more_near = beside.beyond(len(near), siblings) if parent else 0
        near.sort(key=lambda one: abs((one.started or self.at) - self.at))
        return Family(
            subject,
            tuple(chain),
            tuple(near[:siblings]),
            tuple(kids[:children]),
            more_near,
            below.beyond(len(kids), children),
            self.whole,
            stored,
        )

    def _under(self, name: str) -> Wanted:
        group = (OF_PROCESSES, is_("process.parent.entity_id", name))
        return Wanted(Question((group,), span=self.around), MOST_EVENTS, newest_first=False)

    def _of(self, names: Iterable[str]) -> Wanted:
        group = (OF_PROCESSES, is_("process.entity_id", *names))
        return Wanted(Question((group,), span=self.before), MOST_EVENTS, newest_first=False)

    def _last(self, known: dict[str, Process], higher: dict[str, str], most: int) -> Process:
        """The farthest ancestor that is known so far."""
        subject = known.get(self.subject.id, self.subject).joined(self.subject)
        return [subject, *_chain(subject, known, higher, most)][-1]


def _line(account: Account) -> list[str]:
    """Ids of those above that an event names, the nearest first."""
    parent = account.text("process.parent.entity_id")
    told = account.texts("process.Ext.ancestry")
    if parent and (not told or told[0] != parent):
        told = [parent, *account.texts("process.parent.Ext.ancestry"), *told]
    return list(dict.fromkeys(filter(None, told)))[:MOST_NAMED]


def _processes(accounts: Sequence[Account]) -> Iterator[tuple[str, Process]]:
    """The processes that events tell of; the latest account of a command goes first."""
    known: dict[str, Process] = {}
    for account in accounts:
        process = replace(account.process, stored=True)
        if process.id:
            before = known.get(process.id)
            known[process.id] = process if before is None else process.joined(before)
    yield from known.items()


def _chain(
    process: Process, known: dict[str, Process], higher: dict[str, str], most: int
) -> Iterator[Process]:
    """The ancestors, the nearest first, up to the last that is known; whatever is told, no cycle.

    ``higher``: the next id above, where the alert's event names it.
    """
    seen = {process.id}
    waiting: list[Process] = []
    while len(seen) <= most:
        above = process.parent or higher.get(process.id, "")
        if not above or above in seen:
            return
        seen.add(above)
        process = known.get(above, Process(above))
        waiting.append(process)
        if above in known:
            yield from waiting
            waiting.clear()


def _others(told: Told, used: set[str]) -> list[Process]:
    """The processes that events tell of, in order of time, without some."""
    return [process for name, process in _processes(told.accounts) if name not in used]
