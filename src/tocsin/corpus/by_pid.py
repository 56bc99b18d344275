"""The family of a process where processes have numbers, which others get later.

The process of a number at a time is the last that started before; where it is known to have ended,
nothing is known of who had the number then.
"""

from __future__ import annotations

from dataclasses import replace

from tocsin.corpus.lineage import AROUND, BEFORE, MOST_EVENTS, OF_PROCESSES, Family, Kin
from tocsin.corpus.process import Account, Process
from tocsin.corpus.question import Condition, Question, is_
from tocsin.corpus.questions import Wanted
from tocsin.corpus.span import Span

AGAIN = 600_000
"""A program that starts under a number after so many ms is taken for another process."""

MOST_BEFORE, MOST_AFTER = 50, 20
"""Events of a number that are read, before and after a time."""


class ByPid(Kin):
    """Processes have numbers that others get later."""

    def family(self, ancestors: int, siblings: int, children: int) -> Family:
        """The family of the event's process."""
        subject = self._own()
        chain: list[Process] = []
        child = subject
        seen = {subject.pid}
        while len(chain) < ancestors and child.parent_pid is not None:
            if child.parent_pid in seen or child.parent_pid == 0:
                break
            seen.add(child.parent_pid)
            parent = self._at(child.parent_pid, child.started or self.at)
            if parent is None:
                break
            chain.append(parent)
            child = parent
        begin = self.at if subject.started is None else subject.started
        kids, kids_more = self._under(subject.pid, begin, self._end(subject), children)
        near: list[Process] = []
        near_more = 0
        if subject.parent_pid is not None:
            parent = chain[0] if chain else None
            since = parent.started if parent and parent.started else self.at - AROUND
            last = self._end(parent) if parent else self.at + AROUND
            near, near_more = self._under(
                subject.parent_pid, max(since, self.at - AROUND), last, siblings, subject
            )
        stored = subject.stored or bool(chain or kids or near)
        return Family(
            subject,
            tuple(chain),
            tuple(near),
            tuple(kids),
            near_more,
            kids_more,
            self.whole,
            stored,
        )

    def _having(self, name: str, pid: int | None) -> tuple[Condition, ...]:
        host = self.account.host
        held = () if host is None else (is_(*host),)
        return (*held, OF_PROCESSES, is_(name, -1 if pid is None else pid))

    def _own(self) -> Process:
        """The alert's process, with its start and its end."""
        subject = self.subject
        found = self._at(subject.pid, self.at)
        return subject if found is None or not _fits(subject, found) else found.joined(subject)

    def _at(self, pid: int | None, at: int) -> Process | None:
        """The process that a pid named at a time; None if nothing tells, or it had ended."""
        earlier = Question((self._having("process.pid", pid),), span=Span(self.at - BEFORE, at))
        later = Question((self._having("process.pid", pid),), span=Span(at + 1, self.at + AROUND))
        before, after = self.ask(
            Wanted(earlier, MOST_BEFORE), Wanted(later, MOST_AFTER, newest_first=False)
        )
        made: Process | None = None
        for account in before.accounts:
            if account.ends:
                # an end at the very time may be this one's
                made = made.joined(account.process) if made and account.at == at else None
            elif made is None or _anew(account, made):
                made = replace(account.process, stored=True)
            else:
                made = replace(account.process, stored=True).joined(made)
        if made is None:
            return None
        for account in after.accounts:
            if account.ends:
                return made.joined(account.process)
            if account.starts and _anew(account, made):
                return made
        return made

    def _end(self, process: Process) -> int:
        end = process.ended
        return self.at + AROUND if end is None else end

    def _under(
        self, pid: int | None, since: int, until: int, most: int, without: Process | None = None
    ) -> tuple[list[Process], int]:
        """What began under a pid in a time, and how many more."""
        question = Question((self._having("process.parent.pid", pid),), span=Span(since, until))
        (found,) = self.ask(Wanted(question, MOST_EVENTS, newest_first=False))
        made: list[Process] = []
        latest: dict[int, int] = {}
        for account in found.accounts:
            process = replace(account.process, stored=True)
            if process.pid is None or (without is not None and process.pid == without.pid):
                continue
            at = latest.get(process.pid)
            if at is None or (account.starts and _anew(account, made[at])):
                latest[process.pid] = len(made)
                made.append(process)
            else:
                made[at] = process.joined(made[at])
        return made[:most], found.beyond(len(made), most)


def _anew(account: Account, before: Process) -> bool:
    """Whether a start of a pid is another process's than the one before: not just another exec."""
    process = account.process
    since = None if before.started is None else (account.at or 0) - before.started
    return account.starts and (
        account.forks
        or before.ended is not None
        or (since is not None and since > AGAIN)
        or (
            process.parent_pid is not None
            and before.parent_pid is not None
            and process.parent_pid != before.parent_pid
        )
    )


def _fits(one: Process, other: Process) -> bool:
    """Whether what two events tell of a pid can be one process."""
    return not (
        one.parent_pid is not None
        and other.parent_pid is not None
        and one.parent_pid != other.parent_pid
    )
