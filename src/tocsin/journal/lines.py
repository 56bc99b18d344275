"""The lines of a frame, and their names: sequences that stand on one buffer until somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from tocsin.inputs.framing import PADDING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]


class Lines(Sequence[bytes]):
    """Lines in a buffer.

    ``data``: uint8, shared by all frames that were read together; its last bytes are padding.
    ``starts``, ``ends``: int64[n], where each line stands in it.
    """

    __slots__ = ("data", "ends", "starts")

    def __init__(self, data: Bytes, starts: Ints, ends: Ints) -> None:
        self.data = data
        self.starts = starts
        self.ends = ends

    @property
    def sizes(self) -> Ints:
        """How long the lines are."""
        return self.ends - self.starts

    def some(self, rows: Sequence[int]) -> Lines:
        """Those of some rows."""
        return Lines(self.data, self.starts[rows], self.ends[rows])

    @property
    def readable(self) -> bool:
        """Whether kernels may read, and the padding with it, what the lines stand in."""
        last = int(self.ends.max(initial=0)) + PADDING
        return last <= self.data.size and int(self.starts.min(initial=0)) >= 0

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> Lines: ...
    def __getitem__(self, at: int | slice) -> bytes | Lines:
        if isinstance(at, slice):
            return Lines(self.data, self.starts[at], self.ends[at])
        return self.data[self.starts[at] : self.ends[at]].tobytes()

    def __iter__(self) -> Iterator[bytes]:
        data = self.data.data
        for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True):
            yield bytes(data[start:end])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Lines({len(self)})"


class Names(Sequence[tuple[str, str]]):
    """``_index`` and ``_id`` of lines; a text instead of a list stands for all of them."""

    __slots__ = ("_count", "ids", "indexes")

    def __init__(
        self, count: int, indexes: str | Sequence[str] = "", ids: str | Sequence[str] = ""
    ) -> None:
        self._count = count
        self.indexes = indexes
        self.ids = ids

    @classmethod
    def of(cls, names: Sequence[tuple[str, str]]) -> Names:
        """The same names; a text that all of them have once."""
        if isinstance(names, Names):
            return names
        indexes, ids = zip(*names, strict=True) if names else ((), ())
        return cls(len(names), once(indexes), once(ids))

    def columns(self) -> tuple[list[str], list[str]]:
        """Two lists: the indexes and the ids."""
        return _all(self.indexes, self._count), _all(self.ids, self._count)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, at: slice) -> Names: ...
    def __getitem__(self, at: int | slice) -> tuple[str, str] | Names:
        index = self.indexes if isinstance(self.indexes, str) else self.indexes[at]
        name = self.ids if isinstance(self.ids, str) else self.ids[at]
        if isinstance(at, slice):
            return Names(len(range(self._count)[at]), index, name)
        if not -self._count <= at < self._count:
            raise IndexError(at)
        return str(index), str(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Names({self._count}, {self.indexes!r}, {self.ids!r})"


def once(texts: Sequence[str]) -> str | Sequence[str]:
    """A text that all of them are, once; else all."""
    return texts[0] if texts and texts.count(texts[0]) == len(texts) else texts


def _all(texts: str | Sequence[str], count: int) -> list[str]:
    return [texts] * count if isinstance(texts, str) else list(texts)
