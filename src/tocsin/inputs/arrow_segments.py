"""Columns that Arrow read as segments, the same as pages give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.inputs.arrow_words import words
from tocsin.inputs.segment import NOTHING, Segment, Texts

if TYPE_CHECKING:
    from tocsin.inputs.arrow_leaves import Leaf


def segment_of(leaf: Leaf, begin: int) -> Segment:
    """The elements of a column; ``begin`` is the number of its first row."""
    found = words(leaf.array)
    codes, there = found.codes, found.there
    if there is not None:
        size = len(there)
        own = np.full(size + 1, NOTHING, np.int32)  # the last one for what has no word
        own[:size][there != 0] = np.flatnonzero(there)
        codes = own[:size] if codes is None else own[codes]
    rows = None if leaf.rows is None else leaf.rows + begin
    last = begin + len(leaf.array)
    if rows is not None:
        last = int(rows[-1]) + 1 if len(rows) else begin
    codes = None if codes is None else codes.view()
    texts = Texts(found.text.view(), found.ends.astype(np.int64))
    return Segment(begin, last, rows, codes, found.tag, texts)
