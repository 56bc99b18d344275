"""Whole rows of a Parquet file as JSON, out of pages: what alerts carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from tocsin.inputs.arrow_cells import Column
from tocsin.inputs.arrow_leaves import Leaf, Wanted, leaves, projection
from tocsin.inputs.arrow_rows import taken
from tocsin.inputs.arrow_segments import segment_of
from tocsin.inputs.page_leaves import PageLeaf, written_leaves
from tocsin.inputs.page_table import PageTable
from tocsin.inputs.row_text import RowText
from tocsin.inputs.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    import numpy.typing as npt

    from tocsin.inputs.arrow_groups import Columns
    from tocsin.inputs.page_store import PageStore


class RowReader:
    """Writes rows of a file; it reads forward, so it is quick for rows that rise.

    Parameters
    ----------
    leaves
        The columns that can be read page by page.
    columns
        Gives a reader for columns that Arrow must read.
    known
        The fields that come with the pieces which rows are asked of.
    store
        Where pages are kept.
    """

    def __init__(
        self,
        opened: Callable[[], BinaryIO],
        schema: pa.Schema,
        leaves: Sequence[PageLeaf],
        columns: Callable[[Sequence[str]], Columns],
        known: frozenset[str] = frozenset(),
        store: PageStore | None = None,
    ) -> None:
        written = written_leaves(schema, leaves) or []
        self._numbers = {".".join(path): number for number, (path, _) in enumerate(written)}
        self._text = RowText(written)
        others = [leaf for leaf in leaves if leaf.name not in known]
        self._pages = PageTable(opened, others, store)
        self._wanted = Wanted(set(self._numbers).difference(leaf.name for leaf in leaves))
        paths = projection(schema, self._wanted)
        self._others = columns(paths) if paths else None

    @property
    def paged(self) -> bool:
        """Whether no column is read by Arrow."""
        return self._others is None

    def rows(
        self, begin: int, size: int, numbers: Sequence[int], known: Sequence[Column] = ()
    ) -> list[bytes]:
        """Some of these rows, by rising numbers.

        Raises
        ------
        BadPageError, pyarrow.ArrowException, OSError
            The file is damaged here, or written in a way that is not known here.
        """
        wanted = np.array(numbers, np.int64)
        wanted.flags.writeable = False
        found = [*known, *self._pages.few(wanted)]
        if self._others is not None:
            batch = self._others.rows(begin, size)
            found += _chosen(batch, self._wanted, wanted, begin)
        return self._text.rows(
            wanted, [(self._numbers[column.name], column.segments) for column in found]
        )

    def release(self) -> None:
        """Forget what was read last."""
        self._pages.release()
        if self._others is not None:
            self._others.release()


def _chosen(
    batch: pa.RecordBatch, wanted: Wanted, numbers: npt.NDArray[np.int64], begin: int
) -> Iterator[Column]:
    """Some rows of columns without lists."""
    chosen = pa.array(numbers - begin)
    for leaf in leaves(batch, wanted):
        few = segment_of(Leaf(leaf.name, taken(leaf.array, chosen), None), 0)
        last = int(numbers[-1]) + 1
        yield Column(
            leaf.name, [Segment(int(numbers[0]), last, numbers, few.codes, few.tag, few.words)]
        )
