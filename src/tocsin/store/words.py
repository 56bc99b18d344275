"""The words of an alert, for full-text search; the same in both databases.

A run of letters, digits and ``. : @ - _`` is an atom, such as an address, a host's name or a hash.
An alert has the atoms of its rule's name, its reason, and every text and whole number of its
events, without case, and each atom also from its later parts on: ``web-1.example.com`` is also
found by ``example.com``. An alert has all the atoms of a question at the beginning of some word.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import Any

from tocsin.store.text import fit

MOST_WORDS = 1000
"""Words of one alert; more are not found by searching."""
_MANY = 2 * MOST_WORDS
_MOST_TEXTS = 1 << 16
_MOST_TEXT = 1 << 16
_LONGEST = 64
_SHORT = 128
_TAILS = 8
_ATOM = re.compile(r"[\w.:@-]+")
_APART = bytes(
    ord(chr(byte).lower()) if byte < 0x80 and _ATOM.match(chr(byte)) else ord(" ")
    for byte in range(256)
)
"""For each byte of ASCII what stands in atoms for it; a space between them."""
_EDGE = ".:@-_"
_TAIL = re.compile(r"[.:@_-]+")
_DAY = len("2026-08-01")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")
_OURS = ("kibana.", "tocsin.", "signal.")
_NESTED = ("tocsin.building_blocks", "tocsin.sample")
"""Where alerts of many events have them."""


def words_of(rule_name: str, document: dict[str, Any]) -> tuple[str, ...]:
    """The words that an alert is found by."""
    texts = dict.fromkeys(_texts(rule_name, document))
    whole = "\n".join(texts)
    if len(whole) <= _MOST_TEXT and whole.isascii():
        return _plain(whole)
    found: list[str] = []
    room = _MOST_TEXT
    for text in texts:
        found += _repeated(text) if len(text) <= _SHORT else _words(text[:room])
        room -= len(text)
        if len(found) > _MANY:
            found = list(dict.fromkeys(found))
        if room <= 0 or len(found) > _MANY:
            break
    return tuple(dict.fromkeys(found))[:MOST_WORDS]


def words_in(rule_name: str, document: dict[str, Any], content: bytes) -> str:
    """The same, spaces between them, of a document as it was parsed from these bytes."""
    from tocsin.store.word_kernel import found_words  # noqa: PLC0415 - who only reads goes without

    reason = document.get("kibana.alert.reason")
    head = f"{rule_name}\n{reason}" if isinstance(reason, str) else rule_name
    found = None
    if document and head.isascii():
        found = found_words(head.encode(), content, MOST_WORDS, _MOST_TEXT)
    return " ".join(words_of(rule_name, document)) if found is None else found


def _plain(text: str) -> tuple[str, ...]:
    """The words of a text in ASCII."""
    found: list[str] = []
    for atom in dict.fromkeys(text.encode("ascii").translate(_APART).decode("ascii").split()):
        if len(atom) <= _LONGEST and atom.isalnum():
            found.append(atom)
        else:
            found += _repeated(atom) if len(atom) <= _SHORT else _words(atom)
    return tuple(dict.fromkeys(found))[:MOST_WORDS]


def _words(text: str) -> tuple[str, ...]:
    if text.isalnum() and text.isascii():
        return (text[:_LONGEST].lower(),)
    found: list[str] = []
    for atom in atoms(text):
        found.append(atom)
        if not atom.isalnum():
            found += _tails(atom)
    return tuple(found)


_repeated = lru_cache(maxsize=1 << 14)(_words)
"""Of short texts and atoms, which stand in many alerts."""


def atoms(text: str) -> list[str]:
    """The atoms of a text or a question, without case."""
    plain = text.lower() if text.isascii() else fit(text, len(text)).casefold()
    found = (
        atom
        if len(atom) <= _LONGEST and atom.isalnum()
        else atom.strip(_EDGE)[:_LONGEST].rstrip(_EDGE)
        for atom in _ATOM.findall(plain)
    )
    return [atom for atom in found if atom]


@lru_cache(maxsize=1 << 14)
def _tails(atom: str) -> tuple[str, ...]:
    """What follows the first edges of an atom."""
    edges = islice(_TAIL.finditer(atom), _TAILS)
    return tuple(atom[edge.end() :] for edge in edges)


def _texts(rule_name: str, document: dict[str, Any]) -> list[str]:
    """The texts of an alert: what it is first, then its events."""
    found = [rule_name]
    reason = document.get("kibana.alert.reason")
    if isinstance(reason, str):
        found.append(reason)
    pending: list[Any] = [document[name] for name in _NESTED if name in document]
    pending += [value for name, value in document.items() if not name.startswith(_OURS)]
    pending.reverse()
    while pending and len(found) < _MOST_TEXTS:
        node = pending.pop()
        kind = node.__class__  # parsed JSON has no other classes
        if kind is str:
            if len(node) <= _DAY or node[_DAY] != "T" or not _TIME.match(node):
                found.append(node)
        elif kind is dict:
            inner = reversed(node.items())
            pending += [value for name, value in inner if not name.startswith(_OURS)]
        elif kind is list:
            pending += reversed(node)
        elif kind is int:
            found.append(str(node))
    return found
