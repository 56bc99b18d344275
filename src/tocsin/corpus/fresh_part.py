"""Events that are not sealed yet, in parts: stretches of the journal.

Their columns are made as sealing makes them, for the fields that somebody asks about; the events
themselves stay on disk.
"""

from __future__ import annotations

from collections.abc import Collection
from threading import Lock

import numpy as np

from tocsin.columns.cells import NO_TIME, FieldSet
from tocsin.corpus.column import Column, Ints, Mask, column_of
from tocsin.corpus.part import Part
from tocsin.inputs.batch import JsonBatch
from tocsin.journal.batch import batch
from tocsin.journal.sealed.columns import columns
from tocsin.journal.view import JournalView
from tocsin.schema.values import FIRST_TIME, LAST_TIME

_ALWAYS = FieldSet(
    (
        *("event.category", "event.type", "event.action", "event.kind", "host.id", "host.name"),
        *("user.id", "user.name", "process.name", "process.executable", "process.pid"),
        *("process.entity_id", "process.parent.entity_id", "process.parent.pid"),
        *("process.parent.name", "process.command_line", "process.hash.sha256", "container.id"),
        *("source.ip", "destination.ip", "dns.question.name", "file.path", "data_stream.dataset"),
        # how common an alert's values are, whose doings are followed, a Kubelet's steps
        *("agent.id", "container.image.name", "destination.domain", "destination.port"),
        *("dll.name", "file.hash.sha256", "registry.path", "url.domain", "url.original"),
        *("winlog.logon.id", "event.dataset", "orchestrator.resource.name"),
        *("process.session_leader.entity_id", "process.entry_leader.entity_id"),
        *("process.args", "process.interactive", "process.ppid"),
        *("kubernetes.audit.requestURI", "kubernetes.audit.verb", "kubernetes.audit.user.username"),
    )
)
"""Fields that are read with the first that is asked for: pages ask about them."""


MOST_WORDS = 64
"""Words of which it is held where they stand."""


class GoneError(Exception):
    """Events were sealed, or removed, since it was looked where they are."""


class FreshPart(Part):
    """The events of a journal from a position to another.

    Raises
    ------
    GoneError
        From any method: they are in the journal no more.
    JournalError
        They cannot be read.
    """

    def __init__(self, journal: JournalView, begin: int, most_bytes: int) -> None:
        self._journal = journal
        self.begin = begin
        self._lock = Lock()
        self._columns: dict[str, Column | None] = {}
        self._odd: dict[str, Mask] = {}
        self._mentions: dict[str, Mask] = {}
        self._texts: JsonBatch | None = None
        placed = journal.read(begin, most_bytes)
        self.end = placed[-1].position if placed else begin
        found = batch(placed)
        self.rows = 0 if found is None else len(found)
        self.low = self.high = None
        self._times = self._places = np.empty(0, np.int64)
        self._sound: Mask | None = None
        if found is not None:
            self._places = found.offsets.astype(np.int64)
            self._take(found, _ALWAYS)

    def times(self) -> Ints:
        """int64[rows], ms since 1970."""
        return self._times

    def places(self) -> Ints:
        """int64[rows], rising."""
        return self._places

    def column(self, name: str) -> Column | None:
        """What a column tells of a field."""
        with self._lock:
            self._read(name)
            return self._columns[name]

    def untold(self, names: Collection[str]) -> Mask | None:
        """For which events columns do not tell all of these fields."""
        with self._lock:
            for name in names:
                self._read(name)
            masks = [self._odd[name] for name in names if name in self._odd]
        return np.logical_or.reduce(masks) if masks else None

    def sound(self) -> Mask | None:
        """Which rows are events."""
        return self._sound

    def batch(self, rows: Ints) -> JsonBatch:
        """Some whole events."""
        found = self._whole()
        some, names = rows.tolist(), found.identities
        return JsonBatch(
            found.data,
            found.starts[rows],
            found.ends[rows],
            found.sources[rows],
            found.offsets[rows],
            found.lines[rows],
            found.names,
            identities=names and ([names[0][at] for at in some], [names[1][at] for at in some]),
        )

    def mentions(self, word: str) -> Mask:
        """In which texts a word of a key may stand."""
        with self._lock:
            found = self._mentions.get(word)
            if found is None:
                if self._texts is None:
                    self._texts = self._whole()
                whole, sought = self._texts, word.encode()
                found = np.array([_in(whole.raw(row), sought) for row in range(len(whole))])
                if len(self._mentions) >= MOST_WORDS:
                    self._mentions.clear()
                self._mentions[word] = found
            return found

    def release(self) -> None:
        """Forget the texts."""
        with self._lock:
            self._texts = None

    def _whole(self) -> JsonBatch:
        """The events once more."""
        placed = [
            each
            for each in self._journal.read(self.begin, self.end - self.begin)
            if each.position <= self.end
        ]
        found = batch(placed)
        if found is None or not np.array_equal(found.offsets, self._places):
            raise GoneError
        return found

    def _read(self, name: str) -> None:
        if name not in self._columns:
            self._take(self._whole(), FieldSet((name,)))

    def _take(self, found: JsonBatch, names: FieldSet) -> None:
        """Make the columns of some fields."""
        cells = found.cells(names)
        made = columns(cells, np.arange(self.rows), names)
        for name in names.names:
            array = made.columns.get(name)
            self._columns[name] = None if array is None else column_of(array)
        more = column_of(made.more)
        for code, field in enumerate(more.values()):
            self._odd[str(field)] = more.rows(np.arange(len(more.words)) == code)
        shown = (cells.time >= FIRST_TIME) & (cells.time <= LAST_TIME)
        self._times = np.where(shown, cells.time, NO_TIME)
        if cells.rejected:
            self._sound = np.ones(self.rows, np.bool_)
            self._sound[list(cells.rejected)] = False


def _in(text: bytes, word: bytes) -> bool:
    """Whether a word is in a text, or may be behind an escape."""
    return word in text or b"\\u00" in text
