r"""Read a set of characters of a regular expression, and escapes, which may stand in one.

    class   = "[" [ "^" ] { member | class | "&&" | "[:" NAME ":]" } "]"
    member  = char [ "-" char ]

What else there is in a pattern is read by `tocsin.tables.regex.parse`.
"""

from __future__ import annotations

from typing import Final, NoReturn

from tocsin.tables.regex import classes
from tocsin.tables.regex.tree import LAST, PatternError, Ranges, both, folded, negated, normal

MOST_NESTED: Final = 60
_CONTROLS = {"t": 9, "n": 10, "r": 13, "f": 12, "e": 27, "a": 7}


class Sets:
    """A cursor in a pattern that reads sets of characters.

    ``oniguruma``: as Ruby has them, else Java.
    """

    def __init__(self, pattern: str, *, oniguruma: bool) -> None:
        self._text = pattern
        self._at = 0
        self._ruby = oniguruma
        self._flags: frozenset[str] = frozenset()
        self._depth = 0

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
