"""The words of an alert, for full-text search; the same in both databases.

A run of letters, digits and ``. : @ - _`` is an atom, such as an address, a host's name or a hash.
An alert has the atoms of its rule's name, its reason, and every text and whole number of its
events, without case, and each atom also from its later parts on: ``web-1.example.com`` is also
found by ``example.com``. An alert has all the atoms of a question at the beginning of some word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tocsin.store.text import fit

MOST_WORDS = 1000
"""Words of one alert; more are not found by searching."""
_MOST_TEXT = 1 << 16
_LONGEST = 64
_SHORT = 128
_TAILS = 8
_ATOM = re.compile(r"[\w.:@-]+")
_EDGE = ".:@-_"
_TAIL = re.compile(r"[.:@_-]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")
_OURS = ("kibana.", "tocsin.", "signal.")
_NESTED = ("tocsin.building_blocks", "tocsin.sample")
"""Where alerts of many events have them."""


def words_of(rule_name: str, document: dict[str, Any]) -> tuple[str, ...]:
    """The words that an alert is found by."""
    found: dict[str, None] = {}
    room = _MOST_TEXT
    for text in _texts(rule_name, document):
        words = _repeated(text) if len(text) <= _SHORT else _words(text[:room])
        found.update(dict.fromkeys(words))
        room -= len(text)
        if room <= 0 or len(found) > MOST_WORDS:
            break
    return tuple(found)[:MOST_WORDS]


def _words(text: str) -> tuple[str, ...]:
    return tuple(tail for atom in atoms(text) for tail in _tails(atom))


_repeated = lru_cache(maxsize=1 << 14)(_words)
"""Of short texts, which stand in many alerts."""


def atoms(text: str) -> list[str]:
    """The atoms of a text or a question, without case."""
    plain = fit(text, len(text)).casefold()
    found = (atom.strip(_EDGE)[:_LONGEST].rstrip(_EDGE) for atom in _ATOM.findall(plain))
    return [atom for atom in found if atom]


def _tails(atom: str) -> Iterator[str]:
    yield atom
    for count, edge in enumerate(_TAIL.finditer(atom)):
        if count == _TAILS:
            break
        yield atom[edge.end() :]


def _texts(rule_name: str, document: dict[str, Any]) -> Iterator[str]:
    """The texts of an alert: what it is first, then its events."""
    yield rule_name
    reason = document.get("kibana.alert.reason")
    if isinstance(reason, str):
        yield reason
    pending: list[object] = [document[name] for name in _NESTED if name in document]
    pending += [value for name, value in document.items() if not name.startswith(_OURS)]
    pending.reverse()
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            pending += [value for name, value in node.items() if not str(name).startswith(_OURS)]
        elif isinstance(node, list):
            pending += reversed(node)
        elif isinstance(node, str):
            if not _TIME.match(node):
                yield node
        elif isinstance(node, int) and not isinstance(node, bool):
            yield str(node)
