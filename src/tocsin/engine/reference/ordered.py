"""Rows in the order of a key, in bounded memory: what does not fit waits in a temporary file."""

from __future__ import annotations

import heapq
import pickle
import tempfile
from collections.abc import Iterator
from operator import itemgetter
from typing import IO, Generic, TypeVar

Row = TypeVar("Row")
Key = TypeVar("Key", int, tuple[int, int])

_MOST = 50_000
_CHUNK = 500


class Ordered(Generic[Key, Row]):
    """Takes rows in any order; iterating gives them by their keys, those of one key as they came.

    Parameters
    ----------
    most
        How many rows may wait in memory.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._held: list[tuple[Key, Row]] = []
        self._file: IO[bytes] | None = None
        self._runs: list[list[int]] = []

    def add(self, key: Key, row: Row) -> None:
        """Take a row."""
        self._held.append((key, row))
        if len(self._held) >= self._most:
            self._write()

    def __iter__(self) -> Iterator[tuple[Key, Row]]:
        self._held.sort(key=itemgetter(0))
        if not self._runs:
            return iter(self._held)
        runs = [self._read(run) for run in self._runs]
        return heapq.merge(*runs, iter(self._held), key=itemgetter(0))

    def close(self) -> None:
        """Forget everything."""
        self._held = []
        self._runs = []
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="tocsin-")  # noqa: SIM115 - kept open
        self._held.sort(key=itemgetter(0))
        self._file.seek(0, 2)
        places = []
        for first in range(0, len(self._held), _CHUNK):
            places.append(self._file.tell())
            pickle.dump(self._held[first : first + _CHUNK], self._file, protocol=5)
        self._runs.append(places)
        self._held = []

    def _read(self, places: list[int]) -> Iterator[tuple[Key, Row]]:
        for place in places:
            if self._file is None:
                return
            self._file.seek(place)
            yield from pickle.load(self._file)  # noqa: S301 - our own private file
