r"""Wildcard patterns as `Text` leaves hold them: ``*`` any run, ``?`` one character, ``\`` escapes.

Matching never backtracks into an earlier ``*``: the pieces between stars are looked for from left
to right, each at its first place, so that the time is bounded by text times pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

Fold: TypeAlias = Callable[[str], str]
"""Makes texts equal that differ in case only, character by character."""

_SPECIAL = re.compile(r"[\\*?]")
_NORMAL = re.compile(r"(?:[^\\*?]++|\\[\\*?]|\?|\*(?![*?]))*")
_UPPER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def fold_ascii(text: str) -> str:
    """The text with ASCII letters in lower case and all others as they are."""
    return text.lower() if text.isascii() else text.translate(_UPPER)


def fold_unicode(text: str) -> str:
    """Case folded as Java's ``equalsIgnoreCase`` does, one character for one."""
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


def _fold_character(char: str) -> str:
    if char == "İ":  # Java's own lower case of it; Python's has two characters
        return "i"
    upper = char.upper()
    lower = (upper if len(upper) == 1 else char).lower()
    return lower if len(lower) == 1 else char


def escaped(text: str) -> str:
    r"""The pattern that matches exactly this text: ``a*`` becomes ``a\*``."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def from_like(pattern: str) -> str:
    r"""The pattern that an EQL ``:`` or ``like`` pattern means, in which ``\`` is plain."""
    return pattern.replace("\\", "\\\\")


def symbols(pattern: str) -> Iterator[tuple[str, bool]]:
    r"""Each character of a pattern, and whether it is a wildcard; a last lone ``\`` is plain."""
    plain = False
    for char in pattern:
        if plain:
            yield char, False
            plain = False
        elif char == "\\":
            plain = True
        else:
            yield char, char in "*?"
    if plain:
        yield "\\", False


def normal(pattern: str) -> str:
    r"""The same pattern in its one normal form.

    No needless escapes, ``?`` before ``*`` in a run of wildcards, never two stars together:
    ``\a*?*`` becomes ``a?*``.
    """
    if _NORMAL.fullmatch(pattern):
        return pattern
    parts: list[str] = []
    run = ""
    for char, wild in symbols(pattern):
        if wild:
            run += char
            continue
        parts += (_run(run), escaped(char))
        run = ""
    return "".join([*parts, _run(run)])


def _run(wild: str) -> str:
    return "?" * wild.count("?") + "*" * ("*" in wild)


def plain_text(pattern: str) -> str | None:
    """The one text that the pattern matches, or None if it has wildcards."""
    starred = _starred(pattern)
    if starred is not None:
        return None if "*" in starred else starred
    found = list(symbols(pattern))
    return None if any(wild for _, wild in found) else "".join(char for char, _ in found)


def _starred(pattern: str) -> str | None:
    r"""The pattern without its escapes, if it escapes only ``\` and has no ``?``; else None."""
    if "?" in pattern:
        return None
    if "\\" not in pattern:
        return pattern
    return None if "\\" in pattern.replace("\\\\", "") else pattern.replace("\\\\", "\\")


class Wildcard:
    """One pattern with wildcards, made ready; it compares characters as they are."""

    __slots__ = ("_first", "_last", "_least", "_middle", "_whole")

    def __init__(self, pattern: str) -> None:
        starred = _starred(pattern)
        made = [*_pieces(pattern)] if starred is None else [*map(_Piece, starred.split("*"))]
        self._whole = made[0] if len(made) == 1 else None
        self._first, self._last = made[0], made[-1]
        self._middle = [piece for piece in made[1:-1] if piece.length]
        self._least = sum(piece.length for piece in made)

    def matches(self, text: str) -> bool:
        """Whether the pattern matches the text as a whole."""
        if self._whole is not None:
            return len(text) == self._whole.length and self._whole.at(text, 0)
        if len(text) < self._least:
            return False
        end = len(text) - self._last.length
        if not self._first.at(text, 0) or not self._last.at(text, end):
            return False
        place = self._first.length
        for piece in self._middle:
            place = piece.find(text, place, end)
            if place < 0:
                return False
            place += piece.length
        return True


def _pieces(pattern: str) -> Iterator[_Piece]:
    """What stands between the stars of any pattern."""
    piece: list[tuple[str, bool]] = []
    for char, wild in (*symbols(pattern), ("*", True)):
        if char != "*" or not wild:
            piece.append((char, wild))
            continue
        source = None
        if any(wild for _, wild in piece):
            # a fixed number of characters: nothing for the engine to backtrack into
            source = "".join("." if wild else re.escape(char) for char, wild in piece)
        yield _Piece("".join(char for char, _ in piece), source)
        piece = []


class _Piece:
    """What stands between two stars: characters, some of which may be any."""

    __slots__ = ("_pattern", "_text", "length")

    def __init__(self, text: str, source: str | None = None) -> None:
        self.length = len(text)
        self._text = text
        self._pattern = None if source is None else re.compile(source, re.DOTALL)

    def at(self, text: str, place: int) -> bool:
        """Whether the piece stands at this place."""
        if self._pattern is None:
            return text.startswith(self._text, place)
        return self._pattern.match(text, place) is not None

    def find(self, text: str, place: int, end: int) -> int:
        """The first place of the piece in ``text[place:end]``, or -1."""
        if self._pattern is None:
            return text.find(self._text, place, end)
        found = self._pattern.search(text, place, end)
        return -1 if found is None else found.start()


class Patterns:
    """Several patterns, made ready: does any match? Exact ones are looked up, not tried in turn."""

    __slots__ = ("_exact", "_fold", "_wild")

    def __init__(self, patterns: Iterable[str], fold: Fold | None = None) -> None:
        exact: set[str] = set()
        wild: list[Wildcard] = []
        for pattern in patterns:
            folded = pattern if fold is None else fold(pattern)
            text = plain_text(folded)
            if text is None:
                wild.append(Wildcard(folded))
            else:
                exact.add(text)
        self._exact = frozenset(exact)
        self._wild = tuple(wild)
        self._fold = fold

    def matches(self, text: str) -> bool:
        """Whether some pattern matches the text as a whole."""
        if self._fold is not None:
            text = self._fold(text)
        return text in self._exact or any(pattern.matches(text) for pattern in self._wild)
