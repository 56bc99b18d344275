"""Alerts of one event each, joined from ready pieces: the common case, a few µs an alert."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import orjson

from tocsin.alerts.excerpt import BODY, CANONICAL, VALUES
from tocsin.alerts.finding import Excerpt
from tocsin.alerts.heads import (
    EARLIEST,
    GAP,
    ID,
    LATEST,
    ORIGINAL_TIME,
    STAGE,
    TIME,
    write_heads,
)
from tocsin.alerts.iso import iso
from tocsin.alerts.kept import Kept
from tocsin.alerts.overrides import Rating
from tocsin.alerts.reasons import WHY
from tocsin.alerts.singles import Singles
from tocsin.columns.vector import WIDTH

Bytes: TypeAlias = npt.NDArray[np.uint8]
Whole: TypeAlias = npt.NDArray[np.int64]

FEW = 24
"""The heads of fewer alerts are sooner written by Python."""

_OPTIONS = orjson.OPT_NON_STR_KEYS
_PADDING = bytes(WIDTH)


class Template(NamedTuple):
    """What is the same in all alerts of a rule whose events have the same values."""

    told: bytes
    """``same``, and the member with the clauses that held."""
    rule: bytes
    """The members that tell of the rule, and the closing brace."""
    same: bytes
    """The sentence's end, as it stands within a JSON string, and members of the document."""
    stream: bytes
    """The name of the event's data stream, JSON; empty if it says that the event is an alert."""
    rating: Rating


