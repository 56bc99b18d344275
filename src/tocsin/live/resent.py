"""Events that come again: shippers send once more what they are not sure of.

An event is known by its ``_id`` (and ``_index``), else by what it holds. Of events that are not
late, one that is known is dropped; or, where equal events are separate ones, it gets its number
among them. Late events need no memory: what they are found for is found under the
same name again.

Memory holds what the watermark has not passed, and no more than ``most`` events; beyond that the
oldest half is forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tocsin.columns.cells import NO_TIME
from tocsin.columns.content import content_hash
from tocsin.match.fingerprint import fingerprints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Cells
    from tocsin.inputs.batch import JsonBatch
    from tocsin.live.content import Arrays, Longs
    from tocsin.live.watermark import Passed
    from tocsin.match.keyhash import Flags

Equal: TypeAlias = dict[str, int]
"""How many events there were of each content, by its hash."""

Named: TypeAlias = dict[str, dict[str, int]]
"""By ``_index`` and ``_id``, the time of an event."""

MOST = 2_000_000
_NOTHING: Mapping[str, int] = {}


class Resent:
    """The events of late.

    Parameters
    ----------
    read
        Gives an event by its place.
    drop
        Whether known events are dropped; else they are numbered.
    seed
        Of fingerprints: the same as long as the memory is kept.

    Attributes
    ----------
    repeated, forgotten
        Events that were dropped; events that were forgotten to bound memory.
    """

    def __init__(
        self, read: Callable[[int], bytes], *, drop: bool, seed: int, most: int = MOST
    ) -> None:
        self._read = read
        self._drop = drop
        self._seed = seed
        self._most = most
        self._held: list[tuple[int, dict[int, int | Equal], Named]] = [_memory()]
        self.repeated = self.forgotten = 0

    def __len__(self) -> int:
        return sum(_size(contents, names) for _, contents, names in self._held)

    @property
    def lowest(self) -> list[int]:
        """The first place of all events that may be compared again; nothing if there is none."""
        places = (k for _, known, _ in self._held for k in known.values() if isinstance(k, int))
        lowest = min(places, default=None)
        return [] if lowest is None else [lowest]

    def take(
        self, batch: JsonBatch, cells: Cells, passed: Passed, latest: int, mark: int
    ) -> tuple[npt.NDArray[np.bool_], dict[int, int]]:
        """Which rows are dropped; and by row the numbers of equal events, from 1.

        ``latest``, ``mark``: times when the batch has been taken.
        """
        dropped = np.zeros(len(batch), np.bool_)
        numbers: dict[int, int] = {}
        asked = np.flatnonzero((cells.time != NO_TIME) & ~passed.late)
        named, others = _apart(batch, asked)
        if self._drop and named.size:
            self._take_named(batch, named, cells, passed, dropped)
        if others.size:
            self._take_others(batch, others, cells, dropped, numbers)
        self.repeated += int(np.count_nonzero(dropped))
        self._forget(latest, mark)
        return dropped, numbers

    def _take_named(
        self, batch: JsonBatch, rows: Longs, cells: Cells, passed: Passed, dropped: Flags
    ) -> None:
        """Take events that have names."""
        indexes, ids = batch.identities or ([], [])
        for index, some in _by_index(indexes, rows):
            times, names = cells.time[some].tolist(), _at(ids, some)
            memories = [known[index] for _, _, known in self._held if index in known]
            new = dict(zip(names, times, strict=True))
            if len(new) == len(names) and all(map(new.keys().isdisjoint, memories)):
                self._held[-1][2].setdefault(index, {}).update(new)
                continue
            floors = passed.floor[some].tolist()
            for row, name, floor, time in zip(some.tolist(), names, floors, times, strict=True):
                dropped[row] = self._named(index, name, floor, time)

    def _take_others(
        self,
        batch: JsonBatch,
        rows: Longs,
        cells: Cells,
        dropped: Flags,
        numbers: dict[int, int],
    ) -> None:
        """Take events that have none."""
        prints = fingerprints(cells, self._seed)[rows].tolist()
        offsets = batch.offsets[rows].tolist()
        contents = self._held[-1][1]
        if _all_new(prints, [contents for _, contents, _ in self._held]):
            contents.update(zip(prints, offsets, strict=True))
            return
        elder = [contents for _, contents, _ in self._held[:-1]]
        for row, number, offset in zip(rows.tolist(), prints, offsets, strict=True):
            known = contents.get(number)
            home = contents
            if known is None:
                for home in elder:
                    known = home.get(number)
                    if known is not None:
                        break
                else:
                    contents[number] = offset
                    continue
            count = self._equal(home, number, known, batch.event(row))
            if count and self._drop:
                dropped[row] = True
            elif count:
                numbers[row] = count

    def _named(self, index: str, name: str, floor: int, time: int) -> bool:
        """Whether an event's name is known."""
        for _, _, names in self._held:
            if names.get(index, _NOTHING).get(name, NO_TIME) >= max(floor, NO_TIME + 1):
                return True
        self._held[-1][2].setdefault(index, {})[name] = time
        return False

    def _equal(
        self, home: dict[int, int | Equal], number: int, known: int | Equal, event: bytes
    ) -> int:
        """How many equal events there were before; unless it is dropped, this one counts too."""
        if isinstance(known, int):
            known = home[number] = {content_hash(self._read(known)): 1}
        digest = content_hash(event)
        count = known.get(digest, 0)
        if not (count and self._drop):
            known[digest] = count + 1
        return count

    def _forget(self, latest: int, mark: int) -> None:
        """Begin a new part now and then, so that old ones can go."""
        while len(self._held) > 1 and self._held[0][0] < mark:
            del self._held[0]
        current, contents, names = self._held[-1]
        size = _size(contents, names)
        lag = latest - mark
        if size and (2 * size > self._most or (current != NO_TIME and latest - current > lag)):
            self._held[-1] = latest, contents, names
            self._held.append(_memory())
        elif current == NO_TIME and size:
            self._held[-1] = latest, contents, names
        while len(self._held) > 1 and len(self) > self._most:
            self.forgotten += _size(*self._held[0][1:])
            del self._held[0]

    def state(self, arrays: Arrays) -> list[Any]:
        """As JSON values and arrays."""
        return [
            [
                latest,
                arrays.add([key for key, known in contents.items() if isinstance(known, int)]),
                arrays.add([known for known in contents.values() if isinstance(known, int)]),
                [[key, known] for key, known in contents.items() if not isinstance(known, int)],
                [(f"{index}\0{name}", t) for index, of in names.items() for name, t in of.items()],
            ]
            for latest, contents, names in self._held
        ]

    def restore(self, state: list[Any], arrays: Sequence[Longs]) -> None:
        """Go on where another one was."""
        self._held = []
        for latest, keys, places, equal, names in state:
            plain = zip(arrays[keys].tolist(), arrays[places].tolist(), strict=True)
            contents: dict[int, int | Equal] = dict(plain)
            contents.update(map(tuple, equal))
            of_indexes: Named = {}
            for told, time in names:
                index, _, name = told.partition("\0")
                of_indexes.setdefault(index, {})[name] = time
            self._held.append((latest, contents, of_indexes))


