"""The hashes of many events at once: each what `tocsin.columns.content.content_hash` gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import local

from tocsin.alerts.digest import DIGITS
from tocsin.alerts.excerpt import CANONICAL, START
from tocsin.alerts.reader import BYTES_TOGETHER, FEW, LARGE, MOST
from tocsin.alerts.texts import Texts
from tocsin.columns.content import content_hash

_own = local()


def content_hashes(contents: Sequence[bytes]) -> list[str]:
    """The hash of what each event holds; in any thread. Few of them are hashed one by one."""
    if len(contents) < FEW:
        return list(map(content_hash, contents))
    if not hasattr(_own, "texts"):
        _own.texts = Texts()
    found: list[str] = []
    for some in _parts(contents):
        found += _together(_own.texts, some)
    return found


def _together(texts: Texts, contents: Sequence[bytes]) -> Iterator[str]:
    if not 0 < len(min(contents, key=len)) <= len(max(contents, key=len)) < LARGE:
        return map(content_hash, contents)
    count = len(contents)
    nothing = [""] * count
    _, ends, digits = texts.read(nothing, nothing, contents, [0] * count)
    return (
        digits[row * DIGITS : (row + 1) * DIGITS]
        if end[CANONICAL] > end[START]
        else content_hash(content)
        for row, (end, content) in enumerate(zip(ends.tolist(), contents, strict=True))
    )


def _parts(contents: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Some of them at a time, as many as are read together."""
    first, held = 0, 0
    for place, content in enumerate(contents):
        held += len(content)
        if held > BYTES_TOGETHER or place - first == MOST:
            if place > first:
                yield contents[first:place]
            first, held = place, len(content)
    yield contents[first:]
