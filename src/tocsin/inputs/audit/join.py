"""Records of one event brought together, in a stream where events are interleaved.

Records of one event carry the same time and serial number. The kernel writes an end record (EOE),
but auditd does not keep it, and either may be lost. No clock is asked: an event is over when its
end was seen, or when enough newer events have begun; whoever reads a log while it is written says
what time it is, and asks for events that have waited (`AuditReader.expire`). Events leave in the
order in which they began, so that equal times keep the order of the log.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from tocsin.inputs.audit import kernel_names
from tocsin.inputs.audit.coalesce import coalesce
from tocsin.inputs.audit.ecs import document
from tocsin.inputs.audit.records import NotARecord, parse_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.inputs.audit.records import Record

_SETTLED_AFTER: Final = 64  # newer events, once the command line, the last record, was seen
_LOST_AFTER: Final = 1024  # newer events, when not even that came
_MOST_RECORDS: Final = 4096  # of one event; the kernel writes a few, and some for long arguments
_MOST_CHARACTERS: Final = 64 << 20  # held in all

_FIRST_OF_THE_KERNEL: Final = 1300
_FIRST_OF_PROGRAMS: Final = 2000


@dataclass(slots=True)
class AuditEvent:
    """All records of one event. ``line`` is the number of the line where it began."""

    line: int
    records: list[Record]

    def document(self) -> dict[str, Any]:
        """The event in ECS, as Auditbeat and Auditd Manager write it."""
        return document(coalesce(self.records))


@dataclass(frozen=True, slots=True)
class AuditReject:
    """A line that is no audit record, and why."""

    number: int
    reason: str
    line: bytes


@dataclass(slots=True)
class _Pending:
    event: AuditEvent
    began: int
    size: int = 0
    touched: float = 0.0
    has_syscall: bool = False
    settled: bool = False
    over: bool = False


_Key = tuple[str, int, str, int]


class AuditReader:
    """Lines of one audit log in, events out.

    ``rejects`` are the lines that are no audit records; whoever feeds the reader takes them out.
    Memory is bounded: at most 1,024 unfinished events and 64 MiB of their text are held. A record
    that comes later than that makes an event of its own.

    ``host`` is the name of the machine where neither auditd (`node=`) nor syslog says one; rules
    that follow a process need some name. Empty: such events have none.
    """

    __slots__ = ("_began", "_held", "_host", "_open", "_queue", "rejects")

    def __init__(self, host: str = "localhost") -> None:
        self.rejects: list[AuditReject] = []
        self._host = host
        self._queue: deque[_Pending] = deque()
        self._open: dict[_Key, _Pending] = {}
        self._began = 0
        self._held = 0

    def feed(self, line: bytes, number: int, clock: float = 0.0) -> Sequence[AuditEvent]:
        """Take in a line, with or without its end; give the events that are now complete.

        A blank line is nothing; any other that is no record goes to ``rejects``. ``clock``: when it
        came, in seconds, for `expire`.
        """
        try:
            record = parse_record(line, number)
        except NotARecord as why:
            if line.strip():
                self.rejects.append(AuditReject(number, str(why), line))
            return ()
        record.node = record.node or self._host
        if record.kind == "EOE":
            pending = self._open.pop(_key(record), None)
            if pending is not None:
                pending.over = True
        elif _stands_alone(record.kind):
            self._begin(record).over = True
        else:
            self._join(record).touched = clock
        return self._complete()

    @property
    def oldest(self) -> int | None:
        """The number of the line where the first unfinished event began, None if there is none."""
        return self._queue[0].event.line if self._queue else None

    def expire(self, settled: float, lost: float) -> Sequence[AuditEvent]:
        """Give the events of which nothing has come for long enough.

        Parameters
        ----------
        settled
            An event that has its last record is over if that came at this time or before.
        lost
            The same for an event that lacks it.
        """
        for pending in self._queue:
            if not pending.over and pending.touched <= (settled if pending.settled else lost):
                pending.over = True
                del self._open[_key(pending.event.records[0])]
        return self._complete()

    def finish(self) -> Sequence[AuditEvent]:
        """Give the events that are still held: the log has ended."""
        events = [pending.event for pending in self._queue]
        self._queue.clear()
        self._open.clear()
        self._held = 0
        return events

    def _begin(self, record: Record) -> _Pending:
        pending = _Pending(AuditEvent(record.line, []), self._began)
        self._began += 1
        self._queue.append(pending)
        self._add(pending, record)
        return pending

    def _join(self, record: Record) -> _Pending:
        key = _key(record)
        is_syscall = record.kind == "SYSCALL"
        pending = self._open.get(key)
        if pending is not None and (
            # The same event once more (a log read twice), or an id that never ends.
            (is_syscall and pending.has_syscall and pending.settled)
            or len(pending.event.records) >= _MOST_RECORDS
        ):
            pending.over = True
            pending = None
        if pending is None:
            self._open[key] = pending = self._begin(record)
        else:
            self._add(pending, record)
        pending.has_syscall |= is_syscall
        pending.settled |= record.kind == "PROCTITLE"
        return pending

    def _add(self, pending: _Pending, record: Record) -> None:
        pending.event.records.append(record)
        size = len(record.body) + len(record.enriched)
        pending.size += size
        self._held += size

    def _complete(self) -> Sequence[AuditEvent]:
        """The events at the head of the queue that need not wait any longer."""
        queue = self._queue
        if not queue or not (queue[0].over or self._is_due(queue[0])):
            return ()
        events = []
        while queue and (queue[0].over or self._is_due(queue[0])):
            pending = queue.popleft()
            self._held -= pending.size
            if not pending.over:
                del self._open[_key(pending.event.records[0])]
            events.append(pending.event)
        return events

    def _is_due(self, pending: _Pending) -> bool:
        newer = self._began - pending.began
        return newer > (_SETTLED_AFTER if pending.settled else _LOST_AFTER) or (
            self._held > _MOST_CHARACTERS
        )


def _key(record: Record) -> _Key:
    return record.node, record.seconds, record.fraction, record.serial


@lru_cache(maxsize=1024)
def _stands_alone(kind: str) -> bool:
    """Whether the kind is that of a program's own message, which is always one record."""
    number = kernel_names.record_types().get(kind)
    if number is None:
        return False
    return kind != "LOGIN" and not _FIRST_OF_THE_KERNEL <= number < _FIRST_OF_PROGRAMS
