"""Value lists: many values in a file of their own, which exceptions refer to by the list's id.

    lists/
      known-scanners.txt     one value to a line; the id is the file's name, with or without ending
      partners.csv           the column `value`, else the first
      exported.ndjson        items as Kibana keeps them: {"list_id": …, "type": …, "value": …}

A text may be a pattern: ``*`` stands for any run of characters, ``?`` for one, unless there is
nothing else; a backslash is plain. An address may be a block (``10.0.0.0/8``) or a range
(``10.0.0.1-10.0.0.9``), a number a range (``1-5``). A list is read when an exception first asks.
"""

from __future__ import annotations

import csv
import dataclasses
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from tocsin.diagnostics import Diagnostic, Severity
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.rules.report import shown
from tocsin.rules.sources import label
from tocsin.rules.value_table import Holds, ValueTable, range_table, text_table
from tocsin.schema.values import number_of, parse_block, parse_ip, parse_time, text_of

MOST_LEAVES = 500
"""Values of a list that are asked as any other condition; more are looked up in a table."""
MOST_TOLD = 20
"""Broken lines of one list that are told of one by one."""

_KINDS = {
    "keyword": Holds.TEXT,
    "text": Holds.TEXT,
    "wildcard": Holds.TEXT,
    "boolean": Holds.TEXT,
    "ip": Holds.IP,
    "ip_range": Holds.IP,
    "date": Holds.TIME,
    "date_nanos": Holds.TIME,
    "date_range": Holds.TIME,
    **dict.fromkeys(
        ("byte", "short", "integer", "long", "half_float", "float", "double"), Holds.NUMBER
    ),
    **dict.fromkeys(("integer_range", "long_range", "float_range", "double_range"), Holds.NUMBER),
}
TYPES = tuple(_KINDS)
"""The types of lists, in Elastic's words."""

_PATTERN = re.compile(r"(?=.*[*?]).*[^*?]", re.DOTALL)
_MAPPED = 0xFFFF << 32
_NUMBERS = re.compile(r"\s*([+-]?[0-9.eE]+)\s*-\s*([+-]?[0-9.eE]+)\s*")

Given: TypeAlias = str | Path | Mapping[str, Iterable[Any]]
"""A folder of lists, a file of one, or lists by id."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list holds. Few values stand in ``values`` as they are (addresses as blocks).

    ``patterns`` are in the form that a `Text` leaf takes; ``table`` holds all other values.
    """

    holds: Holds
    values: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    table: ValueTable | None = None


class ValueLists:
    """The lists of some folders, files and mappings; what is wrong goes to ``diagnostics``."""

    def __init__(self, given: Iterable[Given] = ()) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._files: dict[str, Path] = {}
        self._memory: dict[str, tuple[Any, ...]] = {}
        self._exported: dict[str, list[Path]] = {}
        self._known: dict[tuple[str, str, bool], Listing | Diagnostic] = {}
        for each in given:
            if isinstance(each, Mapping):
                self._memory.update({name: tuple(values) for name, values in each.items()})
            else:
                self._add(Path(each))

    @property
    def names(self) -> list[str]:
        """The ids that there are lists for."""
        return sorted({*self._memory, *self._exported, *self._files})

    def find(self, name: str, type_: str, *, folded: bool = False) -> Listing | Diagnostic:
        """The list with an id, its values read as ``type_`` says; else what is wrong."""
        key = name, type_, folded
        if key not in self._known:
            self._known[key] = self._find(name, type_, folded)
        return self._known[key]

    def _add(self, path: Path) -> None:
        try:
            files = sorted(path.iterdir()) if path.is_dir() else [path]
            for file in files:
                if file.is_file() and not file.name.startswith("."):
                    self._file(file)
        except (OSError, ValueError) as error:
            self.diagnostics.append(_unreadable(path, error))
            return
        if not path.exists():
            self.diagnostics.append(_unreadable(path, FileNotFoundError("there is no such file")))

    def _file(self, file: Path) -> None:
        if next(_exported(file), None) is None:
            self._files.setdefault(file.name, file)
            self._files.setdefault(file.stem, file)
            return
        for item in _exported(file):
            files = self._exported.setdefault(item[0], []) if item is not None else [file]
            if file not in files:
                files.append(file)

    def _find(self, name: str, type_: str, folded: bool) -> Listing | Diagnostic:
        holds = _KINDS.get(type_)
        if holds is None:
            return Diagnostic(
                "EXC022",
                f"value lists of type `{shown(type_)}` are not known",
                hint=did_you_mean(near(type_, TYPES, 1)) or f"there are {', '.join(TYPES)}",
            )
        if name not in self._memory and name not in self._exported and name not in self._files:
            return Diagnostic(
                "EXC020",
                f"there is no value list `{shown(name)}`",
                hint=did_you_mean(near(name, self.names))
                or "put a file of this name into the folder that --lists names",
            )
        reader = _Reader(name, holds, folded)
        try:
            listing = reader.listing(self._values(name))
        except (OSError, ValueError) as error:
            return _unreadable(self._files.get(name, Path(name)), error)
        self.diagnostics.extend(reader.told())
        return listing

    def _values(self, name: str) -> Iterator[tuple[str, int, str]]:
        """File, line and text of each value."""
        if name in self._memory:
            for number, value in enumerate(self._memory[name], 1):
                yield "", number, value if isinstance(value, str) else text_of(value)
        elif name in self._exported:
            for file in self._exported[name]:
                for number, item in enumerate(_exported(file), 1):
                    if item is not None and item[0] == name:
                        yield label(file), number, item[1]
        else:
            file = self._files[name]
            for number, value in _plain_values(file):
                yield label(file), number, value


