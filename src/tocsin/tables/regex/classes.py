r"""Named sets of characters, such as ``\d`` and ``\p{L}``."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType

import numpy as np

from tocsin.tables.regex.tree import LAST, Ranges, normal

_LETTERS = re.compile(r"[^\W_]+")
"""Letters and digits."""

DIGIT: Ranges = ((0x30, 0x39),)
WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
SPACE: Ranges = ((0x09, 0x0D), (0x20, 0x20))
BLANK: Ranges = ((0x09, 0x09), (0x20, 0x20))
HEX: Ranges = ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66))
LINE_ENDS: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x85, 0x85), (0x2028, 0x2029))
"""What Java takes for the end of a line."""
NEWLINE: Ranges = ((0x0A, 0x0A),)

POSIX: Mapping[str, Ranges] = MappingProxyType(
    {
        "lower": ((0x61, 0x7A),),
        "upper": ((0x41, 0x5A),),
        "alpha": ((0x41, 0x5A), (0x61, 0x7A)),
        "digit": DIGIT,
        "alnum": ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)),
        "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
        "graph": ((0x21, 0x7E),),
        "print": ((0x20, 0x7E),),
        "blank": BLANK,
        "cntrl": ((0x00, 0x1F), (0x7F, 0x7F)),
        "xdigit": HEX,
        "space": SPACE,
        "word": WORD,
        "ascii": ((0x00, 0x7F),),
        "any": ((0, LAST),),
    }
)
"""Sets of ASCII characters by name, in lower case."""


def named(name: str) -> Ranges | None:
    r"""The set that ``\p{name}`` means, None if there is none."""
    key = name.lower().removeprefix("is").removeprefix("java")
    if key in POSIX:
        return POSIX[key]
    words = {"alphabetic": "L", "letter": "L", "lowercase": "Ll", "uppercase": "Lu"}
    category = words.get(key, name.removeprefix("Is").removeprefix("general_category="))
    found = unicode_set(category)
    return found or None


@lru_cache(maxsize=32)
def unicode_set(category: str) -> Ranges:
    """The characters of a general category (``L``, ``Lu``…); none for other names."""
    if not 1 <= len(category) <= 2:
        return ()
    runs = _categories()
    return normal([(first, last) for first, last, own in runs if own.startswith(category)])


@lru_cache(maxsize=1)
def unicode_word() -> Ranges:
    """Letters, digits and connecting punctuation of all scripts."""
    letters = [(run.start(), run.end() - 1) for run in _LETTERS.finditer(_every_character())]
    return normal([*letters, *unicode_set("Pc"), *unicode_set("M")])


@lru_cache(maxsize=1)
def unicode_digit() -> Ranges:
    """Decimal digits of all scripts."""
    return unicode_set("Nd")


@lru_cache(maxsize=1)
def unicode_space() -> Ranges:
    """White space of all scripts."""
    return normal([*SPACE, (0x85, 0x85), *unicode_set("Z")])


@lru_cache(maxsize=1)
def _categories() -> tuple[tuple[int, int, str], ...]:
    """Runs of one category: the first character, the last, the category."""
    found = []
    first = 0
    for category, run in groupby(map(unicodedata.category, _every_character())):
        beyond = first + len(list(run))
        found.append((first, beyond - 1, category))
        first = beyond
    return tuple(found)


def _every_character() -> str:
    codes = np.arange(sys.maxunicode + 1, dtype="<u4")
    return codes.tobytes().decode("utf-32-le", "surrogatepass")
