"""Where the characters of a query stand in a text that writes them with escapes, TOML or JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from tocsin.rules.json_layout import is_object, nearest

_QUERY = re.compile(
    r"""^[ \t]*+(?:rule[ \t]*+\.[ \t]*+)?["']?query["']?[ \t]*+=[ \t]*+(\"{3}\n?|")""",
    re.MULTILINE,
)
_ESCAPE = re.compile(
    r"""\\(?:(?P<short>[btnfre"\\])|(?:u(?P<four>[0-9a-fA-F]{4})|U(?P<eight>[0-9a-fA-F]{8})"""
    r"""|x(?P<two>[0-9a-fA-F]{2}))|(?P<fold>[ \t]*+\n[ \t\n]*+))"""
)
_SHORT = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}
_PIECE = re.compile(
    r"""\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]""",
    re.DOTALL,
)
"""What stands for one character in a string of JSON."""


@lru_cache(maxsize=2)
def offsets(text: str, query: str) -> Sequence[int]:
    """The offset in the text of each character of the query, and of its end; empty if it has none.

    ``text`` is a TOML file with line feeds only, or a JSON object; ``query`` what its ``query`` key
    says.
    """
    if is_object(text):
        return _in_json(text, query)
    for found in _QUERY.finditer(text):
        places = _followed(text, found.end(), query)
        if places and text.startswith(found.group(1).rstrip("\n"), places[-1]):
            return places
    return ()


def _in_json(text: str, query: str) -> Sequence[int]:
    found = nearest(text, ("query",))
    if found is None or text[found.value.start] != '"':
        return ()
    begin, end = found.value.start + 1, found.value.end - 1
    places = [begin + piece.start() for piece in _PIECE.finditer(text[begin:end])]
    return [*places, end] if len(places) == len(query) else ()


def _followed(text: str, at: int, query: str) -> list[int]:
    """The offsets, from the string that begins there; empty if the string goes otherwise."""
    places: list[int] = []
    while True:
        escape = _ESCAPE.match(text, at) if text.startswith("\\", at) else None
        if escape is not None and escape.group("fold") is not None:
            at = escape.end()
            continue
        places.append(at)
        if len(places) > len(query):
            return places
        wanted = query[len(places) - 1]
        if escape is None:
            if not text.startswith(wanted, at):
                return []
            at += 1
        elif _meant(escape) == wanted:
            at = escape.end()
        else:
            return []


def _meant(escape: re.Match[str]) -> str:
    """The character that an escape stands for; empty if there is none of this number."""
    short = escape.group("short")
    if short is not None:
        return _SHORT[short]
    number = int(escape.group("four") or escape.group("eight") or escape.group("two"), 16)
    return chr(number) if number < 0x110000 else ""
