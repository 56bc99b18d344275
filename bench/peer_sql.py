"""Predicates as SQL: what an engine that asks one query for each rule would be given.

Runs in Tocsin's environment, and writes text only; ``peer_duckdb.py`` runs it. The table has one
column for each field, of lists where the events hold arrays, and two sorts of helper columns,
filled once while loading: ``name~`` in lower case for patterns that ignore case, ``name#`` with
IPv4 addresses as numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tocsin.plan.language import Both, Chain, Chars, Choice, Complement, Repeat, Tree
from tocsin.plan.leaves import fields_of, leaves_of
from tocsin.plan.predicate import (
    And,
    Compare,
    Constant,
    Exists,
    FieldRef,
    Flag,
    Leaf,
    Length,
    Not,
    Or,
    Predicate,
    Regex,
    Test,
    Text,
    Within,
)
from tocsin.plan.regex import parse_regex
from tocsin.plan.wildcard import plain_text, symbols
from tocsin.schema.kinds import INTEGRAL, NUMERIC, TEMPORAL, Kind
from tocsin.schema.values import parse_block

_FIRST_IPV4 = 0xFFFF << 32
_LARGEST_REPEAT = 1000  # of RE2


class InexpressibleError(Exception):
    """SQL cannot say it, or not without more effort than a translation leaf by leaf."""


def fields_read(conditions: Iterable[Predicate]) -> dict[str, Kind]:
    """All fields of some conditions, by name, with their kinds."""
    return {
        field.name: field.kind
        for condition in conditions
        for leaf in leaves_of(condition)
        for field in fields_of(leaf)
    }


def arrays(path: Path, names: Iterable[str]) -> set[str]:
    """Those fields that some event of the file holds as an array."""
    wanted = {name: name.split(".") for name in names}
    found: set[str] = set()
    for line in path.open("rb"):
        event = orjson.loads(line)
        for name, parts in wanted.items():
            value: Any = event
            for part in parts:
                value = value.get(part) if isinstance(value, dict) else None
            if isinstance(value, list):
                found.add(name)
    return found


@dataclass(frozen=True)
class Table:
    """The table that the queries read: its fields' kinds, and which of them are lists."""

    kinds: dict[str, Kind]
    lists: set[str]

    def sql(self, folded: set[str], numbered: set[str]) -> str:
        """The statement that loads it from the file ``{events}``, with these helper columns."""
        shown = ['"event"[\'id\'] AS "id"']
        for name in self.kinds:
            column = _path(name)
            shown.append(f"{column} AS {_quoted(name)}")
            for names, mark, sql in ((folded, "~", "lower({})"), (numbered, "#", _NUMBER)):
                if name in names:
                    made = self._each(name, column, sql)
                    shown.append(f"{made} AS {_quoted(name + mark)}")
        columns = ", ".join(f"{_text(name)}: {_text(made)}" for name, made in self._columns())
        return (
            f"CREATE TABLE events AS SELECT {', '.join(shown)} "  # noqa: S608 - all names are quoted
            "FROM read_json('{events}', "
            f"format = 'newline_delimited', columns = {{{columns}}})"
        )

    def _each(self, name: str, column: str, sql: str) -> str:
        if name in self.lists:
            return f"list_transform({column}, lambda x: {sql.format('x')})"
        return sql.format(column)

    def _columns(self) -> Iterator[tuple[str, str]]:
        tree: dict[str, Any] = {"event": {"id": "VARCHAR"}}
        for name, kind in self.kinds.items():
            *parents, last = name.split(".")
            place = tree
            for parent in parents:
                place = place.setdefault(parent, {})
            place[last] = _type(kind) + ("[]" if name in self.lists else "")
        return ((name, _struct(made)) for name, made in tree.items())


_NUMBER = (
    "list_reduce(list_transform(split({}, '.'), lambda y: TRY_CAST(y AS BIGINT)), "
    "lambda a, y: a * 256 + y)"
)


def _type(kind: Kind) -> str:
    if kind in INTEGRAL:
        return "BIGINT"
    if kind in NUMERIC:
        return "DOUBLE"
    return "BOOLEAN" if kind is Kind.BOOLEAN else "VARCHAR"


def _struct(made: str | dict[str, Any]) -> str:
    if isinstance(made, str):
        return made
    inner = ", ".join(f"{_quoted(name)} {_struct(each)}" for name, each in made.items())
    return f"STRUCT({inner})"


def _path(name: str) -> str:
    first, *rest = name.split(".")
    return _quoted(first) + "".join(f"[{_text(part)}]" for part in rest)


