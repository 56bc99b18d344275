"""The candidate events of ES|QL rules once more: what they are called, and what stood in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from tocsin.alerts.finding import SourceEvent
from tocsin.alerts.identity import event_name
from tocsin.alerts.paths import Fields
from tocsin.alerts.stream_name import stream_name
from tocsin.columns.cells import Place as At
from tocsin.columns.content import content_hash
from tocsin.engine.carried import CARRIED, CarriedEvents
from tocsin.engine.table_places import Place, Places
from tocsin.inputs.source import Events

_TOGETHER = 10_000
"""Events that are looked at together."""


class Named(NamedTuple):
    """An event's name and index as the input has them, else made of its content.

    ``stream``: the name of its data stream where the input gives no index.
    """

    name: str
    index_name: str
    stream: str


class TableEvents:
    """Reads events again, out of the input or, those of earlier inputs, out of the state."""

    def __init__(self, source: Events, carried: CarriedEvents, places: Places) -> None:
        self._source = source
        self._carried = carried
        self._places = places

    def named(self, numbers: Iterable[int]) -> dict[int, Named]:
        """The names of some events; equal ones that the input gives none are told apart."""
        known = self._places.of(numbers)
        found: dict[int, Named] = {}
        unnamed: dict[tuple[int, int], int] = {}
        for number, place in known.items():
            if place.source == CARRIED:
                found[number] = Named(*self._carried[place.offset][:3])
            elif place.id:
                found[number] = Named(place.id, place.index, "")
            else:
                unnamed[place.source, place.offset] = number
        count: dict[str, int] = {}
        for at, content in self._source.read_again(At(*place) for place in sorted(unnamed)):
            number = unnamed[at.source, at.offset]
            digest = content_hash(content)
            count[digest] = count.get(digest, -1) + 1
            index = known[number].index
            stream = "" if index else stream_name(Fields(orjson.loads(content), content))
            found[number] = Named(event_name(digest, count[digest]), index, stream)
        return found

    def again(self) -> npt.NDArray[np.int64]:
        """The numbers of events that are an earlier one, read again: of its index, id and content.

        Events without an id are each their own.
        """
        seen: set[bytes] = set()
        found: list[int] = []
        alike = self._places.alike()
        for begin in range(0, len(alike), _TOGETHER):
            known = {
                (place.source, place.offset): (number, place)
                for number, place in self._places.of(alike[begin : begin + _TOGETHER]).items()
            }
            for at, content in self._source.read_again(At(*place) for place in sorted(known)):
                number, place = known[at.source, at.offset]
                told = f"{place.index}\0{place.id}\0{content_hash(content)}".encode()
                name = blake2b(told, digest_size=16).digest()
                if name in seen:
                    found.append(number)
                seen.add(name)
        return np.array(found, np.int64)

    def contents(self, numbers: Collection[int]) -> dict[int, bytes]:
        """What stood in some events; nothing where it was not kept."""
        known = self._places.of(numbers)
        wanted = {
            (place.source, place.offset): number
            for number, place in known.items()
            if place.source != CARRIED
        }
        found = {
            wanted[at.source, at.offset]: content
            for at, content in self._source.read_again(At(*place) for place in sorted(wanted))
        }
        for number, place in known.items():
            if place.source == CARRIED:
                found[number] = self._carried[place.offset].content
        return found

    def events(
        self,
        numbers: Iterable[int],
        names: Mapping[int, Named],
        whole: Collection[int],
        *,
        streams: bool,
    ) -> dict[int, SourceEvent]:
        """Some events under their names, some of them whole.

        ``streams``: the name of an event's data stream stands for that of its index.
        """
        places, contents = self._places.of(numbers), self.contents(whole)
        return {
            number: _event(place, names[number], contents.get(number, b""), streams=streams)
            for number, place in places.items()
        }


def _event(place: Place, named: Named, content: bytes, *, streams: bool) -> SourceEvent:
    index = named.index_name or (named.stream if streams else "")
    return SourceEvent(named.name, index, place.time, 0, content, place.source, place.offset)
