"""The columns that a command of a pipeline sees, by name."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.diagnostics.near import near
from tocsin.languages.esql.nodes import NamePattern
from tocsin.languages.esql.typed import Column, renamed
from tocsin.languages.esql.types import Type


class Scope:
    """Columns by name, in order, and which further fields of the events may still be named.

    ``open_names`` and ``closed_names`` are patterns: what one of the former matches and none of the
    latter is a field of the events, which becomes a column when a command first names it.
    """

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self.open_names: tuple[str, ...] = ()
        self.closed_names: tuple[str, ...] = ()

    def sees(self, name: str) -> bool:
        """Whether a name that is no column yet may be a field of the events."""
        return any(_like(name, pattern) for pattern in self.open_names) and not any(
            _like(name, pattern) for pattern in self.closed_names
        )

    def may_match(self, pattern: NamePattern) -> bool:
        """Whether there is a column, or may be a field of the events, that a pattern matches."""
        return bool(self.open_names) or any(_like(name, pattern.text) for name in self.columns)

    def put(self, column: Column) -> None:
        """Add a column behind the others, in place of an older one of the same name."""
        self.columns.pop(column.name, None)
        self.columns[column.name] = column

    def close(self) -> None:
        """Let no further fields of the events be named."""
        self.open_names = self.closed_names = ()

    def suggest(self, name: str) -> list[str]:
        """Columns with a similar name."""
        return near(name, self.columns)

    def keep(self, patterns: Iterable[NamePattern]) -> None:
        """Keep the columns that patterns match.

        Of several patterns that match a column the most exact one says where it stands, then the
        last.
        """
        listed = list(patterns)
        places: dict[str, int] = {}
        for name in self.columns:
            matching = [
                (_rank(pattern), place)
                for place, pattern in enumerate(listed)
                if _like(name, pattern.text) and (pattern.wild or name == pattern.text)
            ]
            if matching:
                places[name] = max(matching)[1]
        order = sorted(places, key=lambda name: places[name])
        self.columns = {name: self.columns[name] for name in order}
        before = self.open_names
        wild = tuple(pattern.text for pattern in listed if pattern.wild)
        self.open_names = (
            wild
            if "*" in before
            else tuple(
                pattern for pattern in wild if any(_like(pattern, outer) for outer in before)
            )
            + tuple(outer for outer in before if any(_like(outer, pattern) for pattern in wild))
        )

    def drop(self, patterns: Iterable[NamePattern]) -> None:
        """Leave out the columns that patterns match."""
        for pattern in patterns:
            for name in [name for name in self.columns if _matches(name, pattern)]:
                del self.columns[name]
            self.closed_names += (pattern.text,)

    def rename(self, old: str, new: str) -> None:
        """Call a column by another name; it stays where it stood."""
        if old == new:
            return
        column = renamed(self.columns[old], new)
        self.columns.pop(new, None)
        self.columns = {
            (new if name == old else name): (column if name == old else each)
            for name, each in self.columns.items()
        }
        self.closed_names += (old,)


def empty(name: str, number: int) -> Column:
    """A column of nothing but nulls."""
    return Column(number, name, Type.NULL)


def _rank(pattern: NamePattern) -> int:
    return 2 if not pattern.wild else 0 if pattern.text == "*" else 1


def _matches(name: str, pattern: NamePattern) -> bool:
    return _like(name, pattern.text) if pattern.wild else name == pattern.text


def _like(name: str, pattern: str) -> bool:
    """Whether a name matches a pattern with ``*``; the time is linear."""
    first, *middle = pattern.split("*")
    if not middle:
        return name == pattern
    last = middle.pop()
    if len(name) < len(first) + len(last) or not name.startswith(first):
        return False
    place = len(first)
    for part in middle:
        place = name.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return name.endswith(last) and place + len(last) <= len(name)
