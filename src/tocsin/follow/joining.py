"""Audit records joined while they are written, with the place up to which nothing is unfinished.

The records of several events stand between each other. What is in the journal therefore ends
nowhere in the log at one point: the place is where the oldest unfinished event began, and beyond it
some records belong to events that are in the journal already. These are kept by name (`done`), so
that whoever begins again at the place passes over just them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import orjson

from tocsin.inputs.audit import HOST, AuditReader
from tocsin.inputs.audit.records import identity_of

if TYPE_CHECKING:
    from tocsin.inputs.audit import AuditEvent
    from tocsin.inputs.audit.records import Identity

SETTLED = 0.05
"""Seconds that an event waits behind its last record, which another may have overtaken."""

LOST = 0.4
"""Seconds that an event waits when its last record did not come."""


class Joining:
    """An audit log, line by line; the numbers of lines are offsets in it.

    Attributes
    ----------
    done
        Events that are given out and have records at the place or beyond it: their name, and the
        offset of their last record.
    """

    def __init__(
        self, done: Mapping[str, int] | None = None, *, settled: float = SETTLED, lost: float = LOST
    ) -> None:
        self.done = dict(done or {})
        self._passed = dict(self.done)
        self._reader = AuditReader()
        self._settled = settled
        self._lost = lost

    def feed(self, line: bytes, offset: int, clock: float) -> list[bytes]:
        """Take in a line; the events that are complete, as JSON."""
        if self._passed and self._is_passed(line, offset):
            return []
        return self._given(self._reader.feed(line, offset, clock))

    def rejected(self) -> list[tuple[str, bytes]]:
        """Reason and text of the lines since the last call that are no records."""
        found = [(reject.reason, reject.line) for reject in self._reader.rejects]
        self._reader.rejects.clear()
        return found

    def expire(self, clock: float, *, torn: bool = False) -> list[bytes]:
        """The events that have waited long enough, where nothing more is there to be read.

        ``torn``: half a line is there, so that another record will come.
        """
        lost = clock - self._lost
        return self._given(self._reader.expire(lost if torn else clock - self._settled, lost))

    def finish(self) -> list[bytes]:
        """All events that are still held."""
        return self._given(self._reader.finish())

    @property
    def waiting(self) -> bool:
        """Whether an event is unfinished."""
        return self._reader.oldest is not None

    def place(self, behind: int) -> int:
        """Where to begin again, if all lines before ``behind`` were fed; forgets older names."""
        oldest = self._reader.oldest
        place = behind if oldest is None else oldest
        self.done = {name: last for name, last in self.done.items() if last >= place}
        return place

    def _given(self, events: Iterable[AuditEvent]) -> list[bytes]:
        texts = []
        for event in events:
            texts.append(orjson.dumps(event.document()))
            if event.count > 1:
                self.done[_name(event.identity)] = event.last
        return texts

    def _is_passed(self, line: bytes, offset: int) -> bool:
        """Whether a line is a record of an event that was given out before we began."""
        if offset > max(self._passed.values()):
            self._passed.clear()
            return False
        identity = identity_of(line, HOST)
        return identity is not None and offset <= self._passed.get(_name(identity), -1)


def _name(identity: Identity) -> str:
    node, seconds, fraction, serial = identity
    return f"{node}:{seconds}.{fraction}:{serial}"
