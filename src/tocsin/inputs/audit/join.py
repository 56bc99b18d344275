"""Records of one event brought together, in a stream where events are interleaved.

Records of one event carry the same time and serial number. The kernel writes an end record (EOE),
but auditd does not keep it, and either may be lost. No clock is asked: an event is over when its
end was seen, or when enough newer events have begun; whoever reads a log while it is written says
what time it is, and asks for events that have waited (`AuditReader.expire`). Events leave in the
order in which they began, so that equal times keep the order of the log.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tocsin.inputs.audit import kernel_names
from tocsin.inputs.audit.coalesce import coalesce
from tocsin.inputs.audit.ecs import document
from tocsin.inputs.audit.fields import read_fields
from tocsin.inputs.audit.records import Block, read_stretches
from tocsin.inputs.audit.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tocsin.inputs.audit.records import AuditReject, Identity, Stretch

_SETTLED_AFTER: Final = 64  # newer events, once the command line, the last record, was seen
_LOST_AFTER: Final = 1024  # newer events, when not even that came
_MOST_RECORDS: Final = 4096  # of one event; the kernel writes a few, and some for long arguments
_MOST_BYTES: Final = 64 << 20  # held in all
_READ_AT_ONCE: Final = 16 << 10  # bytes of events: calls cost little then, and caches hold it

HOST: Final = "localhost"
"""What a machine is called where nothing names it."""

_FIRST_OF_THE_KERNEL: Final = 1300
_FIRST_OF_PROGRAMS: Final = 2000


@dataclass(slots=True)
class AuditEvent:
    """All records of one event.

    ``line`` is the number of the line where it began, ``last`` the largest of all its lines'.
    ``size``: bytes of what its ``count`` records say, in ``texts`` (`Stretch.text`).
    """

    identity: Identity
    line: int
    last: int = 0
    count: int = 0
    size: int = 0
    texts: list[bytes] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The event in ECS, as Auditbeat and Auditd Manager write it."""
        return document(coalesce(self.identity, read_fields(self.texts)))


def documents(events: Iterable[AuditEvent]) -> Iterator[dict[str, Any]]:
    """Many events in ECS, in less time; they may share parts, which are not to be changed."""
    some: list[AuditEvent] = []
    size = 0
    for event in events:
        if size + event.size > _READ_AT_ONCE:
            yield from _documents(some)
            some, size = [], 0
        some.append(event)
        size += event.size
    yield from _documents(some)


def _documents(events: Sequence[AuditEvent]) -> Iterator[dict[str, Any]]:
    fields = read_fields([text for event in events for text in event.texts])
    at = 0
    for event in events:
        behind = at + event.count
        yield document(coalesce(event.identity, fields[at:behind]))
        at = behind


@dataclass(slots=True)
class _Pending:
    event: AuditEvent
    began: int
    touched: float = 0.0
    has_syscall: int = 0
    settled: int = 0
    over: bool = False


