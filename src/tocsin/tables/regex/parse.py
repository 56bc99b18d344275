r"""Read a regular expression of Java or of Oniguruma (as Ruby has it).

    choice  = chain { "|" chain }
    chain   = { term [ "?" | "*" | "+" | "{" INT [ "," [ INT ] ] "}" ] [ "?" | "+" ] }
    term    = "." | "^" | "$" | class | escape | group | char
    group   = "(" [ "?" ( ":" | ">" | "=" | "!" | "<=" | "<!" | "<" NAME ">" | flags [ ":" ] ) ]
              choice ")"
    class   = … as `tocsin.tables.regex.sets` reads it
    escape  = "\" ( d D w W s S h H b B A z Z R t n r f e a 0… xHH uHHHH x{…} p{…} P{…} Q…E | char )

The dialects differ in what ``.``, ``^``, ``$``, ``(?m)``, ``\h``, ``\w`` mean. Not here, and told:
references back to groups, conditions, recursion.
"""

from __future__ import annotations

from typing import Final

from tocsin.tables.regex import classes
from tocsin.tables.regex.sets import MOST_NESTED, Sets
from tocsin.tables.regex.tree import (
    GREEDY,
    LAST,
    LAST_LINE_END,
    LAZY,
    LINE_END,
    LINE_START,
    NEWLINE_END,
    NEWLINE_START,
    NO_WORD_EDGE,
    POSSESSIVE,
    TEXT_END,
    TEXT_START,
    WORD_EDGE,
    Atomic,
    Chain,
    Chars,
    Choice,
    Edge,
    Expression,
    Group,
    Look,
    Ranges,
    Repeat,
    Tree,
    folded,
    negated,
)

MOST_REPEATED: Final = 1000
_FLAGS = frozenset("ismxuUd")


def parse_pattern(pattern: str, *, oniguruma: bool = False) -> Expression:
    """The tree of a pattern.

    Raises
    ------
    PatternError
        It is no regular expression, or one with back references.
    """
    return _Parser(pattern, oniguruma=oniguruma).whole()


