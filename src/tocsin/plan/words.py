r"""Cut a text into words as Elasticsearch's standard analyzer does, in lower case.

Letters, digits and ``_`` in a row are a word. One of ``: . '`` between letters, and one of
``. , ; '`` between digits, does not part them: ``don't``, ``example.com`` and ``1,000.50`` are one
word each, ``Get-Item`` and ``C:\Windows`` are two. An ideograph is a word of its own.

These are the word boundaries of Unicode's annex 29, as Lucene's StandardTokenizer has them: marks
and characters of format go with what they stand behind, katakana stand together but not with other
letters, a run of Thai, Lao, Khmer or Burmese is one word, an emoji is one with all that joins it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

LONGEST: Final = 255
"""Characters of a word; what is longer is cut into pieces."""

_ASCII: Final = re.compile(
    r"""
      \w (?:
        \w
      | (?<=[a-z]) [:.'] (?=[a-z])
      | (?<=\d) [.,;'] (?=\d)
      )*
    """,
    re.VERBOSE | re.ASCII,
)

_LETTER, _DIGIT, _KATAKANA, _JOINER, _ALONE, _ASIAN, _EMOJI, _FLAG, _MARK, _OTHER = range(10)
_BETWEEN_LETTERS: Final = frozenset(":.'\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13")
_LETTERS_TOO: Final = frozenset("\ufe52\ufe55\uff07\uff0e\uff1a")
_BETWEEN_DIGITS: Final = frozenset(".,;'\u037e\u0589\u060c\u060d\u066c\u07f8\u2018\u2019\u2024")
_DIGITS_TOO: Final = frozenset("\u2044\ufe10\ufe14\ufe50\ufe52\ufe54\uff07\uff0c\uff0e\uff1b")
_WIDE_JOINER: Final = "\u200d"

_SCRIPTS: Final = (
    (
        re.compile("[\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"),
        _ALONE,
    ),
    (re.compile("[\u3031-\u3035\u30a0-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]"), _KATAKANA),
    (re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\uaa60-\uaa7f]"), _ASIAN),
    (re.compile("[\U0001f1e6-\U0001f1ff]"), _FLAG),
    (re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f]"), _MARK),
    (
        re.compile(
            "[\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb"
            "\U0001f900-\U0001f9ff\U0001fa70-\U0001faff]"
        ),
        _EMOJI,
    ),
)
"""Characters that their place decides on, before their category does."""


def words(text: str) -> Iterator[str]:
    """The words of a text, in order."""
    lowered = lower(text)
    for word in map(_found, _ASCII.finditer(lowered)) if text.isascii() else _wide(lowered):
        if len(word) <= LONGEST:
            if word.strip("_"):
                yield word
        else:
            yield from (word[at : at + LONGEST] for at in range(0, len(word), LONGEST))


def _found(match: re.Match[str]) -> str:
    return match[0]


def _wide(text: str) -> Iterator[str]:
    """The words of a text of any characters."""
    at = 0
    while at < len(text):
        kind = _class(text[at])
        if kind in (_OTHER, _MARK):
            at += 1
            continue
        end = _past_marks(text, at + 1)
        while end < len(text) and (more := _goes_on(text, at, end, kind)):
            kind = _class(text[more])
            end = _past_marks(text, more + 1)
        yield text[at:end]
        at = end


def _past_marks(text: str, at: int) -> int:
    while at < len(text) and _class(text[at]) == _MARK:
        at += 1
    return at


def _goes_on(text: str, first: int, at: int, before: int) -> int:
    """Where the next character of a word stands, whose last one is of a class; 0 if it ended.

    Parameters
    ----------
    first, at
        Where the word begins, and the place behind it.
    """
    kind = _class(text[at])
    if before == _EMOJI:
        return at if kind == _EMOJI and text[at - 1] == _WIDE_JOINER else 0
    if before == _FLAG:
        return at if kind == _FLAG and at == first + 1 else 0
    if kind in (_EMOJI, _FLAG, _ALONE) or before == _ALONE:
        return 0
    if _ASIAN in (kind, before):
        return at if kind == before else 0
    if kind in (_LETTER, _DIGIT, _KATAKANA, _JOINER):
        joined = _JOINER in (kind, before) or (kind == _KATAKANA) == (before == _KATAKANA)
        return at if joined else 0
    after = _past_marks(text, at + 1)
    if after < len(text) and _class(text[after]) == before:
        char = text[at]
        if before == _LETTER and (char in _BETWEEN_LETTERS or char in _LETTERS_TOO):
            return after
        if before == _DIGIT and (char in _BETWEEN_DIGITS or char in _DIGITS_TOO):
            return after
    return 0


@lru_cache(maxsize=4096)
def _class(char: str) -> int:
    """What a character does to the words around it."""
    category = unicodedata.category(char)
    if category in ("Mn", "Mc", "Me", "Cf") and not "\u0e00" <= char <= "\u0eff":
        return _OTHER if char == "\u200b" else _MARK
    if category in ("Cn", "Cc", "Po", "Zs"):
        return _OTHER
    if category == "Nd":
        return _DIGIT
    for pattern, kind in _SCRIPTS:
        if pattern.match(char):
            return kind
    if category == "Pc":
        return _JOINER
    return _LETTER if category[0] == "L" or category == "Nl" else _OTHER


def lower(text: str) -> str:
    """The text in lower case, as long as it was; nothing beyond ASCII becomes an ASCII letter."""
    return text.lower() if text.isascii() else "".join(map(_lower, text))


@lru_cache(maxsize=4096)
def _lower(char: str) -> str:
    found = char.lower()
    return found if len(found) == 1 and found.isascii() == char.isascii() else char
