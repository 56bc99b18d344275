"""The ATT&CK matrix of a rule set, techniques by number of rules; also for Navigator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from tocsin.rules.rule import Rule
from tocsin.schema.attack import release, tactics, techniques
from tocsin.web.groups import mapped
from tocsin.web.names import is_attack_id

ORDER = (
    *("TA0043", "TA0042", "TA0001", "TA0002", "TA0003", "TA0004", "TA0005", "TA0006"),
    *("TA0007", "TA0008", "TA0009", "TA0011", "TA0010", "TA0040"),
)
"""Tactics as the matrix has them, in the order of an attack."""

HEATS = (1, 2, 5, 10, 25)
"""The fewest rules of each shade, from the first that has one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A technique under a tactic; ``rules``: ids of those mapped to it or to a part of it."""

    id: str
    name: str
    rules: frozenset[str]

    @property
    def heat(self) -> int:
        """Its shade, 0 to 5."""
        return sum(len(self.rules) >= least for least in HEATS)


@dataclass(frozen=True, slots=True)
class Column:
    """A tactic with its techniques by name; ``rules``: ids of all that are mapped to it."""

    id: str
    name: str
    rules: frozenset[str]
    cells: tuple[Cell, ...]

    @property
    def covered(self) -> int:
        """Techniques with at least one rule."""
        return sum(bool(cell.rules) for cell in self.cells)


def matrix(rules: Iterable[Rule]) -> Sequence[Column]:
    """The matrix; tactics and techniques that only rules know stand at the end."""
    by_tactic: dict[str, set[str]] = {}
    by_cell: dict[tuple[str, str], set[str]] = {}
    names: dict[str, str] = {}
    for rule in rules:
        for threat in rule.threat:
            if is_attack_id(threat.tactic_id):
                by_tactic.setdefault(threat.tactic_id, set()).add(rule.id)
                names.setdefault(threat.tactic_id, threat.tactic)
        for tactic, technique in mapped(rule):
            if is_attack_id(tactic) and is_attack_id(technique.id):
                main = technique.id.partition(".")[0]
                by_cell.setdefault((tactic, main), set()).add(rule.id)
                if main == technique.id:
                    names.setdefault(main, technique.name)
    others = sorted(by_tactic.keys() - set(ORDER))
    return tuple(_column(tactic, by_tactic, by_cell, names) for tactic in (*ORDER, *others))


def _column(
    tactic: str,
    by_tactic: dict[str, set[str]],
    by_cell: dict[tuple[str, str], set[str]],
    names: dict[str, str],
) -> Column:
    known = techniques()
    here = {key for key, row in known.items() if tactic in row.tactics and "." not in key}
    here |= {technique for owner, technique in by_cell if owner == tactic}
    cells = [
        Cell(
            key,
            known[key].name if key in known else names.get(key, key),
            frozenset(by_cell.get((tactic, key), ())),
        )
        for key in here
    ]
    cells.sort(key=lambda cell: (cell.name.casefold(), cell.id))
    row = tactics().get(tactic)
    name = row.name if row is not None else names[tactic]
    return Column(tactic, name, frozenset(by_tactic.get(tactic, ())), tuple(cells))


def as_data(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The matrix for programs."""
    return [
        {
            "id": column.id,
            "name": column.name,
            "rules": len(column.rules),
            "techniques": [
                {"id": cell.id, "name": cell.name, "rules": sorted(cell.rules)}
                for cell in column.cells
            ],
        }
        for column in columns
    ]


def navigator(
    rules: Sequence[Rule],
    name: str,
    score: Callable[[AbstractSet[str]], int] = len,
    about: str = "Rules for each technique",
) -> dict[str, Any]:
    """A layer for MITRE's ATT&CK Navigator.

    Parameters
    ----------
    score
        That of a technique, given the ids of its rules: their number, if nothing is said.
    about
        What the score is.
    """
    scores: dict[tuple[str, str], set[str]] = {}
    for rule in rules:
        for tactic, technique in mapped(rule):
            if is_attack_id(tactic) and is_attack_id(technique.id):
                scores.setdefault((technique.id, tactic), set()).add(rule.id)
    most = max((score(found) for found in scores.values()), default=1) or 1
    return {
        "name": name,
        "versions": {"attack": release().partition(".")[0], "navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": f"{about}, of {len(rules):,}; written by Tocsin",
        "techniques": [
            {
                "techniqueID": technique,
                "tactic": _short(tactic),
                "score": score(found),
                "enabled": True,
                "showSubtechniques": False,
            }
            for (technique, tactic), found in sorted(scores.items())
            if tactic in tactics()
        ],
        "gradient": {"colors": ["#e8f1fb", "#0a58a8"], "minValue": 0, "maxValue": most},
    }


def _short(tactic: str) -> str:
    """A tactic as Navigator calls it: ``privilege-escalation``."""
    return tactics()[tactic].name.lower().replace(" ", "-")
