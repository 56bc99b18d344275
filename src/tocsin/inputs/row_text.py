"""Rows of columns as JSON objects; nulls, and structures that then are empty, are left out."""

from __future__ import annotations

from itertools import accumulate, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import orjson

from tocsin.inputs.text_kernel import CELL, CELLS, SIZE, by_owner, take, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from tocsin.inputs.segment import Segment

    Ints = npt.NDArray[np.int64]

_NO_ROWS = np.zeros(0, np.int64)
_NO_CODES = np.zeros(0, np.int32)
_NO_ROWS.flags.writeable = _NO_CODES.flags.writeable = False


class RowText:
    """How the rows of a file are written.

    Parameters
    ----------
    columns
        In the order of the file: the names that lead to each one, and whether its values are lists.
    """

    def __init__(self, columns: Sequence[tuple[tuple[str, ...], bool]]) -> None:
        structures: dict[tuple[str, ...], int] = {}
        paths: list[list[int]] = []
        for path, _ in columns:
            outer = [path[:end] for end in range(1, len(path))]
            paths.append([structures.setdefault(one, len(structures)) for one in outer])
        names = [path[-1] for path, _ in columns] + [path[-1] for path in structures]
        keys = [orjson.dumps(name) + b":" for name in names]
        self._keys = np.frombuffer(b"".join(keys), np.uint8)
        self._key_ends = _ends(map(len, keys))
        self._path_ends = _ends(map(len, paths))
        self._paths = np.array([one for path in paths for one in path], np.int64)
        self._listed = np.array([listed for _, listed in columns], np.uint8)
        sizes = np.diff(self._key_ends)
        outer_sizes = [int(sizes[len(columns) :][path].sum()) + 3 * len(path) for path in paths]
        self._room = (sizes[: len(columns)] + np.array(outer_sizes, np.int64) + 8).tolist()

    def rows(self, wanted: Ints, columns: Iterable[tuple[int, Sequence[Segment]]]) -> list[bytes]:
        """Some rows, by rising numbers. ``columns``: what they have of each, by its number."""
        cells = np.empty((max(64, 64 * len(wanted)), CELL), np.int64)
        text = np.empty(max(1 << 12, len(wanted) << 11), np.uint8)
        taken = np.zeros(3, np.int64)
        for number, segments in sorted(columns, key=itemgetter(0)):
            for segment in segments:
                while not self._take(segment, number, wanted, cells, text, taken):
                    cells = np.concatenate([cells, np.empty_like(cells)])
                    text = np.concatenate([text, np.empty_like(text)])
        cells = cells[: taken[CELLS]]
        order = np.empty(len(cells), np.int64)
        by_owner(cells, order, np.empty(len(wanted) + 1, np.int64))
        out = np.empty(int(taken[SIZE]) + 2 * len(wanted), np.uint8)
        ends = np.empty(len(wanted), np.int64)
        size = write(
            cells,
            order,
            text,
            self._keys,
            self._key_ends,
            self._path_ends,
            self._paths,
            self._listed,
            out,
            ends,
        )
        whole = out[:size].tobytes()
        places = [0, *ends.tolist()]
        return [whole[begin:end] for begin, end in pairwise(places)]

    def _take(
        self,
        segment: Segment,
        number: int,
        wanted: Ints,
        cells: Ints,
        text: npt.NDArray[np.uint8],
        taken: Ints,
    ) -> bool:
        rows, codes, words = segment.rows, segment.codes, segment.words
        about = (
            segment.first,
            segment.last,
            rows is not None,
            codes is not None,
            segment.tag,
            words.gap,
            number,
        )
        return bool(
            take(
                wanted,
                _NO_ROWS if rows is None else rows,
                _NO_CODES if codes is None else codes,
                words.ends,
                words.text,
                np.array(about, np.int64),
                self._room[number],
                cells,
                text,
                taken,
            )
        )


def _ends(lengths: Iterable[int]) -> Ints:
    return np.array(list(accumulate(lengths, initial=0)), np.int64)
