"""Where the candidate events of ES|QL rules stand, by their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tocsin.columns.cells import Batch
from tocsin.engine.names import Names
from tocsin.match.records import places


@dataclass(frozen=True, slots=True)
class Place:
    """Where a candidate stands, when it happened, and its name where the input gives one."""

    source: int
    offset: int
    time: int
    index: str
    id: str


_Kind = TypeVar("_Kind", bound=np.generic)


class Places:
    """Events are numbered from 0 as they come."""

    def __init__(self) -> None:
        self._source: list[npt.NDArray[np.int32]] = [np.zeros(0, np.int32)]
        self._offset: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
        self._time: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
        self._names = Names()
        self._named: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []
        """Numbers of events with an id, and a hash of index and id for each."""
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(
        self, batch: Batch, rows: npt.NDArray[np.int32], times: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Number some rows of a batch; ``times``: when they happened."""
        sources, offsets = places(batch, rows)
        numbers = self.put(sources, offsets, times)
        if batch.named:
            self._names.add(batch, rows)
            known = [batch.identity(row) or ("", "") for row in rows.tolist()]
            has = np.array([bool(name) for _, name in known], np.bool_)
            hashes = np.array([hash(told) for told in known if told[1]], np.int64)
            self._named.append((numbers[has], hashes))
        return numbers

    def put(
        self,
        sources: npt.NDArray[np.int32],
        offsets: npt.NDArray[np.int64],
        times: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.int64]:
        """Number events that stand at some places."""
        self._source.append(sources)
        self._offset.append(offsets)
        self._time.append(times)
        first = self._count
        self._count += len(times)
        return np.arange(first, self._count)

    @property
    def times(self) -> npt.NDArray[np.int64]:
        """When each event happened."""
        return _joined(self._time)

    def ordered(self, numbers: Iterable[int]) -> list[int]:
        """Some events in order of time, then arrival."""
        some = np.array(sorted(numbers), np.int64)
        in_order: list[int] = some[np.argsort(self.times[some], kind="stable")].tolist()
        return in_order

    def of(self, numbers: Iterable[int]) -> dict[int, Place]:
        """The places of some events."""
        some = np.array(sorted(numbers), np.int64)
        sources, offsets = (
            _joined(self._source)[some].tolist(),
            _joined(self._offset)[some].tolist(),
        )
        names = self._names.of(zip(sources, offsets, strict=True))
        return {
            number: Place(source, offset, time, *names.get((source, offset), ("", "")))
            for number, source, offset, time in zip(
                some.tolist(), sources, offsets, self.times[some].tolist(), strict=True
            )
        }

    def alike(self) -> npt.NDArray[np.int64]:
        """Numbers, ascending, of events that share index, id and time with another one.

        A few others may be among them.
        """
        if not self._named:
            return np.zeros(0, np.int64)
        numbers = np.concatenate([some for some, _ in self._named])
        hashes = np.concatenate([some for _, some in self._named])
        times = self.times[numbers]
        order = np.lexsort((times, hashes))
        hashes, times = hashes[order], times[order]
        same = (hashes[1:] == hashes[:-1]) & (times[1:] == times[:-1])
        some = np.zeros(len(numbers), np.bool_)
        some[1:] |= same
        some[:-1] |= same
        return np.sort(numbers[order][some])

    def close(self) -> None:
        """Forget everything."""
        self._names.close()


def _joined(parts: list[npt.NDArray[_Kind]]) -> npt.NDArray[_Kind]:
    if len(parts) > 1:
        parts[:] = [np.concatenate(parts)]
    return parts[0]
