"""Kernels that read the chains in which `taken` left the cells of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.columns.native import lean
from tocsin.journal.sealed.words import AMOUNT, FACTS, HEAD, PIECE, SLOT

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tocsin.journal.sealed.words import Gathered

    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]


@lean
def unchained(piece: int, into: Gathered, rows: Shorts, words: Shorts) -> None:
    """The cells of the chain that begins with a piece, as many as ``words`` has room for.

    ``rows``: their rows; they are not asked for if it is empty.
    """
    link, row, word = into[2:5]
    done = 0
    while done < words.size:
        some = min(PIECE, words.size - done)
        begin = piece * PIECE
        for at in range(some):
            words[done + at] = word[begin + at]
        for at in range(some if rows.size else 0):
            rows[done + at] = row[begin + at]
        done += some
        if done < words.size:
            piece = link[piece]


@lean
def left_out(others: Ints, into: Gathered, rows: Shorts, slots: Shorts) -> None:
    """Rows and slots of all cells of some columns, which have no place in the file."""
    facts, link, row = into[1:4]
    place = 0
    for at in range(others.size):
        own = FACTS * others[at]
        piece, left = facts[own + HEAD], facts[own + AMOUNT]
        while left > 0:
            some = min(PIECE, left)
            for cell in range(some):
                rows[place] = row[piece * PIECE + cell]
                slots[place] = facts[own + SLOT]
                place += 1
            left -= some
            if left > 0:
                piece = link[piece]


@lean
def told_once(
    piece: int, into: Gathered, code: Shorts, rows: Shorts, codes: Shorts, different: Shorts
) -> int:
    """The same with numbers from 0 on in place of words; how many different words there are.

    ``code``: by word, -1. ``different``: filled with the words by their numbers.
    """
    link, row, word = into[2:5]
    done = count = 0
    while done < codes.size:
        some = min(PIECE, codes.size - done)
        begin = piece * PIECE
        for at in range(some):
            number = word[begin + at]
            if code[number] < 0:
                code[number] = count
                different[count] = number
                count += 1
            codes[done + at] = code[number]
        for at in range(some if rows.size else 0):
            rows[done + at] = row[begin + at]
        done += some
        if done < codes.size:
            piece = link[piece]
    return count
