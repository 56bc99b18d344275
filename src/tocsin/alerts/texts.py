"""The texts that alerts take over from their events: `tocsin.alerts.excerpt` as Python uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tocsin.alerts.digest import BLOCK, DIGITS, LANES, ROWS
from tocsin.alerts.excerpt import MORE, TIMES, excerpts
from tocsin.alerts.lineage import FAMILY
from tocsin.alerts.lookup import Paths
from tocsin.alerts.tree import room
from tocsin.columns.vector import WIDTH

Ends: TypeAlias = npt.NDArray[np.int64]
"""int64[n, 5]: for each event where its canonical text begins in the texts, and where that, its
values, its part of a document, and what the events of an alert share end. Each begins where the one
before ends; the part of the document ``gap`` bytes behind that."""

_PADDING = bytes(WIDTH)


class Texts:
    """Reads events, some hundreds at once.

    Attributes
    ----------
    used
        Whether there has been anything to read: then the kernel is there.
    """

    def __init__(self) -> None:
        self.used = False
        self._paths = Paths()
        self._asked: list[int] = []
        self._spans = [(0, 0)]
        self._settled = (_whole(self._spans), _whole(self._asked))
        self._trees = room(), room()
        self._text = np.empty(0, np.uint8)
        self._state = np.empty(8 * LANES, np.uint64)
        self._lanes = np.empty(ROWS * LANES, np.int64)
        self._tails = np.empty(BLOCK * LANES, np.uint8)

    def number(self, fields: Sequence[str]) -> int:
        """A number, from 1, for the fields that are asked of an event."""
        first = len(self._asked)
        self._asked += map(self._paths.row, fields)
        self._spans.append((first, len(self._asked)))
        return len(self._spans) - 1

    def read(
        self,
        names: Sequence[str],
        indices: Sequence[str],
        contents: Sequence[bytes],
        asks: Sequence[int],
        turns: Sequence[int] | None = None,
        gap: int = 0,
    ) -> tuple[npt.NDArray[np.uint8], Ends, str]:
        """The texts of events, until the next call; where they end; and `DIGITS` for each event.

        These are the hash of the canonical text, where there is one.

        Parameters
        ----------
        names, indices, contents
            The id, index and bytes of each event; an empty id or index is none, bytes there are.
        asks
            For each event a `number`; 0 if there is nothing to ask.
        turns
            The place of each event among those of its alert, if there are alerts of several.
        gap
            Bytes that are left free before each part of a document.
        """
        self.used = True
        count = len(contents)
        self._paths.settle()
        if len(self._settled[0]) != len(self._spans):
            self._settled = (_whole(self._spans), _whole(self._asked))
        unnamed = np.empty(count, np.bool_)
        unnamed[:] = [not name for name in names] if any(names) else True
        if any(indices):
            asks = [
                0 if index.startswith(FAMILY) else ask
                for index, ask in zip(indices, asks, strict=True)
            ]
        sizes = np.fromiter(map(len, contents), np.int64, count)
        stops = sizes.cumsum()
        starts = stops - sizes
        total = int(stops[-1]) * TIMES + count * (MORE + gap)
        size = (total if turns is None else 2 * total) + WIDTH
        if len(self._text) < size:
            # pages that are never written are never there
            self._text = np.empty(size + size // 4, np.uint8)
        ends = np.empty((count, 5), np.int64)
        digits = np.empty(count * DIGITS, np.uint8)
        excerpts(
            np.frombuffer(b"".join((*contents, _PADDING)), np.uint8),
            _fixed(starts),
            _fixed(stops),
            _fixed(np.zeros(count, np.int64)) if turns is None else _whole(turns),
            _fixed(unnamed),
            gap,
            _whole(asks),
            *self._settled,
            _fixed(self._paths.rows),
            self._paths.names,
            *self._trees,
            self._text,
            ends,
            self._state,
            self._lanes,
            self._tails,
            digits,
        )
        return self._text, ends, digits.tobytes().decode()


def _whole(numbers: Sequence[Any]) -> npt.NDArray[np.int64]:
    return _fixed(np.array(numbers, np.int64))


def _fixed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array, not writable: that is part of its type, and one type is enough."""
    array = array.view()
    array.flags.writeable = False
    return array