def _apart(batch: JsonBatch, asked: Longs) -> tuple[Longs, Longs]:
    """The rows of events that have ids, and the others."""
    if batch.identities is None:
        return asked[:0], asked
    if all(batch.identities[1]):
        return asked, asked[:0]
    named = np.fromiter(map(bool, batch.identities[1]), np.bool_, len(batch))[asked]
    return asked[named], asked[~named]


def _at(texts: Sequence[str], rows: Longs) -> Sequence[str]:
    """Those of some rows, which ascend."""
    return texts if len(rows) == len(texts) else [texts[row] for row in rows.tolist()]


def _all_new(keys: Sequence[object], memories: Sequence[Mapping[Any, object]]) -> bool:
    """Whether no event is known, and no two are alike: what mostly is so, and quickly seen."""
    return len(set(keys)) == len(keys) and all(
        memory.keys().isdisjoint(keys) for memory in memories
    )


def _by_index(indexes: Sequence[str], rows: Longs) -> list[tuple[str, Longs]]:
    """The rows of each index, in order."""
    if indexes.count(indexes[0]) == len(indexes):
        return [(indexes[0], rows)]
    found: dict[str, list[int]] = {}
    for row in rows.tolist():
        found.setdefault(indexes[row], []).append(row)
    return [(index, np.array(some, np.int64)) for index, some in found.items()]


def _size(contents: Mapping[int, int | Equal], names: Named) -> int:
    return len(contents) + sum(map(len, names.values()))


def _memory() -> tuple[int, dict[int, int | Equal], Named]:
    return int(NO_TIME), {}, {}
