"""Which of many texts are what a question asks for, without a look at each in Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.corpus.column import Mask
from tocsin.plan.wildcard import fold_ascii, plain_text, symbols

_ADDRESS = re.compile(r"(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})", re.ASCII)


def among(words: pa.Array, texts: Sequence[str]) -> Mask:
    """Which words are one of these texts."""
    known = [text for text in texts if _sound(text)]
    if not known:
        # half of a surrogate pair, which no Arrow text can hold
        return np.zeros(len(words), np.bool_)
    if len(known) == 1:
        return _mask(pc.equal(words, pa.scalar(known[0], pa.string())))
    return _mask(pc.is_in(words, value_set=pa.array(known, pa.string())))


def matching(words: pa.Array, patterns: Sequence[str], *, fold: bool) -> Mask | None:
    """Which words some pattern of `tocsin.plan.predicate.Text` matches; None: it is not known here.

    What it costs is linear in the words, whatever the pattern.
    """
    if fold:
        words, patterns = pc.ascii_lower(words), [fold_ascii(pattern) for pattern in patterns]
    plain = [plain_text(pattern) for pattern in patterns]
    likes = [_like(pattern) for pattern, text in zip(patterns, plain, strict=True) if text is None]
    if None in likes:
        return None
    found = among(words, [text for text in plain if text is not None])
    for like in likes:
        if like is not None and _sound(like):
            found = found | _mask(pc.match_like(words, like))
    return found


def plain_addresses(blocks: Sequence[str]) -> bool:
    """Whether all are single IPv4 addresses, which have one spelling only without a colon."""
    return all(_ADDRESS.fullmatch(block) for block in blocks)


def _like(pattern: str) -> str | None:
    """The pattern as SQL's LIKE has it; None where that is not quite the same."""
    made = ""
    for char, wild in symbols(pattern):
        if wild and char == "?":
            return None  # of what one character is, there are two opinions
        if wild:
            made += "%"
        else:
            made += f"\\{char}" if char in "%_\\" else char
    # Arrow takes an escaped backslash in the end for another thing
    return None if made.endswith("\\") else made


def _sound(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mask(found: pa.Array) -> Mask:
    mask: Mask = found.to_numpy(zero_copy_only=False)
    return mask.copy()
