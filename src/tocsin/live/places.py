"""Events by their places in the journal: their bytes again, and the names that came with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from tocsin.alerts.finding import SourceEvent
from tocsin.alerts.identity import event_name
from tocsin.columns.content import content_hash
from tocsin.columns.scan import scan
from tocsin.inputs.batch import JsonBatch, padded
from tocsin.live.names import Names

if TYPE_CHECKING:
    import numpy.typing as npt

    from tocsin.columns.cells import Cells, FieldSet
    from tocsin.live.content import Longs

ALERT = 1 << 62
"""Places from here on are those of alerts that rules read."""

TURN = 57
"""The bit of an alert's place from which on its turn within its moment stands."""

_NO_ALERT = "", b"", 0
_Value = TypeVar("_Value")


class Ref(NamedTuple):
    """An event that a rule remembers: its place, its time, the number of its index's name."""

    place: int
    time: int
    origin: int


class Places:
    """Reads events again, and knows the names of those that some rule may remember.

    Parameters
    ----------
    read
        Gives a line of the journal by its place; LookupError if it is there no more.

    Attributes
    ----------
    lost
        Events that could not be read again.
    alerts
        By place, id, line and time of alerts that rules read.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._indexes: dict[str, int] = {"": 0}
        self._index_names = [""]
        self._ids = Names()
        self._numbers: dict[int, int] = {}
        self._batches: list[JsonBatch] = []
        self.alerts: dict[int, tuple[str, bytes, int]] = {}
        self.lost = 0

    def turn_to(self, batch: JsonBatch) -> None:
        """The batch whose events are asked for next, most likely; else it is the last one's."""
        self._batches = [batch, *self._batches[:1]] if len(batch) else self._batches

    def index(self, name: str) -> int:
        """The number of an index's name."""
        number = self._indexes.get(name)
        if number is None:
            number = self._indexes[name] = len(self._index_names)
            self._index_names.append(name)
        return number

    def index_name(self, number: int) -> str:
        """The index's name of a number."""
        return self._index_names[number]

    def remember(
        self, batch: JsonBatch, rows: npt.NDArray[Any], numbers: Mapping[int, int]
    ) -> npt.NDArray[np.int32]:
        """Keep the names of some rows, which ascend; the numbers of their indexes."""
        for row in rows.tolist() if numbers else ():
            if row in numbers:
                self._numbers[int(batch.offsets[row])] = numbers[row]
        if batch.identities is None:
            return np.zeros(rows.size, np.int32)
        indexes, ids = batch.identities
        chosen = rows.tolist()
        names = [ids[row] for row in chosen]
        if any(names):
            self._ids.add(int(batch.offsets[0]), batch.offsets[rows], names)
        if indexes.count(indexes[0]) == len(indexes):
            return np.full(rows.size, self.index(indexes[0]), np.int32)
        known = {name: self.index(name) for name in {indexes[row] for row in chosen}}
        return np.array([known[indexes[row]] for row in chosen], np.int32)

    def content(self, place: int) -> bytes:
        """An event as it came; an empty object if it is there no more."""
        if place >= ALERT:
            return self.alerts[place][1] if place in self.alerts else self._missing()
        for batch in self._batches:
            row = int(np.searchsorted(batch.offsets, place))
            if row < len(batch) and batch.offsets[row] == place:
                return batch.raw(row)
        try:
            return self._read(place)
        except LookupError:
            return self._missing()

    def _missing(self) -> bytes:
        self.lost += 1
        return b"{}"

    def cells(self, places: Iterable[int], fields: FieldSet) -> Cells:
        """The values of fields of events."""
        contents = [self.content(place) for place in places]
        ends = np.cumsum([len(content) for content in contents], dtype=np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
        return scan(padded(contents), starts, ends, fields)

    def batch(self, places: Sequence[int], origins: Sequence[int]) -> JsonBatch:
        """Events as a batch; ``origins``: the numbers of their indexes."""
        contents = [self.content(place) for place in places]
        ends = np.cumsum([len(content) for content in contents], dtype=np.int64)
        count = len(contents)
        names = [self._index_names[number] for number in origins]
        ids = [
            self.alerts.get(place, _NO_ALERT)[0] if place >= ALERT else self._ids.get(place)
            for place in places
        ]
        return JsonBatch(
            padded(contents),
            np.concatenate([np.zeros(1, np.int64), ends])[:-1],
            ends,
            np.zeros(count, np.int32),
            np.array(places, np.int64),
            np.arange(1, count + 1),
            ("journal",),
            identities=(names, ids) if any(names) or any(ids) else None,
        )

    def name(self, ref: Ref, content: bytes) -> tuple[str, str]:
        """``_index`` and name of an event."""
        if ref.place >= ALERT:
            return self._index_names[ref.origin], self.alerts.get(ref.place, _NO_ALERT)[0]
        name = self._ids.get(ref.place) or event_name(
            content_hash(content), self._numbers.get(ref.place, 0)
        )
        return self._index_names[ref.origin], name

    def event(self, ref: Ref, stage: int = 0) -> SourceEvent:
        """The event of a reference, whole."""
        content = self.content(ref.place)
        index, name = self.name(ref, content)
        return SourceEvent(name, index, ref.time, stage, content, 0, ref.place)

    def forget(self, but: Longs) -> None:
        """No events but those at some places will be asked for by name, and no other alerts."""
        self._ids.forget(but)
        self._numbers, self.alerts = _some(self._numbers, but), _some(self.alerts, but)

    def state(self, needed: Longs) -> dict[str, Any]:
        """As JSON values; ``needed``: places of the events and alerts that may be asked for."""
        return {
            "indexes": self._index_names,
            "ids": self._ids.some(needed),
            "numbers": list(_some(self._numbers, needed).items()),
            "alerts": [
                [place, name, line.decode(), time]
                for place, (name, line, time) in _some(self.alerts, needed).items()
            ],
            "lost": self.lost,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where another one was."""
        self._index_names = list(state["indexes"])
        self._indexes = {name: number for number, name in enumerate(self._index_names)}
        self._ids = Names(map(tuple, state["ids"]))
        self._numbers = dict(state["numbers"])
        self.alerts = {
            place: (name, line.encode(), time) for place, name, line, time in state["alerts"]
        }
        self.lost = state["lost"]


def _some(known: Mapping[int, _Value], chosen: Longs) -> dict[int, _Value]:
    """What is known of some places, in the order in which it was."""
    places = np.fromiter(known, np.int64, len(known))
    return {place: known[place] for place in places[np.isin(places, chosen)].tolist()}


REF = "ref"


class Plain:
    """Makes JSON values of references and other tuples, and of the places of a state.

    ``referred``: places that the state has in its arrays. What names are kept depends on all that
    the state refers to, so its `Places` come behind everything else.
    """

    def __init__(self, referred: Longs) -> None:
        self._referred = referred
        self._met: set[int] = set()

    @property
    def places(self) -> Longs:
        """Those that the state refers to, as far as it was made."""
        met = np.fromiter(self._met, np.int64, len(self._met))
        return np.concatenate([met, self._referred])

    def __call__(self, value: object) -> object:
        """A JSON value for what is none; TypeError if there is no such."""
        if isinstance(value, Ref):
            self._met.add(value.place)
            return {REF: [value.place, value.time, value.origin]}
        if isinstance(value, tuple):
            return list(value)
        if isinstance(value, Places):
            return value.state(self.places)
        raise TypeError(f"{type(value).__name__} in the state of a rule")


def restored(state: Any) -> Any:  # noqa: ANN401 - JSON
    """A state with references in the places of what `Plain` made of them."""
    match state:
        case {"ref": [place, time, index]} if len(state) == 1:
            return Ref(int(place), int(time), int(index))
        case dict():
            return {key: restored(value) for key, value in state.items()}
        case list():
            return [restored(value) for value in state]
        case _:
            return state
