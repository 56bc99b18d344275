"""The values of EQL's numbers and strings."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, TypeGuard

from tocsin.diagnostics import Span

if TYPE_CHECKING:
    from tocsin.languages.eql.tokens import Tokens

_ESCAPE = re.compile(r"\\(?:([btnfr\"'\\])|u\{([0-9A-Fa-f]+)\})")
_CONTROL = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_MAX_UNSIGNED = 2**64 - 1
_MIN_LONG = -(2**63)


def number(cursor: Tokens, text: str, index: int) -> int | float:
    """The value of a number token: an integer as far as 64 bits go, else a double.

    Raises
    ------
    QuerySyntaxError
        If a double cannot hold it either.
    """
    if text.isdigit() and len(text) <= 4000:
        value = int(text)
        if value <= _MAX_UNSIGNED:
            return value
    decimal = float(text)
    if math.isinf(decimal):
        cursor.fail("EQL019", "the number is too large", cursor.span(index))
    return decimal


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a literal's value is a number; booleans are none."""
    return type(value) in (int, float)


def negated(value: float) -> int | float:
    """Minus a number; an integer below the least long becomes a double."""
    minus = -value
    return float(minus) if isinstance(minus, int) and minus < _MIN_LONG else minus


def unescaped(cursor: Tokens, inner: str, start: int) -> str:
    """The text that a string's inner part stands for; it begins at offset ``start``.

    Raises
    ------
    QuerySyntaxError
        For an escaped code point that is no character.
    """

    def character(match: re.Match[str]) -> str:
        if match[1]:
            return _CONTROL[match[1]]
        code = int(match[2], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            cursor.fail(
                "EQL005",
                f"`{match[0]}` is not a character",
                Span(start + match.start(), start + match.end()),
                "",
                "code points go up to 10FFFF, without D800 to DFFF",
            )
        return chr(code)

    return _ESCAPE.sub(character, inner)
