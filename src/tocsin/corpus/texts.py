"""Which of many texts are what a question asks for, without a look at each in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.columns.holding import holding as look_for
from tocsin.columns.ipv4 import ipv4
from tocsin.corpus.column import Ints, Mask
from tocsin.inputs.segment import locked
from tocsin.plan.wildcard import fold_ascii, plain_text, symbols
from tocsin.schema.values import parse_block

if TYPE_CHECKING:
    from tocsin.columns.cells import Bytes

_FIRST, _LAST = 0xFFFF_0000_0000, 0xFFFF_FFFF_FFFF
"""Between which IPv4 addresses stand among those of IPv6."""


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
    wild = [pattern for pattern, text in zip(patterns, plain, strict=True) if text is None]
    likes = [_like(pattern) for pattern in wild]
    if None in likes:
        return None
    found = among(words, [text for text in plain if text is not None])
    for pattern, like in zip(wild, likes, strict=True):
        if like is not None and _sound(like):
            found = found | _like_mask(words, pattern, like)
    return found


def _like_mask(words: pa.Array, pattern: str, like: str) -> Mask:
    """Which words are like a pattern: only those that hold its longest literal part can be."""
    parts = _literals(pattern)
    longest = max(parts, key=len)
    if not longest:
        return _mask(pc.match_like(words, like))
    found = holding(words, longest)
    if [part for part in parts if part] == [longest] and not parts[0] and not parts[-1]:
        return found
    some = np.flatnonzero(found)
    if 4 * some.size > len(words):
        return _mask(pc.match_like(words, like))
    found[some] = _mask(pc.match_like(words.take(pa.array(some)), like))
    return found


def holding(words: pa.Array, text: str) -> Mask:
    """Which words have a text in them, which is not empty."""
    found = np.zeros(len(words), np.bool_)
    letters, ends = _letters(words)
    if len(words):
        look_for(letters, ends, np.frombuffer(text.encode(), np.uint8), found)
    return found


def _letters(words: pa.Array) -> tuple[Bytes, Ints]:
    """All words as bytes, and where they end, after where the first begins."""
    _, edges, content = words.buffers()
    kind = np.int64 if pa.types.is_large_string(words.type) else np.int32
    ends = np.frombuffer(edges or b"", kind)[words.offset : words.offset + len(words) + 1]
    return locked(np.frombuffer(content or b"", np.uint8)), ends.astype(np.int64)


def addressed(words: pa.Array, blocks: Sequence[str]) -> Mask:
    """Which words are an IPv4 address in one of some blocks; of others nothing is said."""
    spans = [
        (low - _FIRST, high - _FIRST)
        for low, high in filter(None, map(parse_block, blocks))
        if low <= _LAST and high >= _FIRST
    ]
    if not spans:
        return np.zeros(len(words), np.bool_)
    addresses = np.full(len(words), -1, np.int64)
    letters, ends = _letters(words)
    if len(words):
        ipv4(letters, ends, addresses)
    top = _LAST - _FIRST
    within = [(addresses >= max(low, 0)) & (addresses <= min(high, top)) for low, high in spans]
    found: Mask = np.logical_or.reduce(within)
    return found


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


def _literals(pattern: str) -> list[str]:
    """What stands before, between and behind the stars of a pattern."""
    parts = [""]
    for char, wild in symbols(pattern):
        if wild:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _sound(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mask(found: pa.Array) -> Mask:
    if found.null_count:
        mask: Mask = found.to_numpy(zero_copy_only=False)
        return mask.copy()
    bits = np.frombuffer(found.buffers()[1] or b"", np.uint8)
    whole = np.unpackbits(bits, count=found.offset + len(found), bitorder="little")
    return whole[found.offset :].view(np.bool_)
