"""Which of many texts are what a question asks for, without a look at each in Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.columns.holding import holding as look_for
from tocsin.corpus.column import Mask
from tocsin.inputs.segment import locked
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
    _, edges, content = words.buffers()
    if content is None or not len(words):
        return found
    kind = np.int64 if pa.types.is_large_string(words.type) else np.int32
    ends = np.frombuffer(edges, kind)[words.offset : words.offset + len(words) + 1]
    letters, sought = np.frombuffer(content, np.uint8), np.frombuffer(text.encode(), np.uint8)
    look_for(locked(letters), ends.astype(np.int64), sought, found)
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