class AuditReader:
    """Lines of one audit log in, events out.

    ``rejects`` are the lines that are no audit records; whoever feeds the reader takes them out.
    Memory is bounded: at most 1,024 unfinished events and 64 MiB of their text are held. A record
    that comes later than that makes an event of its own.

    ``host`` is the name of the machine where neither auditd (`node=`) nor syslog says one; rules
    that follow a process need some name. Empty: such events have none.
    """

    __slots__ = ("_began", "_held", "_host", "_open", "_queue", "rejects")

    def __init__(self, host: str = HOST) -> None:
        self.rejects: list[AuditReject] = []
        self._host = host
        self._queue: deque[_Pending] = deque()
        self._open: dict[Identity, _Pending] = {}
        self._began = 0
        self._held = 0

    def feed(self, line: bytes, number: int, clock: float = 0.0) -> Sequence[AuditEvent]:
        """Take in a line, with or without its end; give the events that are now complete.

        A blank line is nothing; any other that is no record goes to ``rejects``. ``clock``: when it
        came, in seconds, for `expire`.
        """
        return self.take(Block.of([line], [number]), clock)

    def take(self, block: Block, clock: float = 0.0) -> Sequence[AuditEvent]:
        """As `feed`, of many lines."""
        events: list[AuditEvent] = []
        for stretch in read_stretches(block, self._host, self.rejects):
            role = _ROLES[stretch.kind]
            if role == _ALONE:
                self._begin(stretch).over = True
            elif role == _END:
                self._end(stretch)
            elif len(stretch.numbers) > 1 and self._is_much(stretch):
                events += self._take_apart(stretch, clock)
            else:
                self._join(stretch).touched = clock
            if self._queue and self._is_due(self._queue[0]):
                events += self._complete()
        return events

    def _is_much(self, stretch: Stretch) -> bool:
        """Whether an event might be cut in the midst of some records."""
        pending = self._open.get(stretch.identity)
        count = len(stretch.numbers) + (pending.event.count if pending else 0)
        return count > _MOST_RECORDS or self._held + stretch.size > _MOST_BYTES

    def _take_apart(self, stretch: Stretch, clock: float) -> Iterator[AuditEvent]:
        lines = [line for line in stretch.text.split(b"\n") if line.strip()]
        for line, number in zip(lines, stretch.numbers, strict=True):
            yield from self.feed(line, number, clock)

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
                del self._open[pending.event.identity]
        return self._complete()

    def finish(self) -> Sequence[AuditEvent]:
        """Give the events that are still held: the log has ended."""
        events = [pending.event for pending in self._queue]
        self._queue.clear()
        self._open.clear()
        self._held = 0
        return events

    def _begin(self, stretch: Stretch) -> _Pending:
        pending = _Pending(AuditEvent(stretch.identity, stretch.numbers[0]), self._began)
        self._began += 1
        self._queue.append(pending)
        self._add(pending, stretch)
        return pending

    def _end(self, stretch: Stretch) -> None:
        pending = self._open.pop(stretch.identity, None)
        if pending is not None:
            pending.over = True

    def _join(self, stretch: Stretch) -> _Pending:
        pending = self._open.get(stretch.identity)
        if pending is not None and (
            # The same event once more (a log read twice), or an id that never ends.
            (stretch.has_syscall and pending.has_syscall and pending.settled)
            or pending.event.count >= _MOST_RECORDS
        ):
            pending.over = True
            pending = None
        if pending is None:
            self._open[stretch.identity] = pending = self._begin(stretch)
        else:
            self._add(pending, stretch)
        pending.has_syscall |= stretch.has_syscall
        pending.settled |= stretch.settled
        return pending

    def _add(self, pending: _Pending, stretch: Stretch) -> None:
        event = pending.event
        event.texts.append(stretch.text)
        event.count += len(stretch.numbers)
        event.last = max(event.last, stretch.numbers[-1])
        event.size += stretch.size
        self._held += stretch.size

    def _complete(self) -> Sequence[AuditEvent]:
        """The events at the head of the queue that need not wait any longer."""
        queue = self._queue
        events = []
        while queue and self._is_due(queue[0]):
            pending = queue.popleft()
            self._held -= pending.event.size
            if not pending.over:
                del self._open[pending.event.identity]
            events.append(pending.event)
        return events

    def _is_due(self, pending: _Pending) -> bool:
        newer = self._began - pending.began
        return (
            pending.over
            or newer > (_SETTLED_AFTER if pending.settled else _LOST_AFTER)
            or self._held > _MOST_BYTES
        )


_PART, _ALONE, _END = range(3)


def _role(kind: str) -> int:
    """What a kind of record is in its event: one of its own is a program's message."""
    if kind == "EOE":
        return _END
    number = kernel_names.record_types().get(kind, _FIRST_OF_THE_KERNEL)
    if kind == "LOGIN" or _FIRST_OF_THE_KERNEL <= number < _FIRST_OF_PROGRAMS:
        return _PART
    return _ALONE


_ROLES: Final[Remembered[str, int]] = Remembered(_role, len)