class _Parser(Sets):
    def __init__(self, pattern: str, *, oniguruma: bool) -> None:
        super().__init__(pattern, oniguruma=oniguruma)
        self._groups = 0
        self._names: list[tuple[str, int]] = []

    def whole(self) -> Expression:
        """All of the pattern."""
        tree = self.choice()
        if self._at < len(self._text):
            self._fail("a group is closed that was not opened")
        return Expression(tree, self._groups, tuple(self._names))

    def choice(self) -> Tree:
        """``choice = chain { "|" chain }``."""
        self._depth += 1
        if self._depth > MOST_NESTED:
            self._fail("groups are nested too deeply")
        flags = self._flags
        parts = [self.chain()]
        while self._take("|"):
            parts.append(self.chain())
        self._flags = flags
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def chain(self) -> Tree:
        """``chain = { term [ repetition ] }``."""
        parts: list[Tree] = []
        while self._at < len(self._text) and not self._peek("|") and not self._peek(")"):
            if "x" in self._flags and self._skipped():
                continue
            term = self.term()
            if term is not None:
                parts.append(self.repeated(term))
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _skipped(self) -> bool:
        """Pass over a blank or a comment, in extended mode."""
        if self._text[self._at].isspace():
            self._at += 1
            return True
        if self._take("#"):
            end = self._text.find("\n", self._at)
            self._at = len(self._text) if end < 0 else end + 1
            return True
        return False

    def repeated(self, term: Tree) -> Tree:
        """A term with what says how often."""
        while (bounds := self._bounds()) is not None:
            if isinstance(term, Edge | Look):
                term = Chain(()) if bounds[0] == 0 else term
                bounds = (1, 1)
            mode = LAZY if self._take("?") else POSSESSIVE if self._take("+") else GREEDY
            term = Repeat(term, bounds[0], bounds[1], mode)
            if mode == POSSESSIVE:
                term = Atomic(Repeat(term.term, term.least, term.most))
        return term

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("?", (0, 1)), ("*", (0, None)), ("+", (1, None))):
            if self._take(sign):
                return bounds
        if not self._peek("{"):
            return None
        end = self._text.find("}", self._at)
        least, comma, most = self._text[self._at + 1 : max(end, 0)].partition(",")
        digits = least.isascii() and least.isdigit() and len(least) < 6
        if end < 0 or not (digits or (self._ruby and comma and not least)):
            if self._ruby:
                return None
            self._fail("`{` begins a count, or stands behind a backslash")
        if most and not (most.isascii() and most.isdigit() and len(most) < 6):
            self._fail("a count is a number")
        self._at = end + 1
        low = int(least or 0)
        high = (int(most) if most else None) if comma else low
        if max(low, high or 0) > MOST_REPEATED or (high is not None and high < low):
            self._fail(f"counts go up to {MOST_REPEATED}, the smaller one first")
        return low, high

    def term(self) -> Tree | None:
        """``term = "." | "^" | "$" | class | escape | group | char``; None for flags."""
        char = self._next()
        match char:
            case "(":
                return self.group()
            case "[":
                return self._chars(self.set())
            case ".":
                dotall = "m" if self._ruby else "s"
                ends = classes.NEWLINE if self._ruby else classes.LINE_ENDS
                return Chars(((0, LAST),) if dotall in self._flags else negated(ends))
            case "^":
                lines = LINE_START if "m" in self._flags else TEXT_START
                return Edge(NEWLINE_START if self._ruby else lines)
            case "$":
                lines = LINE_END if "m" in self._flags else LAST_LINE_END
                return Edge(NEWLINE_END if self._ruby else lines)
            case "\\":
                return self.escape()
            case "{" if self._ruby:
                return self._chars(((0x7B, 0x7B),))
            case "*" | "+" | "?" | "{":
                self._fail(f"nothing stands before `{char}`")
            case _:
                pass
        return self._chars(((ord(char), ord(char)),))

    def _chars(self, ranges: Ranges) -> Chars:
        return Chars(folded(ranges) if "i" in self._flags else ranges)

    def group(self) -> Tree | None:
        """What stands behind an opening parenthesis."""
        if not self._take("?"):
            return self._capture(None)
        for sign, ahead, negative in (
            ("=", True, False),
            ("!", True, True),
            ("<=", False, False),
            ("<!", False, True),
        ):
            if self._take(sign):
                return Look(self._closed(), ahead, negative)
        if self._take(":"):
            return self._closed()
        if self._take(">"):
            return Atomic(self._closed())
        if self._take("#"):
            end = self._text.find(")", self._at)
            self._at = len(self._text) if end < 0 else end + 1
            return None
        if self._take("<") or self._take("P<"):
            end = self._text.find(">", self._at)
            name = self._text[self._at : max(end, self._at)]
            if not name:
                self._fail("a group has no name")
            self._at = end + 1
            return self._capture(name)
        return self._flagged()

    def _capture(self, name: str | None) -> Group:
        self._groups += 1
        number = self._groups
        if name is not None:
            self._names.append((name, number))
        return Group(number, self._closed())

    def _closed(self) -> Tree:
        tree = self.choice()
        if not self._take(")"):
            self._fail("a group is not closed")
        return tree

    def _flagged(self) -> Tree | None:
        """``(?i-s)`` for what follows, or ``(?i:…)`` for a group."""
        before, on = self._flags, True
        while (char := self._next()) not in ":)":
            if char == "-":
                on = False
            elif char not in _FLAGS:
                self._fail(f"`(?{char}` is not supported")
            else:
                self._flags = self._flags | {char} if on else self._flags - {char}
        if char == ")":
            return None
        tree = self._closed()
        self._flags = before
        return tree

    def escape(self) -> Tree | None:
        """``escape``, the backslash being behind."""
        char = self._next()
        edges = {"A": TEXT_START, "z": TEXT_END, "Z": LAST_LINE_END, "G": ""}
        edges |= {"b": WORD_EDGE, "B": NO_WORD_EDGE}
        if char in edges:
            if not edges[char]:
                self._fail(f"`\\{char}` is not supported")
            return Edge(edges[char])
        if char == "R":
            crlf = Chain((Chars(((13, 13),)), Chars(((10, 10),))))
            return Choice((crlf, Chars(classes.LINE_ENDS)))
        if char == "Q" and not self._ruby:
            # what is quoted is written with backslashes instead, so that a count behind it is
            # about its last character only
            end = self._text.find("\\E", self._at)
            quoted = self._text[self._at : end if end >= 0 else len(self._text)]
            plain = "".join(
                each if each.isascii() and each.isalnum() else f"\\{each}" for each in quoted
            )
            self._text = plain + (self._text[end + 2 :] if end >= 0 else "")
            self._at = 0
            return None
        if char == "E":
            return None
        if char in "123456789kgX":
            self._fail("references back to groups are not supported")
        found = self._set_escape(char)
        if found is not None:
            return self._chars(found)
        self._at -= 1
        code = self._code()
        return self._chars(((code, code),))
