r"""Lucene's dialect of regular expressions, compiled to automata: no pattern can make them slow.

    choice   = both { "|" both }
    both     = chain { "&" chain }
    chain    = repeated { repeated }            up to ")", "|", "&" or the end
    repeated = inverse { "?" | "*" | "+" | "{" INT [ "," [ INT ] ] "}" }
    inverse  = "~" inverse | class | single
    class    = "[" [ "^" ] member { member } "]"
    member   = named | "\" CHARACTER | CHARACTER [ "-" char ]
    single   = "." | "#" | "@" | '"' TEXT '"' | "(" [ choice ] ")" | "<" INT "-" INT ">"
             | named | char
    named    = "\d" | "\D" | "\s" | "\S" | "\w" | "\W"
    char     = [ "\" ] CHARACTER

A pattern describes the whole value. Where a ``char`` must stand, any character is one: ``*`` first
in a group is a star, ``^`` and ``$`` are themselves. In a class, what a backslash makes plain
begins no range: ``[\.-9]`` are a point, a hyphen and a 9, as in Lucene 10. Not here: captures,
look-around, anchors, lazy quantifiers (``.*?`` is an optional ``.*``), named automata.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from tocsin.plan.automaton import Automaton
from tocsin.plan.language import (
    ANY,
    LAST_CODE_POINT,
    Both,
    Chain,
    Chars,
    Choice,
    Complement,
    Ranges,
    Repeat,
    Tree,
)
from tocsin.plan.letter_cases import forms_of
from tocsin.plan.positions import TooComplexError, automaton_of

MOST_NESTED: Final = 50
_LARGEST_COUNT: Final = 2**31 - 1

_DIGIT: Ranges = ((0x30, 0x39),)
_SPACE: Ranges = ((0x09, 0x0A), (0x0D, 0x0D), (0x20, 0x20))
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))


class RegexError(ValueError):
    """A pattern that cannot be used; ``offset`` is the place in it, in characters."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def compile_regex(pattern: str, fold: bool = False) -> Automaton:
    """Compile a pattern; raises `RegexError`.

    Parameters
    ----------
    fold
        As ``regex~``: single letters match all their cases, those in ranges (``[a-z]``) do not.
    """
    return _compiled(pattern, fold)  # by place, so that each way to call this finds the same entry


@lru_cache(maxsize=1024)
def _compiled(pattern: str, fold: bool, /) -> Automaton:
    tree = parse_regex(pattern, fold)
    try:
        return automaton_of(tree)
    except TooComplexError:
        raise RegexError("the pattern is too complex", 0) from None


def regex_error(pattern: str) -> str | None:
    """What is wrong with a pattern, or None."""
    try:
        compile_regex(pattern)
    except RegexError as error:
        return error.message
    return None


def parse_regex(pattern: str, fold: bool = False) -> Tree:
    """The tree of a pattern; raises `RegexError`."""
    return _Parser(pattern, fold).whole()


