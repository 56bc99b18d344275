r"""Cut a text into words as Elasticsearch's standard analyzer does, in lower case.

Letters, digits and ``_`` in a row are a word. One of ``: . '`` between letters, and one of
``. , ; '`` between digits, does not part them: ``don't``, ``example.com`` and ``1,000.50`` are one
word each, ``Get-Item`` and ``C:\Windows`` are two. An ideograph is a word of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

LONGEST: Final = 255
"""Characters of a word; what is longer is cut into pieces."""

_ALONE: Final = "\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""Characters that are words by themselves: ideographs and hiragana."""

_JOINED: Final = rf"(?:(?![{_ALONE}])[\w\u0300-\u036f])"
_WORD: Final = re.compile(
    rf"""
      [{_ALONE}]
    | {_JOINED} (?:
        {_JOINED}
      | (?<=[^\W\d_]) [:.'\u00b7\u2018\u2019\u2024] (?=(?![{_ALONE}])[^\W\d_])
      | (?<=\d) [.,;'\u2018\u2019\u2024] (?=\d)
      )*
    """,
    re.VERBOSE,
)


def words(text: str) -> Iterator[str]:
    """The words of a text, in order."""
    for found in _WORD.finditer(lower(text)):
        word = found[0]
        if len(word) <= LONGEST:
            if word.strip("_"):
                yield word
        else:
            yield from (word[at : at + LONGEST] for at in range(0, len(word), LONGEST))


def lower(text: str) -> str:
    """The text in lower case, as long as it was; nothing beyond ASCII becomes an ASCII letter."""
    return text.lower() if text.isascii() else "".join(map(_lower, text))


@lru_cache(maxsize=4096)
def _lower(char: str) -> str:
    found = char.lower()
    return found if len(found) == 1 and found.isascii() == char.isascii() else char
