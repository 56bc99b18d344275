"""MITRE ATT&CK as data: tactics and techniques by id, and which technique belongs to which tactic.

    tactics()["TA0002"].name                    Execution
    techniques()["T1059.004"].tactics           frozenset({"TA0002"})

The rows come from ``attack.tsv``, which ``tools/make_attack.py`` writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

_RELEASE = "# Release "
_SITE = "https://attack.mitre.org"


@dataclass(frozen=True, slots=True)
class Entry:
    """A tactic or a technique; ``names`` has the present one first, then those of other releases.

    ``tactics`` are the ids of a technique's tactics, empty for a tactic.
    """

    id: str
    names: tuple[str, ...]
    tactics: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What it is called."""
        return self.names[0]

    @property
    def reference(self) -> str:
        """Its page."""
        kind = "techniques" if self.tactics else "tactics"
        return f"{_SITE}/{kind}/{self.id.replace('.', '/')}/"


def tactics() -> Mapping[str, Entry]:
    """All tactics by id."""
    return _table()[0]


def techniques() -> Mapping[str, Entry]:
    """All techniques and sub-techniques by id."""
    return _table()[1]


@lru_cache(maxsize=1)
def release() -> str:
    """The release of ATT&CK whose rows these are: ``17.0``."""
    for line in _text().splitlines():
        if line.startswith(_RELEASE):
            return line.removeprefix(_RELEASE)
    raise LookupError("attack.tsv does not say of which release it is")


def _text() -> str:
    return Path(__file__).with_name("attack.tsv").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _table() -> tuple[Mapping[str, Entry], Mapping[str, Entry]]:
    known: tuple[dict[str, Entry], dict[str, Entry]] = ({}, {})
    for line in _text().splitlines():
        if line.startswith("#"):
            continue
        name, title, *more = line.split("\t")
        belongs = frozenset(more[0].split()) if more else frozenset()
        entry = Entry(name, (title, *more[1:]), belongs)
        known[bool(belongs)][name] = entry
    return MappingProxyType(known[0]), MappingProxyType(known[1])
