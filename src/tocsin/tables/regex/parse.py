r"""Read a regular expression of Java or of Oniguruma (as Ruby has it).

    choice  = chain { "|" chain }
    chain   = { term [ "?" | "*" | "+" | "{" INT [ "," [ INT ] ] "}" ] [ "?" | "+" ] }
    term    = "." | "^" | "$" | class | escape | group | char
    group   = "(" [ "?" ( ":" | ">" | "=" | "!" | "<=" | "<!" | "<" NAME ">" | flags [ ":" ] ) ]
              choice ")"
    class   = "[" [ "^" ] { member | class | "&&" | "[:" NAME ":]" } "]"
    escape  = "\" ( d D w W s S h H b B A z Z R t n r f e a 0… xHH uHHHH x{…} p{…} P{…} Q…E | char )

The dialects differ in what ``.``, ``^``, ``$``, ``(?m)``, ``\h``, ``\w`` mean. Not here, and told:
references back to groups, conditions, recursion.
"""

from __future__ import annotations

from typing import Final, NoReturn

from tocsin.tables.regex import classes
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
    both,
    folded,
    negated,
    normal,
)

MOST_NESTED: Final = 60
MOST_REPEATED: Final = 1000
_CONTROLS = {"t": 9, "n": 10, "r": 13, "f": 12, "e": 27, "a": 7}
_FLAGS = frozenset("ismxuUd")


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


def parse_pattern(pattern: str, *, oniguruma: bool = False) -> Expression:
    """The tree of a pattern.

    Raises
    ------
    PatternError
        It is no regular expression, or one with back references.
    """
    return _Parser(pattern, oniguruma=oniguruma).whole()


class _Parser:
    def __init__(self, pattern: str, *, oniguruma: bool) -> None:
        self._text = pattern
        self._at = 0
        self._ruby = oniguruma
        self._flags: frozenset[str] = frozenset()
        self._depth = 0
        self._groups = 0
        self._names: list[tuple[str, int]] = []

    def whole(self) -> Expression:
        """All of the pattern."""
        tree = self.choice()
        if self._at < len(self._text):
            self._fail("a group is closed that was not opened")
        return Expression(tree, self._groups, tuple(self._names))

    def _fail(self, message: str) -> NoReturn:
        raise PatternError(f"{message} (at character {self._at + 1})")

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _take(self, text: str) -> bool:
        if self._peek(text):
            self._at += len(text)
            return True
        return False

    def _next(self) -> str:
        if self._at >= len(self._text):
            self._fail("the pattern ends too early")
        self._at += 1
        return self._text[self._at - 1]

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

    def set(self) -> Ranges:
        """``class = "[" [ "^" ] { … } "]"``, the bracket being behind."""
        self._depth += 1
        if self._depth > MOST_NESTED:
            self._fail("sets are nested too deeply")
        inverse = self._take("^")
        found: list[tuple[int, int]] = []
        meets: Ranges | None = None
        first = True
        while first or not self._peek("]"):
            if self._at >= len(self._text):
                self._fail("a set of characters is not closed")
            if self._take("&&"):
                meets = normal(found) if meets is None else both(meets, normal(found))
                found = []
                if self._peek("]"):
                    break
            else:
                if first and self._peek("]") and not self._ruby:
                    self._fail("a set of characters is empty")
                found.extend(self._member())
            first = False
        self._take("]")
        self._depth -= 1
        ranges = normal(found)
        if meets is not None:
            ranges = both(meets, ranges) if found else meets
        if "i" in self._flags:
            ranges = folded(ranges)
        return negated(ranges) if inverse else ranges

    def _member(self) -> Ranges:
        if self._take("[:"):
            end = self._text.find(":]", self._at)
            name = self._text[self._at : max(end, self._at)]
            found = classes.POSIX.get(name.lstrip("^").lower())
            if end < 0 or found is None:
                self._fail(f"no set of characters is called `{name}`")
            self._at = end + 2
            return negated(found) if name.startswith("^") else found
        if self._take("["):
            return self.set()
        low = self._single()
        if isinstance(low, tuple):
            return low
        after = self._at + 1
        if not self._peek("-") or self._text[after : after + 1] in ("", "]", "["):
            return ((low, low),)
        self._at += 1
        high = self._single()
        if isinstance(high, tuple):
            return normal([(low, low), (0x2D, 0x2D), *high])
        if high < low:
            self._fail("a range of characters runs backwards")
        return ((low, high),)

    def _single(self) -> int | Ranges:
        """One character of a set, or an escape that stands for several."""
        char = self._next()
        if char != "\\":
            return ord(char)
        found = self._set_escape(self._next())
        if found is not None:
            return found
        self._at -= 1
        if self._peek("b"):
            self._at += 1
            return 8
        return self._code()

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

    def _set_escape(self, char: str) -> Ranges | None:
        """The set that an escape means, None if it is a single character."""
        match char:
            case "d" | "D":
                found = classes.unicode_digit() if self._ruby else classes.DIGIT
            case "w" | "W":
                found = classes.unicode_word() if self._ruby else classes.WORD
            case "s" | "S":
                found = classes.unicode_space() if self._ruby else classes.SPACE
            case "h" | "H":
                found = classes.HEX if self._ruby else classes.BLANK
            case "v" if not self._ruby:
                found = normal([(0x0B, 0x0C), *classes.LINE_ENDS])
            case "p" | "P":
                inverse = self._peek("{^")
                name = self._next()
                if name == "{":
                    end = self._text.find("}", self._at)
                    name = self._text[self._at : max(end, self._at)].lstrip("^")
                    self._at = end + 1 if end >= 0 else len(self._text)
                named = classes.named(name)
                if named is None:
                    self._fail(f"no set of characters is called `{name}`")
                return negated(named) if (char == "P") != inverse else named
            case _:
                return None
        return negated(found) if char.isupper() else found

    def _code(self) -> int:
        """The code point of an escape that is a single character."""
        char = self._next()
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char == "x" and self._take("{"):
            end = self._text.find("}", self._at)
            return self._hex(max(end - self._at, 0), skip=1)
        if char in "xu":
            return self._hex(4 if char == "u" else 2)
        if char == "0":
            digits = ""
            while len(digits) < 3 and self._text[self._at : self._at + 1] in tuple("01234567"):
                digits += self._next()
            return int(digits or "0", 8)
        if char == "c":
            return ord(self._next()) ^ 64
        if char.isascii() and char.isalpha():
            self._fail(f"`\\{char}` is not an escape")
        return ord(char)

    def _hex(self, count: int, skip: int = 0) -> int:
        digits = self._text[self._at : self._at + count]
        self._at += count + skip
        if not digits or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
            self._fail("hexadecimal digits are missing")
        code = int(digits[-8:], 16)
        if code > LAST:
            self._fail("there is no such character")
        return code
