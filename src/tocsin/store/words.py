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
from itertools import islice
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
        found.update(_repeated(text) if len(text) <= _SHORT else _words(text[:room]))
        room -= len(text)
        if room <= 0 or len(found) > MOST_WORDS:
            break
    return tuple(found)[:MOST_WORDS]


def _words(text: str) -> dict[str, None]:
    if text.isascii() and text.isalnum():
        return {text[:_LONGEST].lower(): None}
    found: dict[str, None] = {}
    for atom in atoms(text):
        found[atom] = None
        if not atom.isalnum():
            found.update(_tails(atom))
    return found


_repeated = lru_cache(maxsize=1 << 14)(_words)
"""Of short texts, which stand in many alerts."""


def atoms(text: str) -> list[str]:
    """The atoms of a text or a question, without case."""
    plain = text.lower() if text.isascii() else fit(text, len(text)).casefold()
    found = (atom.strip(_EDGE)[:_LONGEST].rstrip(_EDGE) for atom in _ATOM.findall(plain))
    return [atom for atom in found if atom]


def _tails(atom: str) -> dict[str, None]:
    """What follows the first edges of an atom."""
    edges = islice(_TAIL.finditer(atom), _TAILS)
    return {atom[edge.end() :]: None for edge in edges}


def _texts(rule_name: str, document: dict[str, Any]) -> Iterator[str]:
    """The texts of an alert: what it is first, then its events."""
    yield rule_name
    reason = document.get("kibana.alert.reason")
    if isinstance(reason, str):
        yield reason
    pending: list[Any] = [document[name] for name in _NESTED if name in document]
    pending += [value for name, value in document.items() if not name.startswith(_OURS)]
    pending.reverse()
    while pending:
        node = pending.pop()
        kind = node.__class__  # parsed JSON has no other classes
        if kind is str:
            if not _TIME.match(node):
                yield node
        elif kind is dict:
            pending += [value for name, value in node.items() if not name.startswith(_OURS)]
        elif kind is list:
            pending += reversed(node)
        elif kind is int:
            yield str(node)
