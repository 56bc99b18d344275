"""Wildcard patterns as bytes, and the few bytes of each by which it is found in a text.

A pattern's code is its UTF-8 text with ``STAR`` for any run of characters and ``ANY`` for one
character, bytes that UTF-8 never uses. A pattern with wildcards is looked for by a *gram*: a few
plain neighbouring bytes, those that the fewest patterns hold. Only texts that contain the gram,
letter case aside, are compared with the whole pattern.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ANY, STAR = 0xFF, 0xFE
SIZES = (4, 2, 1)
"""How many bytes grams have: the longest that the pattern has room for.

Where that would be fewer than four, but a pattern begins or ends with plain bytes, its gram is the
first or last ones: only one place of a text has to be looked at.
"""

_WILD = re.compile(rb"[\xfe\xff]")
_ESCAPED = re.compile(rb"\\(.)|[*?]", re.DOTALL)
_WILDCARDS = bytes.maketrans(b"*?", bytes((STAR, ANY)))
_STARS = re.compile(rb"\xfe{2,}")


def pattern_code(pattern: str, *, fold: bool) -> bytes:
    r"""A pattern's code: ``\`` taken off, stars in a row as one, ASCII in lower case if folded."""
    code = pattern.encode(errors="surrogatepass")
    if b"\\" in code:
        code = _ESCAPED.sub(lambda found: found[1] or found[0].translate(_WILDCARDS), code)
    else:
        code = code.translate(_WILDCARDS)
    code = _STARS.sub(b"\xfe", code)
    return code.lower() if fold else code


def is_exact(code: bytes) -> bool:
    """Whether the pattern has no wildcard."""
    return ANY not in code and STAR not in code


@dataclass(frozen=True, slots=True)
class Gram:
    """The bytes by which a pattern is found: ``value`` is their number, the first byte lowest.

    They stand at ``at`` in a run of plain bytes, ``code[run:run + length]``. ``before`` tells how
    many bytes of a matching text stand before the gram, ``after`` how many from its first byte on;
    -1 if that is not certain. ``alone`` if the pattern is this run between two stars. ``share`` is
    the share of patterns that hold the gram (0 to 1).
    """

    size: int
    value: int
    at: int
    run: int
    length: int
    before: int
    after: int
    alone: bool
    share: float


def find_grams(codes: Sequence[bytes]) -> list[Gram | None]:
    """The gram of each pattern; None for exact ones, and those without any plain byte."""
    sizes = [_Commonness(codes, size) for size in SIZES]
    return [
        None if is_exact(code) else _find(number, code, sizes) for number, code in enumerate(codes)
    ]


def _find(number: int, code: bytes, sizes: Sequence[_Commonness]) -> Gram | None:
    long, *short = sizes
    place = long.rarest(number)
    if place >= 0:
        return _gram(code, place, long.size, long.share(number, place))
    for size in SIZES[1:]:
        for place in (0, len(code) - size):
            if place >= 0 and is_exact(code[place : place + size]):
                return _gram(code, place, size, 0)
    found = ((each.rarest(number), each.size) for each in short)
    return next((_gram(code, place, size, 0) for place, size in found if place >= 0), None)


class _Commonness:
    """How many patterns hold each gram of a size; among equals those of rarer bytes come first."""

    def __init__(self, codes: Sequence[bytes], size: int) -> None:
        self.size = size
        self._total = max(len(codes), 1)
        folded = [code.lower() for code in codes]
        self._first = np.cumsum([0, *(len(code) + 1 for code in folded)])
        text = np.frombuffer(b"".join(code + b"\xfe" for code in folded), dtype=np.uint8)
        count = max(len(text) - size + 1, 0)
        value, plain = np.zeros(count, np.int64), np.ones(count, np.bool_)
        common = np.zeros(count)
        share = np.bincount(text, minlength=256) / max(len(text), 1)
        for place in range(size):
            byte = text[place : place + count]
            value |= byte.astype(np.int64) << 8 * place
            plain &= byte < STAR
            common += share[byte]
        _, number, found = np.unique(value, return_inverse=True, return_counts=True)
        self._held = np.where(plain, found[number], 0)
        self._score = np.where(plain, found[number] + common / 8, np.inf)

    def rarest(self, pattern: int) -> int:
        """Where the rarest gram of a pattern begins, -1 if there is none."""
        scores = self._score[self._first[pattern] : self._first[pattern + 1]]
        if not len(scores):
            return -1
        place = int(scores.argmin())
        return place if np.isfinite(scores[place]) else -1

    def share(self, pattern: int, place: int) -> float:
        """The share of patterns that hold a gram."""
        return float(self._held[self._first[pattern] + place]) / self._total


def _gram(code: bytes, place: int, size: int, share: float) -> Gram:
    """The gram of a pattern that begins at ``place``."""
    run = max(code.rfind(STAR, 0, place), code.rfind(ANY, 0, place)) + 1
    wild = _WILD.search(code, place)
    end = wild.start() if wild else len(code)
    before, after = is_exact(code[:run]), is_exact(code[end:])
    return Gram(
        size=size,
        value=int.from_bytes(code[place : place + size].lower(), "little"),
        at=place - run,
        run=run,
        length=end - run,
        before=place if before else -1,
        after=len(code) - place if after else -1,
        alone=code[:run] == code[end:] == bytes((STAR,)),
        share=share,
    )