class _Parser:
    """One method for each line of the grammar."""

    def __init__(self, pattern: str, fold: bool) -> None:
        self._pattern = pattern
        self._fold = fold
        self._place = 0
        self._depth = 0

    def whole(self) -> Tree:
        """The pattern as a whole; the empty pattern matches the empty text."""
        if not self._pattern:
            return Chain(())
        tree = self._choice()
        if self._more():
            raise self._error("a `)` closes nothing")
        return tree

    def _choice(self) -> Tree:
        self._enter()
        parts = self._joined(self._both, "|")
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _both(self) -> Tree:
        parts = self._joined(self._chain, "&")
        tree = parts[0]
        for part in parts[1:]:
            tree = Both(tree, part)
        if len(parts) > MOST_NESTED:
            raise self._error("the pattern is too complex")
        return tree

    def _joined(self, term: Callable[[], Tree], mark: str) -> list[Tree]:
        parts = [term()]
        while self._take(mark):
            parts.append(term())
        return parts

    def _chain(self) -> Tree:
        parts = [self._repeated()]
        while self._more() and self._next_is_not(")|&"):
            parts.append(self._repeated())
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _repeated(self) -> Tree:
        tree = self._inverse()
        count = 0
        while self._more() and not self._next_is_not("?*+{"):
            count += 1
            if count > MOST_NESTED:
                raise self._error("too many quantifiers follow each other")
            if self._take("?"):
                tree = Repeat(tree, 0, 1)
            elif self._take("*"):
                tree = Repeat(tree, 0, None)
            elif self._take("+"):
                tree = Repeat(tree, 1, None)
            else:
                tree = self._counted(tree)
        return tree

    def _counted(self, tree: Tree) -> Tree:
        self._take("{")
        least = self._integer()
        if least is None:
            raise self._error("expected a number after `{`")
        most: int | None = least
        if self._take(","):
            most = self._integer()
        if not self._take("}"):
            raise self._error("expected `}`")
        if most is not None and least > most:
            raise self._error(f"{least} to {most} times runs backwards")
        return Repeat(tree, least, most)

    def _integer(self) -> int | None:
        start = self._place
        while self._more() and not self._next_is_not("0123456789"):
            self._place += 1
        return _count(self._pattern[start : self._place], start) if self._place > start else None

    def _inverse(self) -> Tree:
        if not self._take("~"):
            return self._class() if self._take("[") else self._single()
        self._enter()
        tree = Complement(self._inverse())
        self._depth -= 1
        return tree

    def _class(self) -> Tree:
        inverted = self._take("^")
        ranges = list(self._member())
        while self._more() and self._next_is_not("]"):
            ranges += self._member()
        if not self._take("]"):
            raise self._error("expected `]`")
        if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
            ranges = list(self._letter(ranges[0][0]))
        found = _merged(ranges)
        return Chars(_inverted(found) if inverted else found)

    def _member(self) -> Ranges:
        named = self._named()
        if named is not None:
            return named
        start = self._place
        escaped = self._take("\\")
        low = self._next()
        if escaped:
            return ((low, low),)
        if not self._take("-"):
            return self._letter(low)
        high = self._char()
        if low > high:
            raise RegexError(f"the range {chr(low)}-{chr(high)} runs backwards", start)
        return ((low, high),)

    def _single(self) -> Tree:
        if self._take("."):
            return ANY
        if self._take("#"):
            return Choice(())
        if self._take("@"):
            return Repeat(ANY, 0, None)
        if self._take('"'):
            text = self._until('"')
            return Chain(tuple(Chars(self._letter(ord(char))) for char in text))
        if self._take("("):
            return self._group()
        if self._take("<"):
            return self._interval()
        named = self._named()
        return Chars(self._letter(self._char()) if named is None else named)

    def _group(self) -> Tree:
        if self._take(")"):
            return Chain(())
        tree = self._choice()
        if not self._take(")"):
            raise self._error("expected `)`")
        return tree

    def _interval(self) -> Tree:
        start = self._place
        low_text, dash, high_text = self._until(">").partition("-")
        if not dash:
            raise RegexError("expected an interval of numbers, such as <1-99>", start)
        low, high = sorted((_count(low_text, start), _count(high_text, start)))
        digits = len(low_text) if len(low_text) == len(high_text) else 0
        return _numbers(low, high, digits)

    def _named(self) -> Ranges | None:
        r"""A named class; on any other ``\`` only that is taken, and what follows is plain."""
        if self._pattern[self._place : self._place + 1] != "\\":
            return None
        letter = self._pattern[self._place + 1 : self._place + 2]
        found = {"d": _DIGIT, "s": _SPACE, "w": _WORD}.get(letter.lower())
        if found is not None and letter.isascii():
            self._place += 2
            return _inverted(found) if letter.isupper() else found
        if letter.isascii() and letter.isalpha():
            raise self._error(f"`\\{letter}` means nothing here")
        return None

    def _char(self) -> int:
        self._take("\\")
        return self._next()

    def _next(self) -> int:
        if not self._more():
            raise self._error("the pattern ends where a character must stand")
        self._place += 1
        return ord(self._pattern[self._place - 1])

    def _letter(self, code: int) -> Ranges:
        forms = forms_of(code) if self._fold else (code,)
        return tuple((form, form) for form in forms)

    def _until(self, mark: str) -> str:
        end = self._pattern.find(mark, self._place)
        if end < 0:
            raise self._error(f"expected `{mark}`")
        text = self._pattern[self._place : end]
        self._place = end + 1
        return text

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise self._error("the pattern is nested too deeply")

    def _more(self) -> bool:
        return self._place < len(self._pattern)

    def _next_is_not(self, marks: str) -> bool:
        return self._pattern[self._place] not in marks

    def _take(self, mark: str) -> bool:
        found = self._pattern.startswith(mark, self._place)
        self._place += len(mark) if found else 0
        return found

    def _error(self, message: str) -> RegexError:
        return RegexError(message, self._place)


def _count(text: str, offset: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise RegexError(f"`{text[:20]}` is not a number that can stand here", offset)
    number = int(text)
    if number > _LARGEST_COUNT:
        raise RegexError(f"the number {text} is too large", offset)
    return number


def _merged(ranges: Sequence[tuple[int, int]]) -> Ranges:
    """The same code points as ascending ranges that do not touch."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _inverted(ranges: Ranges) -> Ranges:
    found: list[tuple[int, int]] = []
    start = 0
    for low, high in ranges:
        if low > start:
            found.append((start, low - 1))
        start = high + 1
    if start <= LAST_CODE_POINT:
        found.append((start, LAST_CODE_POINT))
    return tuple(found)


def _numbers(low: int, high: int, digits: int) -> Tree:
    """The decimal numbers from low to high: of this many digits, or (0) with any leading zeros."""
    if digits:
        return _between(f"{low:0{digits}}", f"{high:0{digits}}")
    parts: list[Tree] = []
    for width in range(len(str(low)), len(str(high)) + 1):
        first = max(low, 10 ** (width - 1) if width > 1 else 0)
        parts.append(_between(str(first), str(min(high, 10**width - 1))))
    return Chain((Repeat(_digit("0", "0"), 0, None), Choice(tuple(parts))))


def _digit(low: str, high: str) -> Chars:
    return Chars(((ord(low), ord(high)),))


def _between(low: str, high: str) -> Tree:
    """The texts of digits from low to high, of equal length."""
    if not low:
        return Chain(())
    if low[0] == high[0]:
        return Chain((_digit(low[0], low[0]), _between(low[1:], high[1:])))
    rest = len(low) - 1
    parts: list[Tree] = [
        Chain((_digit(low[0], low[0]), _between(low[1:], "9" * rest))),
        Chain((_digit(high[0], high[0]), _between("0" * rest, high[1:]))),
    ]
    if ord(high[0]) - ord(low[0]) > 1:
        inner = _digit(chr(ord(low[0]) + 1), chr(ord(high[0]) - 1))
        parts.append(Chain((inner, Repeat(_digit("0", "9"), rest, rest))))
    return Choice(tuple(parts))
