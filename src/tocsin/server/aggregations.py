"""Aggregations of a search: counts by term or time, and figures, nested in each other.

{"by_rule": {"terms": {"field": "kibana.alert.rule.name", "size": 5},
             "aggs": {"worst": {"max": {"field": "kibana.alert.risk_score"}}}}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from tocsin.alerts.iso import iso
from tocsin.columns.cells import Scalar
from tocsin.rules.timing import TimingError, interval
from tocsin.server.question import field_of, is_time, known_only, number
from tocsin.server.refusal import bad_request
from tocsin.server.sorting import rank
from tocsin.server.totals import FIGURES, MOST_BUCKETS, MOST_SEEN, Figure, Room, Values

DEEPEST = 5
CALENDAR = {"minute": "1m", "1m": "1m", "hour": "1h", "1h": "1h", "day": "1d", "1d": "1d"}
NESTED = ("aggs", "aggregations")
UTC = ("UTC", "Z", "+00:00")

_KNOWN = {
    "terms": {"field", "size", "order", "min_doc_count"},
    "date_histogram": {
        "field",
        "fixed_interval",
        "calendar_interval",
        "min_doc_count",
        "time_zone",
    },
    **{figure: {"field"} for figure in FIGURES},
}
_IGNORED = {
    "terms": {"shard_size", "collect_mode", "execution_hint", "show_term_doc_count_error"},
    "cardinality": {"precision_threshold"},
}
"""Options that change no result here, since all documents are counted, and exactly."""


class Aggregation(Protocol):
    """Takes documents one by one, then tells.

    ``kind``: its type as clients that ask for it have it before the name (``sterms``, ``max``).
    """

    @property
    def kind(self) -> str: ...  # noqa: D102

    def add(self, values: Values) -> None:
        """Take a document."""
        ...

    def told(self) -> dict[str, Any]:
        """The result, as Elasticsearch writes it."""
        ...


class Aggregations:
    """Some aggregations by name. Raises RefusedError if one of them is none.

    ``typed``: names are told with their types, as some clients ask for (``typed_keys``).
    """

    def __init__(
        self, given: object, room: Room | None = None, depth: int = 0, *, typed: bool = False
    ) -> None:
        if not isinstance(given, Mapping) or depth > DEEPEST:
            raise bad_request("aggregations are objects by name", "parsing_exception")
        self._given, self._depth, self._typed = given, depth, typed
        self._room = room or Room()
        self._made = {name: self._aggregation(name, body) for name, body in given.items()}

    def anew(self) -> Aggregations:
        """The same ones, empty."""
        return Aggregations(self._given, self._room, self._depth, typed=self._typed)

    def add(self, values: Values) -> None:
        """Take a document."""
        for made in self._made.values():
            made.add(values)

    def told(self) -> dict[str, Any]:
        """The results by name."""
        return {
            f"{made.kind}#{name}" if self._typed else name: {**self._meta(name), **made.told()}
            for name, made in self._made.items()
        }

    def _meta(self, name: str) -> dict[str, Any]:
        """What a client notes of an aggregation, to find it in the answer."""
        return {key: value for key, value in self._given[name].items() if key == "meta"}

    def figure(self, name: str) -> float:
        """What a figure of this name says. Raises RefusedError if there is none."""
        made = self._made.get(name)
        if not isinstance(made, Figure):
            raise bad_request(f"[order]: there is no figure [{name[:100]}]", "parsing_exception")
        value = made.told()["value"]
        return float("-inf") if value is None else float(value)

    def _aggregation(self, name: str, body: object) -> Aggregation:
        if not isinstance(body, Mapping):
            raise bad_request(f"[{name}] is an object", "parsing_exception")
        inner: object = next((body[key] for key in NESTED if key in body), {})
        kinds = [key for key in body if key not in (*NESTED, "meta")]
        options = body.get(kinds[0]) if len(kinds) == 1 else None
        if not isinstance(options, Mapping):
            raise bad_request(f"[{name}] has one type of aggregation", "parsing_exception")
        kind, field = kinds[0], options.get("field")
        if kind not in _KNOWN:
            known = ", ".join(_KNOWN)
            raise bad_request(f"[{name}]: there is {known}, no [{kind}]", "parsing_exception")
        if not isinstance(field, str):
            raise bad_request(f"[{name}] needs a [field]", "parsing_exception")
        field_of(field)
        known_only(options, frozenset(_KNOWN[kind]), frozenset(_IGNORED.get(kind, ())))
        if kind in FIGURES:
            return Figure(field, kind, self._room)
        within = Aggregations(inner, self._room, self._depth + 1, typed=self._typed)
        least = number(options, "min_doc_count", int(kind == "terms"), MOST_SEEN)
        if not least and kind == "terms":
            raise bad_request("[min_doc_count] of [terms] is 1 at least")
        buckets = _Buckets(within, self._room, least)
        if kind == "terms":
            return _Terms(field, _size(options), _order(options, within), buckets)
        if options.get("time_zone", "UTC") not in UTC:
            raise bad_request("[time_zone] is UTC", "parsing_exception")
        return _Times(field, _length(options), buckets)


def fields_of(given: object) -> Iterator[str]:
    """The fields that aggregations read."""
    if isinstance(given, Mapping):
        for key, value in given.items():
            if key == "field" and isinstance(value, str):
                yield value
            else:
                yield from fields_of(value)


def _size(options: Mapping[str, Any]) -> int:
    size = options.get("size", 10)
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= MOST_BUCKETS:
        raise bad_request(f"[size] is a whole number from 1 to {MOST_BUCKETS:,}")
    return size


def _length(options: Mapping[str, Any]) -> int:
    given = options.get("fixed_interval") or CALENDAR.get(str(options.get("calendar_interval")))
    try:
        return interval(str(given))
    except TimingError:
        raise bad_request(
            "[fixed_interval] is a time such as 1h, or [calendar_interval] a minute, hour or day"
        ) from None


def _order(options: Mapping[str, Any], within: Aggregations) -> list[tuple[str, bool]]:
    """By what terms are ordered, and whether downwards: ``{"_key": "asc"}``, or a list of such."""
    given = options.get("order", {"_count": "desc"})
    found: list[tuple[str, bool]] = []
    for one in given if isinstance(given, list) else [given]:
        if not isinstance(one, Mapping) or len(one) != 1:
            raise bad_request("[order] names what terms are ordered by", "parsing_exception")
        by, way = next(iter(one.items()))
        if way not in ("asc", "desc"):
            raise bad_request("[order] is asc or desc", "parsing_exception")
        by = by.removesuffix(".value")
        if by not in {"_count", "_key", "_term"}:
            within.figure(by)
        found.append((by, way == "desc"))
    return found


class _Buckets:
    """Documents by key, each key with its count and aggregations of its own.

    ``least``: documents of a bucket that is told; 0: also those between others that have none.
    """

    def __init__(self, within: Aggregations, room: Room, least: int) -> None:
        self._within = within
        self._room = room
        self._least = least
        self._found: dict[Scalar, tuple[list[int], Aggregations]] = {}

    @property
    def counts(self) -> dict[Scalar, int]:
        """How many documents there are of each key that is told."""
        counts = ((key, count[0]) for key, (count, _) in self._found.items())
        return {key: count for key, count in counts if count >= self._least}

    def add(self, key: Scalar, values: Values) -> None:
        bucket = self._found.get(key)
        if bucket is None:
            self._room.bucket()
            bucket = self._found[key] = [0], self._within.anew()
        bucket[0][0] += 1
        bucket[1].add(values)

    def figure(self, key: Scalar, name: str) -> float:
        """What a figure of a bucket says."""
        return self._found[key][1].figure(name)

    def between(self, keys: Sequence[int], step: int) -> Sequence[int]:
        """The keys, ``step`` apart at least, and if empty buckets are told, those between them.

        Raises RefusedError if these are too many.
        """
        if self._least or not keys:
            return keys
        every = range(keys[0], keys[-1] + 1, step)
        self._room.bucket(len(every) - len(keys))
        return every

    def told(self, key: Scalar, *, timed: bool) -> dict[str, Any]:
        """A bucket; ``timed``: its key is a time."""
        count, within = self._found.get(key) or ([0], self._within)
        return {**_key(key, timed=timed), "doc_count": count[0], **within.told()}


def _key(key: Scalar, *, timed: bool) -> dict[str, Any]:
    """A key as Elasticsearch writes it: times and booleans as numbers, and as text."""
    if isinstance(key, bool):
        return {"key": int(key), "key_as_string": str(key).lower()}
    if timed and not isinstance(key, str):
        return {"key_as_string": iso(int(key)), "key": key}
    return {"key": key}


class _Terms:
    def __init__(
        self, field: str, size: int, order: list[tuple[str, bool]], buckets: _Buckets
    ) -> None:
        self._field, self._size, self._order = field, size, order
        self._buckets = buckets

    @property
    def kind(self) -> str:
        keys = self._buckets.counts.keys()
        if any(isinstance(key, str) for key in keys):
            return "sterms"
        if any(isinstance(key, float) for key in keys):
            return "dterms"
        return "lterms" if keys else "umterms"

    def add(self, values: Values) -> None:
        for value in dict.fromkeys(values(self._field)):
            self._buckets.add(value, values)

    def told(self) -> dict[str, Any]:
        counts = self._buckets.counts
        keys = sorted(counts, key=rank)
        for by, down in reversed(self._order):
            if by in {"_key", "_term"}:
                keys.sort(key=rank, reverse=down)
            elif by == "_count":
                keys.sort(key=counts.__getitem__, reverse=down)
            else:
                keys.sort(key=lambda key: self._buckets.figure(key, by), reverse=down)
        timed = is_time(self._field)
        return {
            "doc_count_error_upper_bound": 0,
            "sum_other_doc_count": sum(counts[key] for key in keys[self._size :]),
            "buckets": [self._buckets.told(key, timed=timed) for key in keys[: self._size]],
        }


class _Times:
    kind = "date_histogram"

    def __init__(self, field: str, length: int, buckets: _Buckets) -> None:
        self._field, self._length = field, length
        self._buckets = buckets

    def add(self, values: Values) -> None:
        begins = {
            int(value) // self._length * self._length
            for value in values(self._field)
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
        for begin in begins:
            self._buckets.add(begin, values)

    def told(self) -> dict[str, Any]:
        keys = self._buckets.between(sorted(map(int, self._buckets.counts)), self._length)
        return {"buckets": [self._buckets.told(key, timed=True) for key in keys]}
