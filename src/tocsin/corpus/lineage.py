"""Finds the events of a process's parents, siblings and children among those that are stored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tocsin.corpus.answers import Found
from tocsin.corpus.process import Account, Process
from tocsin.corpus.question import is_
from tocsin.corpus.questions import Questions, Wanted
from tocsin.corpus.span import Span

DAY = 86_400_000
BEFORE = 30 * DAY
"""How long before the alert an ancestor may have started, ms."""

AROUND = DAY
"""How long before and after it siblings and children are looked for, ms."""

MOST_EVENTS = 300
"""Events of one kind of relative that are read, at most; several tell of one process."""

OF_PROCESSES = is_("event.category", "process")


@dataclass(frozen=True, slots=True)
class Family:
    """The relatives of a process; ``ancestors``: the nearest first. ``more_…`` are left out."""

    subject: Process
    ancestors: tuple[Process, ...] = ()
    siblings: tuple[Process, ...] = ()
    children: tuple[Process, ...] = ()
    more_siblings: int = 0
    more_children: int = 0
    whole: bool = True
    stored: bool = False


class Told(NamedTuple):
    """What events tell of processes, the first of them; ``events``: how many there are."""

    accounts: tuple[Account, ...]
    events: int

    def beyond(self, found: int, most: int) -> int:
        """About how many processes are not shown, of those found and of events not read."""
        return max(0, found - most) + max(0, self.events - len(self.accounts))


class Kin(ABC):
    """Finds the family of an event's process; ``left``: seconds that it may still look."""

    def __init__(self, account: Account, questions: Questions, left: Callable[[], float]) -> None:
        self.account = account
        self.subject = account.process
        self.at = account.at or 0
        self._questions = questions
        self._left = left
        self.whole = True

    @abstractmethod
    def family(self, ancestors: int, siblings: int, children: int) -> Family:
        """The family, of at most so many relatives of each kind."""

    def ask(self, *wanted: Wanted) -> list[Told]:
        """The accounts that events give, in order of time."""
        left = self._left()
        if left <= 0:
            self.whole = False
            return [Told((), 0) for _ in wanted]
        found = self._questions.finds(wanted, left)
        self.whole = self.whole and all(each.looked.whole for each in found)
        return [_told(each) for each in found]

    @property
    def around(self) -> Span:
        """When siblings and children may have begun."""
        return Span(self.at - AROUND, self.at + AROUND)

    @property
    def before(self) -> Span:
        """When ancestors may have begun."""
        return Span(self.at - BEFORE, self.at + AROUND)


def _told(found: Found) -> Told:
    accounts = [Account(event.source, event.time) for event in found.events]
    accounts.sort(key=lambda account: account.at or 0)
    return Told(tuple(accounts), found.total)
