"""What events there are, by data set: counted from footers of files, and the journal's newest part.

Each file is looked at once. Of the journal, what is not sealed yet is read, some of it at a time.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from tocsin.columns.cells import NO_TIME, STRING, Cells
from tocsin.engine.seen_data import SeenSet
from tocsin.journal.batch import batch as batch_of
from tocsin.journal.sealed.archive import Archive, SealedFile
from tocsin.journal.sealed.columns import fields
from tocsin.journal.sealed.facts import Belonging, FileFacts, file_facts, names_in, sample
from tocsin.journal.view import JournalView
from tocsin.match.indices import candidates, index_name
from tocsin.plan.program import ROUTING_FIELDS

if TYPE_CHECKING:
    from tocsin.inputs.batch import JsonBatch

DAY = 86_400_000
LOOKED_AT = 50
"""Events of a file, and of a data set in a part of the journal, whose fields are all noted."""

SAMPLED = 3
"""The newest files of a data set, of which some events are looked at."""

AT_ONCE = 4 << 20
"""Bytes of the journal that are read at a time."""

READING = 1.0
"""Seconds after which a look reads no more of the journal."""

BUDGET = 5.0
"""Seconds that one look may take."""

MOST_SETS = 2_000
_EPOCH = dt.date(1970, 1, 1).toordinal()
_OTHERS = "(others)"


class Held(NamedTuple):
    """``pending``: files that were not looked at yet; ``unread``: bytes of the journal likewise.

    ``counted``: the fields that are counted for all events; of others samples tell.
    """

    sets: tuple[SeenSet, ...]
    pending: int
    unread: int
    counted: frozenset[str]


@dataclass(slots=True)
class _Part:
    """What was read of a segment of the journal, and up to where."""

    position: int
    sets: dict[str, SeenSet] = field(default_factory=dict)


class Holdings:
    """Looks at an archive and a journal again and again; one thread at a time.

    ``clock``: seconds, for the budget.
    """

    def __init__(
        self, archive: Archive, journal: JournalView, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._archive = archive
        self._journal = journal
        self._clock = clock
        self._files: dict[Path, FileFacts | None] = {}
        self._parts: dict[int, _Part] = {}
        self._samples: dict[Path, tuple[set[str], int]] = {}
        self._summed: tuple[list[Path], dict[str, SeenSet]] | None = None
        self._reached = 0

    def look(self) -> Held:
        """See what is new; what takes too long is left for the next look."""
        until = self._clock() + BUDGET
        files = sorted(self._archive.files(), key=lambda file: (-file.end, file.path))
        there = {file.path for file in files}
        self._files = {path: facts for path, facts in self._files.items() if path in there}
        pending = 0
        for file in files:
            if file.path in self._files:
                continue
            if self._clock() > until:
                pending += 1
                continue
            try:
                self._files[file.path] = file_facts(file.path)
            except (OSError, pa.ArrowException):
                self._files[file.path] = None  # gone, or damaged: its events count for nothing
        self._read(max((file.end for file in files), default=self._journal.begin))
        return self._told(files, pending)

    def _read(self, begin: int) -> None:
        """Read some more of the journal behind what is sealed."""
        begin = max(begin, self._journal.begin)
        self._parts = {first: part for first, part in self._parts.items() if part.position > begin}
        self._reached = max((part.position for part in self._parts.values()), default=begin)
        until = self._clock() + READING
        while self._read_on() and self._clock() < until:
            pass

    def _read_on(self) -> bool:
        """Read a part of the journal; whether there was any."""
        position = self._reached
        segment = self._journal.segments.holding(position)
        if segment is None or position >= self._journal.end:
            return False
        # a part ends with its segment, which is sealed as a whole
        end = self._journal.end if segment.next is None else segment.next
        placed = [one for one in self._journal.read(position, AT_ONCE) if one.position <= end]
        if not placed:
            return False
        part = self._parts[position] = _Part(placed[-1].position)
        self._reached = part.position
        rows = batch_of(placed)
        if rows is not None:
            _count(rows, part.sets)
        return True

    def _told(self, files: Iterable[SealedFile], pending: int) -> Held:
        looked_at = [file.path for file in files if self._files.get(file.path) is not None]
        if self._summed is None or self._summed[0] != looked_at:
            self._summed = looked_at, self._sum(looked_at)
        found = {name: _copy(one) for name, one in self._summed[1].items()}
        for part in self._parts.values():
            for one in part.sets.values():
                _join(_of(found, one.name), one)
        unread = max(0, self._journal.end - self._reached)
        ranked = sorted(found.values(), key=lambda one: (-one.events, one.name))
        return Held(tuple(ranked), pending, unread, frozenset(fields().names))

    def _sum(self, paths: Iterable[Path]) -> dict[str, SeenSet]:
        """The data sets of these files, the newest of which come first."""
        found: dict[str, SeenSet] = {}
        newest: dict[str, list[Path]] = {}
        for path in paths:
            facts = self._files[path]
            if facts is not None:
                for name in _add(found, facts, _day(path)):
                    newest.setdefault(name, []).append(path)
        self._sample({path for some in newest.values() for path in some[:SAMPLED]})
        for name, some in newest.items():
            for names, looked in filter(None, map(self._samples.get, some)):
                _of(found, name).sampled |= names
                _of(found, name).looked += looked
        return found

    def _sample(self, wanted: Collection[Path]) -> None:
        """Note all fields of some events of these files."""
        self._samples = {path: kept for path, kept in self._samples.items() if path in wanted}
        for path in wanted:
            if path not in self._samples:
                try:
                    events = sample(path, LOOKED_AT)
                except (OSError, pa.ArrowException):
                    continue
                names: set[str] = set()
                looked = sum(names_in(event, names) for event in events)
                self._samples[path] = names, looked


def _copy(one: SeenSet) -> SeenSet:
    made = SeenSet(one.name)
    _join(made, one)
    return made


def _of(found: dict[str, SeenSet], name: str) -> SeenSet:
    if name not in found and len(found) >= MOST_SETS:
        name = _OTHERS
    return found.setdefault(name, SeenSet(name))


def _named(belonging: Belonging) -> tuple[str, list[str]]:
    """What to call the data set of events, and the indices they may stand in."""
    told: dict[str, list[str]] = {}
    for name, value in belonging.values:
        told.setdefault(name, []).append(value)
    names = candidates(told, belonging.stands_in or None)
    for key in ("data_stream.dataset", "event.dataset"):
        if key in told:
            return told[key][0], names
    if belonging.stands_in:
        return index_name(belonging.stands_in), names
    return (told["agent.type"][0] if "agent.type" in told else ""), names


def _add(found: dict[str, SeenSet], facts: FileFacts, day: int | None) -> set[str]:
    """Count a file; the names of its data sets."""
    parts: dict[str, tuple[set[str], int]] = {}
    for belonging, number in facts.events.items():
        name, names = _named(belonging)
        before = parts.get(name, (set(), 0))
        parts[name] = before[0] | set(names), before[1] + number
    for name, (indices, number) in parts.items():
        one = _of(found, name)
        one.names |= indices
        one.events += number
        one.span(facts.first, facts.last)
        if day is not None:
            one.days[day] += number
        if len(parts) == 1:
            one.fields.update(facts.fields)
        else:
            # which of them have a field is not known: all of them may
            one.fields.update({key: min(has, number) for key, has in facts.fields.items()})
    return set(parts)


def _day(path: Path) -> int | None:
    """The day of a file's folder."""
    try:
        text = path.parent.parent.name.removeprefix("date=")
        return dt.date.fromisoformat(text).toordinal() - _EPOCH
    except ValueError:
        return None