class Templates:
    """Keeps templates and fills them.

    Parameters
    ----------
    make
        The template for a rule's number and the values of the fields that it looks at, as JSON.
    """

    def __init__(self, make: Callable[[int, bytes], Template]) -> None:
        self._make = make
        self._kept: Kept[Template] = Kept()
        self._some = np.empty(GAP + WIDTH, np.uint8)

    def heads(
        self, found: Singles, ids: Sequence[str], names: Sequence[str], text: Bytes, ends: Whole
    ) -> Sequence[Excerpt | None]:
        """The head of each alert and its template; None if its line takes more.

        Parameters
        ----------
        found, ids, names
            The findings; their names, and those of their events.
        text, ends
            What `tocsin.alerts.texts.Texts` read of the events.
        """
        if len(ids) < FEW:
            each = enumerate(zip(ids, names, ends.tolist(), strict=True))
            return [self.head(found, row, *which, text.data) for row, which in each]
        sure = ends[:, BODY] > ends[:, VALUES]
        if sure.all():
            return self._heads(found, ids, names, text, ends)
        heads: list[Excerpt | None] = [None] * len(ids)
        rows = np.flatnonzero(sure).tolist()
        if rows:
            told, called = [ids[row] for row in rows], [names[row] for row in rows]
            some = self._heads(found.picked(rows), told, called, text, ends[rows])
            for row, head in zip(rows, some, strict=True):
                heads[row] = head
        return heads

    def head(
        self, found: Singles, row: int, alert_id: str, name: str, ends: list[int], text: memoryview
    ) -> Excerpt | None:
        """As ``heads``, of one alert and by Python."""
        _, canonical, values, body, _ = ends
        if body == values:
            return None
        key = found.numbers[row], bytes(text[canonical:values])
        template = self._kept.get(key) or self._new(key)
        if not template.stream:
            return None
        at, event_time, stage = found.times[row], found.event_times[row], found.stages[row]
        index_name, extra = found.indices[row], found.extras[row]
        index = orjson.dumps(index_name) if index_name else template.stream
        name_json = orjson.dumps(name)
        time = iso(event_time).encode()
        pieces = (
            b'{"@timestamp":"',
            time if at == event_time else iso(at).encode(),
            b'","kibana.alert.uuid":"',
            alert_id.encode(),
            b'","kibana.alert.original_time":"',
            time,
            b'","kibana.alert.ancestors":[{"id":',
            name_json,
            b',"type":"event","index":',
            index,
            b',"depth":0}],"tocsin.events":[{"id":',
            name_json,
            b',"index":',
            index,
            b',"timestamp":"',
            time,
            b'","stage":',
            b"%d" % stage if stage else b"0",
            b"}],",
            orjson.dumps(extra, option=_OPTIONS)[1:-1] + b"," if extra else b"",
            text[values + GAP : body],
        )
        if extra and WHY in extra:
            template = template._replace(told=template.same)
        return b"".join(pieces), template

    def _heads(
        self, found: Singles, ids: Sequence[str], names: Sequence[str], text: Bytes, ends: Whole
    ) -> list[Excerpt | None]:
        get, new, view = self._kept.get, self._new, text.data
        keys = [
            (rule, view[start:end].tobytes())
            for rule, start, end in zip(
                found.numbers, ends[:, CANONICAL].tolist(), ends[:, VALUES].tolist(), strict=True
            )
        ]
        templates = [get(key) or new(key) for key in keys]
        streams = [template[3] for template in templates]
        doubtful = b"" in streams
        if any(found.indices):
            streams = [
                orjson.dumps(name) if name else stream
                for name, stream in zip(found.indices, streams, strict=True)
            ]
        places = ends[:, VALUES] + GAP
        numbers = found.times, found.event_times, found.stages
        starts = self._begun(ids, names, numbers, streams, text, places)
        heads: list[Excerpt | None] = [
            (view[start:end].tobytes(), template)
            for start, end, template in zip(
                starts.tolist(), ends[:, BODY].tolist(), templates, strict=True
            )
        ]
        if any(found.extras):
            _extend(heads, found.extras, (places - starts).tolist())
        if starts.min() < 0:
            doubtful = True
            for row in np.flatnonzero(starts < 0).tolist():
                heads[row] = None
        if doubtful:
            heads = [head if head and head[1].stream else None for head in heads]
        return heads

    def _begun(
        self,
        ids: Sequence[str],
        names: Sequence[str],
        numbers: Iterable[Sequence[int]],
        streams: Sequence[bytes],
        text: Bytes,
        places: Whole,
    ) -> Whole:
        """Where the heads begin, which are written now; -1 for those that take Python."""
        count = len(ids)
        rows = {stream: row for row, stream in enumerate(dict.fromkeys(streams))}
        told = np.empty((4, count), np.int64)
        for row, column in enumerate((*numbers, map(rows.__getitem__, streams))):
            told[row] = np.fromiter(column, np.int64, count)
        least, most = told.min(1), told.max(1)
        joined = "".join(ids).encode()
        starts = np.full(count, -1, np.int64)
        if (
            len(joined) != count * ID
            or min(least[TIME], least[ORIGINAL_TIME]) < EARLIEST
            or max(most[TIME], most[ORIGINAL_TIME]) > LATEST
            or least[STAGE] < 0
        ):
            return starts
        spans = np.zeros((len(rows), 2), np.int64)
        spans[:, 1] = np.cumsum([*map(len, rows)])
        spans[1:, 0] = spans[:-1, 1]
        listed = orjson.dumps(names)
        write_heads(
            _bytes(joined),
            _bytes(listed),
            told,
            _bytes(b"".join(rows)),
            spans,
            self._some,
            text,
            places,
            starts,
        )
        return starts

    def _new(self, key: tuple[int, bytes]) -> Template:
        made = self._make(*key)
        self._kept.keep(key, made, len(made.same) + len(made.told))
        return made


def _extend(
    found: list[Excerpt | None], extras: Sequence[Mapping[str, Any]], places: Sequence[int]
) -> None:
    """Write into heads what the types of rules add; ``places``: where the events' parts begin."""
    for row, (extra, place) in enumerate(zip(extras, places, strict=True)):
        excerpt = found[row]
        if extra and excerpt is not None:
            head, template = excerpt
            members = orjson.dumps(extra, option=_OPTIONS)[1:-1]
            if WHY in extra:
                template = template._replace(told=template.same)
            found[row] = head[:place] + members + b"," + head[place:], template


def _bytes(text: bytes) -> Bytes:
    return np.frombuffer(text + _PADDING, np.uint8)
