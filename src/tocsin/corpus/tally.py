"""Counts what questions find: events, hosts, times, values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tocsin.alerts.iso import iso
from tocsin.columns.cells import NO_TIME, Scalar
from tocsin.corpus.answers import Counted, Looked, ValueFound, ValuesFound
from tocsin.corpus.column import NOTHING, Codes, Column, Ints
from tocsin.corpus.exact import told
from tocsin.corpus.part import Part, columned
from tocsin.plan.expression import flag_of
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import INTEGRAL, NUMERIC, TEMPORAL, Kind
from tocsin.schema.values import number_of, parse_time, text_of

HOSTS = ("host.name", "host.id")
"""What a host is told by: the first of these that an event has."""


class Hosts(NamedTuple):
    """``names``: some hosts. ``codes``: int64[rows], the number of each event's; `NOTHING`."""

    names: list[str]
    codes: Ints


def hosts_of(part: Part, rows: Ints) -> Hosts:
    """The hosts of some events of a part; the rows rise."""
    names: list[str] = []
    codes = np.full(len(rows), NOTHING, np.int64)
    for field_name in HOSTS:
        lacking = np.flatnonzero(codes == NOTHING)
        column = part.column(field_name) if lacking.size else None
        if column is not None:
            owners, found = _firsts(column, rows, lacking)
            used, numbers = _numbered(found, len(column.words))
            codes[owners] = numbers + len(names)
            names += [text_of(word) for word in column.words.take(used).to_pylist()]
    untold = part.untold(HOSTS)
    odd = np.flatnonzero(untold[rows]) if untold is not None else ()
    if len(odd):
        for at, values in zip(odd, told(part, rows[odd], *HOSTS), strict=True):
            first = next((text_of(value) for some in values for value in some[:1]), None)
            codes[at] = NOTHING if first is None else len(names)
            names += [] if first is None else [first]
    return Hosts(names, codes)


def _firsts(column: Column, rows: Ints, some: Ints) -> tuple[Ints, Codes]:
    """Which of some of the rows have a value, and the code of the first that each has."""
    if column.starts is None:
        codes = column.codes[rows[some]]
        has = codes != NOTHING
        return some[has], codes[has]
    owners, codes = column.pairs(rows[some])
    owners, firsts = np.unique(owners, return_index=True)
    return np.searchsorted(rows, owners), codes[firsts]


def _numbered(codes: Codes, words: int) -> tuple[Ints, Ints]:
    """The different ones among codes of so many words, and of each code its place among these."""
    there = np.zeros(words, np.bool_)
    there[codes] = True
    return np.flatnonzero(there), np.cumsum(there)[codes] - 1


@dataclass(slots=True)
class Tally:
    """Events, their hosts, and their first and last time."""

    events: int = 0
    hosts: set[str] = field(default_factory=set)
    first: int | None = None
    last: int | None = None

    def add(self, part: Part, rows: Ints) -> None:
        """Count some events of a part."""
        if len(rows):
            hosts = hosts_of(part, rows)
            self.take(len(rows), part.times()[rows], hosts, hosts.codes)

    def take(self, events: int, times: Ints, hosts: Hosts, codes: Ints) -> None:
        """Count events, given their times and the numbers of their hosts."""
        self.events += events
        used = np.flatnonzero(np.bincount(codes[codes != NOTHING], minlength=1))
        self.hosts.update(hosts.names[code] for code in used.tolist())
        times = times[times != NO_TIME]
        if times.size:
            low, high = int(times.min()), int(times.max())
            self.first = low if self.first is None else min(self.first, low)
            self.last = high if self.last is None else max(self.last, high)

    def counted(self, looked: Looked) -> Counted:
        """What was counted."""
        return Counted(self.events, len(self.hosts), self.first, self.last, looked)


class ValueTally:
    """Counts the values of a field."""

    def __init__(self, name: str) -> None:
        schema = Schema()
        self._name = schema.path(name)
        self._kind = schema.kind(name)
        self._values: dict[str, Tally] = {}

    def add(self, part: Part, rows: Ints) -> None:
        """Count the values of some events of a part; the rows rise."""
        if not len(rows):
            return
        odd = np.ones(len(rows), np.bool_)
        owners, texts = [], []
        if columned(self._name):
            untold = part.untold((self._name,))
            odd = np.zeros(len(rows), np.bool_) if untold is None else untold[rows]
            column = part.column(self._name)
            if column is not None:
                whose, codes = column.pairs(rows[~odd])
                used, numbers = np.unique(codes, return_inverse=True)
                words = [self._text(word) for word in _words(column, used)]
                self._count(part, rows, whose, numbers, words)
        if odd.any():
            for row, (values,) in zip(
                rows[odd].tolist(), told(part, rows[odd], self._name), strict=True
            ):
                for value in {self._text(value) for value in values}:
                    owners.append(row)
                    texts.append(value)
            found, numbers = np.unique(np.array(texts, object), return_inverse=True)
            self._count(part, rows, np.array(owners, np.int64), numbers, found.tolist())

    def found(self, most: int, looked: Looked) -> ValuesFound:
        """The most frequent ones."""
        ranked = sorted(self._values, key=lambda value: (-self._values[value].events, value))
        values = [(value, self._values[value].counted(looked)) for value in ranked[:most]]
        return ValuesFound(
            tuple(ValueFound(value, *found[:4]) for value, found in values),
            max(0, len(ranked) - most),
            looked,
        )

    def _count(
        self, part: Part, rows: Ints, owners: Ints, numbers: Ints, words: Sequence[str]
    ) -> None:
        """Count values: each with its row and the number of its word."""
        pairs = np.unique(np.stack([numbers, owners]), axis=1) if len(owners) else None
        if pairs is None:
            return
        numbers, owners = pairs
        hosts = hosts_of(part, rows)
        whose = hosts.codes[np.searchsorted(rows, owners)]
        times = part.times()[owners]
        edges = np.flatnonzero(np.diff(numbers, prepend=-1, append=-1))
        for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            tally = self._values.setdefault(words[int(numbers[begin])], Tally())
            tally.take(end - begin, times[begin:end], hosts, whose[begin:end])

    def _text(self, value: Scalar) -> str:
        """A value as text, alike whether a column tells it or the event."""
        if self._kind in NUMERIC:
            number = number_of(value)
            if number is not None:
                return text_of(number if self._kind in INTEGRAL else float(number))
        elif self._kind is Kind.BOOLEAN:
            flag = flag_of(value)
            return text_of(value if flag is None else flag)
        elif self._kind in TEMPORAL:
            moment = parse_time(value)
            return text_of(value) if moment is None else iso(moment)
        return text_of(value)


def _words(column: Column, codes: Codes) -> list[Scalar]:
    return Column(column.words.take(codes), column.codes).values()
