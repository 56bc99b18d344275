"""The columns of a Parquet file that are read page by page, together."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tocsin.inputs.arrow_cells import Column
from tocsin.inputs.page_column import PageColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt

    from tocsin.inputs.page_leaves import PageLeaf
    from tocsin.inputs.page_store import PageStore


class PageTable:
    """Some columns, of which rows are asked for in rising order."""

    def __init__(
        self,
        opened: Callable[[], BinaryIO],
        leaves: Sequence[PageLeaf],
        store: PageStore | None = None,
    ) -> None:
        self._opened = opened
        self._leaves = leaves
        self._store = store
        self.release()

    def columns(self, begin: int, size: int) -> list[Column]:
        """What these rows have of each column.

        Raises
        ------
        BadPageError, OSError
            The file is damaged here, or written in a way that is not known here.
        """
        end = begin + size
        return [
            Column(leaf.name, column.segments(begin, end))
            for leaf, column in zip(self._leaves, self._columns, strict=True)
        ]

    def few(self, wanted: npt.NDArray[np.int64]) -> list[Column]:
        """The same of some rows, which rise."""
        return [
            Column(leaf.name, column.few(wanted))
            for leaf, column in zip(self._leaves, self._columns, strict=True)
        ]

    def release(self) -> None:
        """Forget all pages."""
        file = _Shared(self._opened)
        self._columns = [PageColumn(file, leaf, self._store) for leaf in self._leaves]


class _Shared:
    """A file that is opened when somebody asks for it; all columns have the same.

    It knows nothing of the table, whose pages are large: they go when the table does.
    """

    def __init__(self, opened: Callable[[], BinaryIO]) -> None:
        self._opened = opened
        self._file: BinaryIO | None = None

    def __call__(self) -> BinaryIO:
        if self._file is None or self._file.closed:
            self._file = self._opened()
        return self._file
