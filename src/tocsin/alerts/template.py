"""Alerts of one event each, joined from ready pieces: the common case, a few µs an alert."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import orjson

from tocsin.alerts.excerpt import BODY, CANONICAL, VALUES
from tocsin.alerts.finding import Excerpt, Finding, Happened
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
        self,
        findings: Sequence[Finding],
        ids: Sequence[str],
        events: Sequence[Happened],
        text: Bytes,
        ends: Whole,
    ) -> list[Excerpt | None]:
        """The head of each alert and its template; None if its line takes more.

        Parameters
        ----------
        findings, ids, events
            Of one event each; their names, and the events with theirs.
        text, ends
            What `tocsin.alerts.texts.Texts` read of the events.
        """
        if len(findings) < FEW:
            told = zip(findings, ids, events, ends.tolist(), strict=True)
            return [self.head(*row[:3], text.data, *row[3]) for row in told]
        sure = ends[:, BODY] > ends[:, VALUES]
        if sure.all():
            return self._heads(findings, ids, events, text, ends)
        found: list[Excerpt | None] = [None] * len(findings)
        rows = np.flatnonzero(sure).tolist()
        if rows:
            picked = [findings[row] for row in rows]
            names, happened = [ids[row] for row in rows], [events[row] for row in rows]
            heads = self._heads(picked, names, happened, text, ends[rows])
            for row, head in zip(rows, heads, strict=True):
                found[row] = head
        return found

    def head(
        self,
        finding: Finding,
        alert_id: str,
        happened: Happened,
        text: memoryview,
        *places: int,
    ) -> Excerpt | None:
        """As ``heads``, of one alert and by Python; ``places`` are a row of the ends."""
        _, canonical, values, body, _ = places
        if body == values:
            return None
        rule, _, at, _, _, extra, _ = finding
        key = rule, bytes(text[canonical:values])
        template = self._kept.get(key) or self._new(key)
        (event,) = happened
        if event is None or not template.stream:
            return None
        name, index_name, event_time, stage, _, _, _ = event
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
        self,
        findings: Sequence[Finding],
        ids: Sequence[str],
        events: Sequence[Happened],
        text: Bytes,
        ends: Whole,
    ) -> list[Excerpt | None]:
        get, new, view = self._kept.get, self._new, text.data
        rules, _, times, _, _, extras, _ = zip(*findings, strict=True)
        keys = [
            (rule, bytes(view[start:end]))
            for rule, start, end in zip(
                rules, ends[:, CANONICAL].tolist(), ends[:, VALUES].tolist(), strict=True
            )
        ]
        templates = [get(key) or new(key) for key in keys]
        names, given, event_times, stages, *_ = zip(
            *(event for happened in events for event in happened if event is not None), strict=True
        )
        streams = [template[3] for template in templates]
        doubtful = b"" in streams
        if any(given):
            streams = [
                orjson.dumps(name) if name else stream
                for name, stream in zip(given, streams, strict=True)
            ]
        places = ends[:, VALUES] + GAP
        starts = self._begun(ids, names, (times, event_times, stages), streams, text, places)
        found: list[Excerpt | None] = [
            (bytes(view[start:end]), template)
            for start, end, template in zip(
                starts.tolist(), ends[:, BODY].tolist(), templates, strict=True
            )
        ]
        if any(extras):
            _extend(found, extras, (places - starts).tolist())
        if starts.min() < 0:
            doubtful = True
            for row in np.flatnonzero(starts < 0).tolist():
                found[row] = None
        if doubtful:
            found = [head if head and head[1].stream else None for head in found]
        return found

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
