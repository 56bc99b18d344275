"""Some rows of columns of text in a Parquet file: only the pages that hold them are read.

Arrow decodes a whole group of rows even for one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.cells import STRING
from tocsin.inputs.page import Page, plain
from tocsin.inputs.page_column import LARGEST, MOST, plain_body
from tocsin.inputs.page_header import BadPageError, CutError, header, pages

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes
    from tocsin.inputs.page_header import Header
    from tocsin.inputs.page_leaves import Chunk, PageLeaf
    from tocsin.inputs.segment import Texts

    Ints = npt.NDArray[np.int64]

FIRST_PAGES, MOST_PAGES = 256, 1 << 20
"""Pages of a chunk for which there is room at first, and at most."""


class PageRows:
    """A column of texts, no lists; any thread may ask.

    Parameters
    ----------
    data
        The file, mapped; read-only.

    Raises
    ------
    BadPageError
        The column holds something else.
    """

    def __init__(self, data: Bytes, leaf: PageLeaf) -> None:
        if leaf.tag != STRING or leaf.inner:
            raise BadPageError("no column of texts")
        self._data = data
        self._leaf = leaf
        self._places: dict[int, tuple[Ints, Ints]] = {}

    def texts(self, group: int, rows: Ints) -> list[bytes | None]:
        """The texts of some rows of a group of rows, counted in it; they rise.

        Raises
        ------
        BadPageError
            The pages are damaged, or of a kind that is not read here.
        """
        chunk = self._leaf.chunks[group]
        if rows.size and not 0 <= rows[0] <= rows[-1] < chunk.rows:
            raise BadPageError("rows that the group does not have")
        heads, firsts = self._pages(group, chunk)
        has_words = len(heads) > len(firsts) - 1
        words = self._words(chunk, int(heads[0])) if has_words else None
        found: list[bytes | None] = []
        owners = np.searchsorted(firsts, rows, side="right") - 1
        for number in np.unique(owners).tolist():
            some = rows[owners == number]
            found += self._some(
                chunk, int(heads[number + has_words]), int(firsts[number]), some, words
            )
        return found

    def _some(
        self, chunk: Chunk, at: int, first: int, rows: Ints, words: Texts | None
    ) -> list[bytes | None]:
        """The texts of some rows of a page that begins with row ``first``."""
        told, body = self._page(chunk, at)
        page = Page(self._leaf, told, body, first, first == 0, words)
        picked = page.only(rows)
        if picked.codes is None:
            raise BadPageError("rows without their words")
        text, ends, gap = picked.words.text, picked.words.ends, picked.words.gap
        return [
            text[ends[code] + gap : ends[code + 1]].tobytes() if code >= 0 else None
            for code in picked.codes.tolist()
        ]

    def _pages(self, group: int, chunk: Chunk) -> tuple[Ints, Ints]:
        """Where pages stand, a dictionary first; the first rows of the others, and the end."""
        known = self._places.get(group)
        if known is not None:
            return known
        room = FIRST_PAGES
        end = chunk.offset + chunk.size
        if not 0 <= chunk.offset <= end <= len(self._data):
            raise BadPageError("a column beyond the end of its file")
        while True:
            found = np.empty((room, 2), np.int64)
            count = pages(self._data[:end], chunk.offset, end, found)
            if count <= room:
                break
            room *= 8
            if room > MOST_PAGES:
                raise BadPageError("too many pages")
        if count < 1:
            raise BadPageError("pages that are not as they must be")
        heads, values = found[:count, 0].copy(), found[:count, 1]
        if (values[1:] < 0).any():
            raise BadPageError("a dictionary behind its words")
        values = values[1:] if values[0] < 0 else values
        firsts = np.concatenate([np.zeros(1, np.int64), np.cumsum(values)])
        if firsts[-1] != chunk.rows:
            raise BadPageError("other rows than its row group has")
        self._places[group] = heads, firsts
        return heads, firsts

    def _words(self, chunk: Chunk, at: int) -> Texts:
        told, body = self._page(chunk, at)
        return plain(self._leaf, body, told.values, told.encoding)

    def _page(self, chunk: Chunk, at: int) -> tuple[Header, Bytes]:
        end = chunk.offset + chunk.size
        try:
            told, begin = header(self._data[:end], at)
        except CutError:
            raise BadPageError("a header without an end") from None
        if max(told.size, told.whole) > LARGEST or told.values > MOST or told.size > end - begin:
            raise BadPageError("a very large page")
        return told, plain_body(self._data[begin : begin + told.size], chunk.codec, told)
