"""The ATT&CK matrix of a running engine: by rules, by rules that can fire, or by alerts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tocsin.rules.rule import Rule
from tocsin.web.address import QuestionError, query_string
from tocsin.web.matrix import HEATS, matrix, navigator
from tocsin.web.matrix import Column as StaticColumn
from tocsin.web.rule_list import RuleRow
from tocsin.web.shelf import Shelf

BY: Final = ("rules", "ready", "alerts")
ABOUT: Final = {
    "rules": "Rules that run, for each technique",
    "ready": "Rules that can fire on the data seen, for each technique",
    "alerts": "Alerts of the last 30 days, for each technique",
}
_STEPS: Final = {"rules": HEATS, "ready": HEATS, "alerts": (1, 5, 25, 100, 500)}
"""The fewest of each shade, from the first that has one."""

_ONE = ("by", "system", "source")
_LONGEST = 200
_MOST_KEPT = 100


@dataclass(frozen=True, slots=True)
class MatrixAsked:
    """What an address asks for: the colours, and of which systems and sources the rules are."""

    by: str = "rules"
    system: str = ""
    source: str = ""

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]]) -> MatrixAsked:
        """The question of these parameters. Raises QuestionError."""
        given = {name: text.strip() for name, text in parameters if name in _ONE and text.strip()}
        if any(len(text) > _LONGEST for text in given.values()):
            raise QuestionError("the address asks for too much at a time")
        if given.get("by", "rules") not in BY:
            raise QuestionError(f"by is one of {', '.join(BY)}")
        return cls(**given)

    def changed(self, **values: str) -> str:
        """The query string with other values."""
        told = {name: getattr(self, name) for name in _ONE} | values
        return query_string((name, told[name]) for name in _ONE if told[name])

    def takes(self, row: RuleRow) -> bool:
        """Whether a rule is meant."""
        return (not self.system or self.system in row.systems) and (
            not self.source or self.source in row.sources
        )


class Cell(NamedTuple):
    """A technique: how many ``rules``, how many ``ready`` ones and ``alerts``; its shade."""

    id: str
    name: str
    rules: int
    ready: int | None
    alerts: int | None
    heat: int
    link: str

    def shown(self, by: str) -> str:
        """What stands in it."""
        if by == "ready":
            return "…" if self.ready is None else f"{self.ready}/{self.rules}"
        if by == "alerts":
            return "…" if self.alerts is None else f"{self.alerts:,}"
        return f"{self.rules:,}"

    def told(self, by: str) -> str:
        """The same in words."""
        rules = f"{self.rules:,} rule{'' if self.rules == 1 else 's'}"
        if by == "ready" and self.ready is not None:
            return f"{self.ready:,} of {rules} can fire"
        if by == "alerts" and self.alerts is not None:
            return f"{self.alerts:,} alert{'' if self.alerts == 1 else 's'} of {rules}"
        return rules


class Column(NamedTuple):
    """A tactic with its techniques; ``covered``: those that are shaded."""

    id: str
    name: str
    rules: int
    cells: tuple[Cell, ...]
    covered: int


@dataclass(frozen=True, slots=True)
class LiveMatrix:
    """What the page shows. ``shades``: the numbers of each shade, in words."""

    asked: MatrixAsked
    columns: tuple[Column, ...]
    shades: tuple[str, ...]
    rules: int
    systems: tuple[str, ...]
    sources: tuple[str, ...]


def _columns(shelf: Shelf, asked: MatrixAsked) -> tuple[Sequence[StaticColumn], int]:
    """The columns of the rules that run and are meant, and how many rules these are."""
    key = "matrix", asked.system, asked.source
    found: tuple[Sequence[StaticColumn], int] | None = shelf.kept.get(key)
    if found is None:
        if len(shelf.kept) >= _MOST_KEPT:
            shelf.kept.clear()
        rules = _rules(shelf, asked)
        found = shelf.kept[key] = matrix(rules), len(rules)
    return found


def live_matrix(
    shelf: Shelf,
    asked: MatrixAsked,
    ready: AbstractSet[str] | None,
    alerts: Mapping[str, int] | None,
    since: str,
) -> LiveMatrix:
    """Put it together.

    Parameters
    ----------
    ready
        Ids of the rules that can fire on the data seen; None while nobody knows.
    alerts
        By rule id, of the last 30 days; None while they are counted.
    since
        The first of these days.
    """
    running = [row for row in shelf.rows if row.id in shelf.needs]
    columns = []
    found, number = _columns(shelf, asked)
    for column in found:
        cells = tuple(
            _cell(cell.id, cell.name, cell.rules, asked, ready, alerts, since)
            for cell in column.cells
        )
        covered = sum(cell.heat > 0 for cell in cells)
        columns.append(Column(column.id, column.name, len(column.rules), cells, covered))
    steps = _STEPS[asked.by]
    shades = [
        f"{least} to {after - 1}" if after > least + 1 else str(least)
        for least, after in itertools.pairwise(steps)
    ]
    return LiveMatrix(
        asked,
        tuple(columns),
        (*shades, f"{steps[-1]} or more"),
        number,
        tuple(sorted({name for row in running for name in row.systems})),
        tuple(sorted({name for row in running for name in row.sources})),
    )


def layer(
    shelf: Shelf,
    asked: MatrixAsked,
    ready: AbstractSet[str] | None,
    alerts: Mapping[str, int] | None,
) -> dict[str, Any]:
    """The same for ATT&CK Navigator."""
    chosen = f" ({', '.join(filter(None, (asked.system, asked.source)))})"
    name = f"Tocsin: {asked.by}{chosen if asked.system or asked.source else ''}"

    def score(rules: AbstractSet[str]) -> int:
        return _number(rules, asked.by, ready, alerts) or 0

    return navigator(_rules(shelf, asked), name, score, ABOUT[asked.by])


def as_json(found: LiveMatrix) -> dict[str, Any]:
    """The same for programs."""
    return {
        "by": found.asked.by,
        "rules": found.rules,
        "tactics": [
            {
                "id": column.id,
                "name": column.name,
                "rules": column.rules,
                "techniques": [
                    {name: getattr(cell, name) for name in ("id", "name", *BY)}
                    for cell in column.cells
                ],
            }
            for column in found.columns
        ],
    }


def _rules(shelf: Shelf, asked: MatrixAsked) -> Sequence[Rule]:
    """The rules that run and are meant."""
    wanted = (row.id for row in shelf.rows if row.id in shelf.needs and asked.takes(row))
    return [shelf.library.by_id[name] for name in wanted]


def _number(
    rules: AbstractSet[str],
    by: str,
    ready: AbstractSet[str] | None,
    alerts: Mapping[str, int] | None,
) -> int | None:
    """What a technique with these rules is coloured by; None: not known yet."""
    if by == "ready":
        return None if ready is None else len(rules & ready)
    if by == "alerts":
        return None if alerts is None else sum(alerts.get(rule, 0) for rule in rules)
    return len(rules)


def _cell(
    technique: str,
    name: str,
    rules: AbstractSet[str],
    asked: MatrixAsked,
    ready: AbstractSet[str] | None,
    alerts: Mapping[str, int] | None,
    since: str,
) -> Cell:
    number = _number(rules, asked.by, ready, alerts) or 0
    return Cell(
        technique,
        name,
        len(rules),
        _number(rules, "ready", ready, alerts),
        _number(rules, "alerts", ready, alerts),
        sum(number >= least for least in _STEPS[asked.by]),
        _link(technique, asked, since) if rules else "",
    )


def _link(technique: str, asked: MatrixAsked, since: str) -> str:
    """Where a technique leads."""
    if asked.by == "alerts":
        wanted = [("status", "any"), ("blocks", "1"), ("technique", f"{technique}*")]
        return f"/alerts{query_string([*wanted, ('since', since)])}"
    more = [("data", "ready")] if asked.by == "ready" else []
    more += [(name, getattr(asked, name)) for name in ("system", "source") if getattr(asked, name)]
    return f"/rules{query_string([('technique', technique), *more])}"
