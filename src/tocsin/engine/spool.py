"""What rules that read alerts may want, in a temporary file that is an input like any other."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import orjson

from tocsin.columns.cells import Place
from tocsin.inputs.held import HeldOrigin
from tocsin.inputs.source import Events
from tocsin.inputs.spool import temporary

WAITING = 1 << 20
"""Bytes that are written together."""

NAME = "alerts of this run"


class Spool:
    """Events and alerts in a temporary file, one to a line; the alerts of a round can be redone."""

    def __init__(self) -> None:
        self.file = temporary(self)
        self._marked = 0
        self._end = 0
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self.given: dict[int, Place] = {}
        """By offset, the places of events that came from mappings."""

    @property
    def end(self) -> int:
        """Where the next one will stand."""
        return self._end

    def add(self, event: bytes, name: tuple[str, str] | None, given: Place | None = None) -> None:
        """Append an event with its index and id, if it has them."""
        before, after = b"", b"\n"
        if name is not None:
            index, own = map(orjson.dumps, name)
            before = b'{"_index":%b,"_id":%b,"_source":' % (index, own)
            after = b"}\n"
        if given is not None:
            self.given[self._end + len(before)] = given
        size = len(before) + len(event) + len(after)
        self._waiting += before, event, after
        self._waiting_bytes += size
        self._end += size
        if self._waiting_bytes > WAITING:
            self._write()

    def _write(self) -> None:
        self.file.seek(self._end - self._waiting_bytes)
        self.file.writelines(self._waiting)
        self._waiting, self._waiting_bytes = [], 0

    def append(self, other: Spool) -> None:
        """Append all that another one holds; none of it came from mappings."""
        self._write()
        other.flush()
        self.file.seek(self._end)
        other.file.seek(0)
        shutil.copyfileobj(other.file, self.file)
        self._end += other._end

    def mark(self) -> None:
        """What was added so far stays."""
        self._marked = self._end

    def rewind(self) -> None:
        """Forget what was added since the mark; the file keeps it until something else is added."""
        self._write()
        self._end = self._marked

    def flush(self) -> None:
        """Let others read what was added."""
        self._write()
        self.file.truncate(self._end)
        self.file.flush()


class SpoolOrigin(HeldOrigin):
    """The spool as an input; mappings come back as those that were given."""

    room = 1 << 20
    """Few rules read it, and memory that was never used before costs more than they do."""

    def __init__(self, spool: Spool, source: Events) -> None:
        super().__init__(NAME, spool.file)
        self._spool = spool
        self._whole = source

    def given(self, offset: int) -> Mapping[str, Any] | None:
        """The mapping that an event was made from, if it came from one."""
        place = self._spool.given.get(offset)
        return None if place is None else self._whole.given(place)
