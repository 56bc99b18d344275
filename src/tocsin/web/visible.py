"""Text of strangers for a page: nothing in it that cannot be seen, nor without end."""

from __future__ import annotations

import re
import unicodedata

_UNUSUAL = re.compile(r"[^\n\t\x20-\x7e]")


def visible(text: str) -> str:
    """The text with characters that steer or hide told as escapes; line ends and tabs stay.

    Those are control characters, marks of direction (they would turn a file name's end around),
    characters without width, lone surrogates and code points that stand for nothing.
    """
    if text.isprintable():
        return text
    return _UNUSUAL.sub(_shown, text.replace("\r\n", "\n"))


def _shown(found: re.Match[str]) -> str:
    char = found[0]
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return repr(char)[1:-1]


def shortened(text: str, most: int) -> str:
    """The beginning of a text, and how much is left out."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text) - most:,} more characters)"