class Translation:
    """Conditions to SQL over one table; remembers which helper columns they need."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.folded: set[str] = set()
        self.numbered: set[str] = set()

    def query(self, condition: Predicate) -> str:
        """The query for a rule; raises `InexpressibleError`."""
        return f'SELECT "id" FROM events WHERE {self.sql(condition)}'  # noqa: S608 - all quoted

    def sql(self, node: Predicate) -> str:
        """A condition that is true, or else false or null."""
        match node:
            case And(terms):
                return f"({' AND '.join(map(self.sql, terms))})"
            case Or(terms):
                return f"({' OR '.join(map(self.sql, terms))})"
            case Not(term):
                return f"NOT coalesce({self.sql(term)}, false)"
            case Constant(value):
                return "true" if value else "false"
            case _:
                return self._leaf(node)

    def _leaf(self, leaf: Leaf) -> str:
        match leaf:
            case Exists(field):
                column = _quoted(field.name)
                return f"len({column}) > 0" if self._is_list(field) else f"{column} IS NOT NULL"
            case Text(field, patterns, fold):
                return self._patterns(field, patterns, fold)
            case Regex(field, patterns, fold):
                trees = [re2(parse_regex(pattern, fold)) for pattern in patterns]
                source = _text("|".join(trees))
                return self._any(field, "", lambda x: f"regexp_full_match({x}, {source})")
            case Compare(field, operator, value):
                return self._compare(field, operator, value)
            case Flag(field, value):
                constant = str(value).lower()
                constant = constant if field.kind is Kind.BOOLEAN else _text(constant)
                return self._any(field, "", lambda x: f"{x} = {constant}")
            case Within(field, blocks):
                return self._within(field, blocks)
            case Length(field, operator, count):
                return self._any(field, "", lambda x: f"length({x}) {_sign(operator)} {count}")
            case Test():
                raise InexpressibleError("compares two fields, or what a function makes of one")

    def _is_list(self, field: FieldRef) -> bool:
        return field.name in self._table.lists

    def _any(self, field: FieldRef, mark: str, holds: Callable[[str], str]) -> str:
        """Some value of the field fits; ``mark`` chooses a helper column."""
        column = _quoted(field.name + mark)
        if self._is_list(field):
            return f"len(list_filter({column}, lambda x: {holds('x')})) > 0"
        return holds(column)

    def _patterns(self, field: FieldRef, patterns: tuple[str, ...], fold: bool) -> str:
        if self._table.kinds[field.name] in NUMERIC | {Kind.BOOLEAN}:
            raise InexpressibleError("text asked of a number")
        mark = ""
        if fold and any(pattern.upper() != pattern.lower() for pattern in patterns):
            mark = "~"
            self.folded.add(field.name)
            patterns = tuple(pattern.lower() for pattern in patterns)
        exact = [_text(text) for text in map(plain_text, patterns) if text is not None]
        wild = [pattern for pattern in patterns if plain_text(pattern) is None]
        terms = []
        if exact and self._is_list(field):
            terms.append(f"list_has_any({_quoted(field.name + mark)}, [{', '.join(exact)}])")
        elif exact:
            terms.append(f"{_quoted(field.name + mark)} IN ({', '.join(exact)})")
        if wild:
            terms.append(
                self._any(field, mark, lambda x: " OR ".join(_like(x, each) for each in wild))
            )
        return f"({' OR '.join(terms)})"

    def _compare(self, field: FieldRef, operator: str, value: str | float) -> str:
        kind = field.kind
        if kind is Kind.IP and isinstance(value, str):
            block = _ipv4(value)
            if block is None:
                raise InexpressibleError("order of IPv6 addresses")
            self.numbered.add(field.name)
            return self._any(field, "#", lambda x: f"{x} {_sign(operator)} {block[0]}")
        if kind in TEMPORAL or kind in (Kind.IP, Kind.VERSION):
            raise InexpressibleError(f"order of a {kind}")
        if isinstance(value, str):
            return self._any(field, "", lambda x: f"{x} {_sign(operator)} {_text(value)}")
        read = "{}" if kind in NUMERIC else "TRY_CAST({} AS DOUBLE)"
        return self._any(field, "", lambda x: f"{read.format(x)} {_sign(operator)} {value!r}")

    def _within(self, field: FieldRef, blocks: tuple[str, ...]) -> str:
        ends = [found for found in map(_ipv4, blocks) if found is not None]
        if not ends:
            return "false"
        self.numbered.add(field.name)
        return self._any(
            field,
            "#",
            lambda x: (
                "(" + " OR ".join(f"{x} BETWEEN {low} AND {high}" for low, high in ends) + ")"
            ),
        )


def _ipv4(block: str) -> tuple[int, int] | None:
    """First and last address of a block of IPv4 addresses; None for IPv6."""
    found = parse_block(block)
    if found is None or found[0] < _FIRST_IPV4 or found[1] >= _FIRST_IPV4 + (1 << 32):
        return None
    return found[0] - _FIRST_IPV4, found[1] - _FIRST_IPV4


def _like(column: str, pattern: str) -> str:
    """The quickest way to say a wildcard pattern: plain functions, else LIKE."""
    parts = list(symbols(pattern))
    inner = "".join(char for char, wild in parts if not wild)
    stars = [number for number, (char, wild) in enumerate(parts) if wild and char == "*"]
    singles = any(wild and char == "?" for char, wild in parts)
    last = len(parts) - 1
    if not singles and inner:
        if stars == [last]:
            return f"starts_with({column}, {_text(inner)})"
        if stars == [0]:
            return f"ends_with({column}, {_text(inner)})"
        if stars == [0, last]:
            return f"contains({column}, {_text(inner)})"
    escape = any(not wild and char in "%_" for char, wild in parts)
    made = "".join(
        ("%" if char == "*" else "_")
        if wild
        else (f"\x01{char}" if escape and char in "%_\x01" else char)
        for char, wild in parts
    )
    return f"{column} LIKE {_text(made)}" + (f" ESCAPE {_text(chr(1))}" if escape else "")


def re2(tree: Tree) -> str:
    """A regular language in RE2's notation; raises `InexpressibleError`."""
    match tree:
        case Chars(ranges):
            return "[" + "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in ranges) + "]"
        case Chain(parts):
            return "".join(map(re2, parts))
        case Choice(parts) if parts:
            return f"(?:{'|'.join(map(re2, parts))})"
        case Repeat(term, least, most) if max(least, most or 0) <= _LARGEST_REPEAT:
            return f"(?:{re2(term)}){{{least},{'' if most is None else most}}}"
        case Repeat() | Choice() | Both() | Complement():
            raise InexpressibleError("a regular expression beyond RE2's")


def _sign(operator: str) -> str:
    return "=" if operator == "==" else operator


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


sys.setrecursionlimit(10_000)