def _join(one: SeenSet, other: SeenSet) -> None:
    one.names |= other.names
    one.events += other.events
    one.span(other.first, other.last)
    one.days.update(other.days)
    one.fields.update(other.fields)
    one.sampled |= other.sampled
    one.looked += other.looked


def _count(rows: JsonBatch, found: dict[str, SeenSet]) -> None:
    """Count the events of a batch."""
    cells = rows.cells(fields())
    groups: dict[str, list[int]] = {}
    for belonging, some in _grouped(rows, cells).items():
        name, names = _named(belonging)
        one = _of(found, name)
        one.names |= set(names)
        groups.setdefault(one.name, []).extend(some)
    owner = np.full(len(rows), -1)
    for number, (name, some) in enumerate(groups.items()):
        owner[some] = number
        one = found[name]
        one.events += len(some)
        known = cells.time[some]
        known = known[known != NO_TIME]
        if len(known):
            one.span(int(known.min()), int(known.max()))
            one.days.update(Counter((known // DAY).tolist()))
        for row in some[:LOOKED_AT]:
            one.looked += names_in(bytes(rows.event(row)), one.sampled)
    _count_fields(cells, owner, [found[name].fields for name in groups])


def _count_fields(cells: Cells, owner: np.ndarray, counts: list[Counter[str]]) -> None:
    """Count the rows that have each field, by the owner of the row."""
    width = len(fields().names)
    rows = np.repeat(np.arange(len(owner)), np.diff(cells.row_start))
    pairs = np.unique(rows * width + cells.slot)
    of_owner = owner[pairs // width]
    kept = of_owner >= 0
    keys, numbers = np.unique(of_owner[kept] * width + pairs[kept] % width, return_counts=True)
    for key, number in zip(keys.tolist(), numbers.tolist(), strict=True):
        counts[key // width][fields().names[key % width]] += number


def _grouped(rows: JsonBatch, cells: Cells) -> dict[Belonging, list[int]]:
    """The rows that are events, by where they belong."""
    slots = {fields().slots[name]: name for name in ROUTING_FIELDS if name in fields().slots}
    asked = np.flatnonzero(np.isin(cells.slot, list(slots)) & (cells.tag == STRING))
    owners = np.searchsorted(cells.row_start, asked, side="right") - 1
    values: dict[int, list[tuple[str, str]]] = {}
    for cell, row in zip(asked.tolist(), owners.tolist(), strict=True):
        values.setdefault(row, []).append((slots[int(cells.slot[cell])], str(cells.value(cell))))
    found: dict[Belonging, list[int]] = {}
    for row in range(len(rows)):
        if row not in cells.rejected:
            index = (rows.identity(row) or ("", ""))[0] if rows.named else ""
            key = Belonging(index, tuple(sorted(values.get(row, ()))))
            found.setdefault(key, []).append(row)
    return found