def _unreadable(path: Path, error: Exception) -> Diagnostic:
    why = (error.strerror if isinstance(error, OSError) else "") or str(error)
    return Diagnostic("EXC001", f"cannot read {label(path)}: {why}", file=label(path))


def _exported(file: Path) -> Iterator[tuple[str, str] | None]:
    """List id and value of each line of exported items; None for a line that is none."""
    with file.open("rb") as stream:
        for line in stream:
            item = None
            if line.lstrip().startswith(b"{"):
                try:
                    item = orjson.loads(line)
                except orjson.JSONDecodeError:
                    item = None
            match item:
                case {"list_id": str(name), "value": str() | int() | float() as value}:
                    yield name, text_of(value)
                case _:
                    yield None


def _plain_values(file: Path) -> Iterator[tuple[int, str]]:
    """Line and value of a text or CSV file; empty lines are none."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        if file.suffix.lower() != ".csv":
            for number, line in enumerate(stream, 1):
                if value := line.strip():
                    yield number, value
            return
        rows, column = csv.reader(stream), 0
        for number, row in enumerate(rows, 1):
            names = [cell.strip().casefold() for cell in row]
            if number == 1 and "value" in names:
                column = names.index("value")
            elif len(row) > column and (value := row[column].strip()):
                yield rows.line_num, value


class _Reader:
    """Reads the values of one list."""

    def __init__(self, name: str, holds: Holds, folded: bool) -> None:
        self._name = name
        self._holds = holds
        self._folded = folded
        self._patterns: dict[str, None] = {}
        self._broken: list[Diagnostic] = []
        self._more = 0

    def listing(self, values: Iterator[tuple[str, int, str]]) -> Listing:
        """The list's values."""
        few: list[str] = []
        if self._holds is Holds.TEXT:
            texts = self._texts(values)
            few = list(islice(texts, MOST_LEAVES + 1))
            table = None
            if len(few) > MOST_LEAVES:
                table = text_table(chain(few, texts), folded=self._folded)
                few = []
            return Listing(self._holds, tuple(few), tuple(self._patterns), table)
        blocks: list[str] = []
        ranges = self._ranges(values, blocks)
        some = list(islice(ranges, MOST_LEAVES + 1))
        if self._holds is Holds.IP and len(some) == len(blocks) <= MOST_LEAVES:
            return Listing(self._holds, tuple(blocks))
        return Listing(self._holds, table=range_table(self._holds, chain(some, ranges)))

    def told(self) -> Iterator[Diagnostic]:
        """What was wrong with lines."""
        yield from self._broken
        if self._more:
            message = f"{self._more} more lines of the value list `{self._name}` cannot be read"
            yield dataclasses.replace(self._broken[0], message=message)

    def _texts(self, values: Iterator[tuple[str, int, str]]) -> Iterator[str]:
        """The values without wildcards; patterns are put aside."""
        for _, _, value in values:
            if _PATTERN.match(value):
                self._patterns[value.replace("\\", "\\\\")] = None
            else:
                yield value

    def _ranges(
        self, values: Iterator[tuple[str, int, str]], blocks: list[str]
    ) -> Iterator[tuple[float, float]]:
        """First and last of each value; the first values that are blocks go to ``blocks`` too."""
        for file, line, value in values:
            found = _range_of(self._holds, value)
            if found is None or found[0] > found[1]:
                self._refuse(file, line, value)
                continue
            if len(blocks) <= MOST_LEAVES and parse_block(value) is not None:
                blocks.append(value)
            yield found

    def _refuse(self, file: str, line: int, value: str) -> None:
        if len(self._broken) >= MOST_TOLD:
            self._more += 1
            return
        where = f"{file}:{line}" if file else f"value {line}"
        kind = {Holds.IP: "address or block", Holds.NUMBER: "number"}.get(self._holds, "time")
        message = f"{where}: `{shown(value)}` is no {kind} (value list `{self._name}`)"
        hint = {
            Holds.IP: "write 10.0.0.1, 10.0.0.0/8 or 10.0.0.1-10.0.0.9",
            Holds.NUMBER: "write 443 or 1-1024",
        }.get(self._holds, "write 2026-08-01 or 2026-08-01T12:00:00Z")
        self._broken.append(Diagnostic("EXC021", message, Severity.WARNING, hint=hint, file=file))


def _range_of(holds: Holds, value: str) -> tuple[float, float] | None:
    """First and last of what a value stands for."""
    if holds is Holds.IP:
        return address_range(value)
    if holds is Holds.TIME:
        first, comma, last = value.partition(",")
        ends = parse_time(first.strip()), parse_time((last if comma else first).strip())
        return None if None in ends else (ends[0] or 0, ends[1] or 0)
    number = number_of(value)
    if number is not None:
        return number, number
    found = _NUMBERS.fullmatch(value)
    low, high = map(number_of, found.groups()) if found else (None, None)
    return None if low is None or high is None else (low, high)


def address_range(value: str) -> tuple[int, int] | None:
    """First and last address of ``10.0.0.1``, ``10.0.0.0/8`` or ``10.0.0.1-10.0.0.9``."""
    try:  # most are such, and this is five times as quick
        single = _MAPPED | int.from_bytes(socket.inet_pton(socket.AF_INET, value), "big")
    except (OSError, ValueError):
        block = parse_block(value)
    else:
        return single, single
    if block is not None:
        return block
    first, dash, last = value.partition("-")
    ends = parse_ip(first.strip()), parse_ip(last.strip())
    if not dash or ends[0] is None or ends[1] is None or ends[0] > ends[1]:
        return None
    return ends[0], ends[1]
