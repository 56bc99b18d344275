"""Aggregations of a search: counts by term or time, and figures, nested in each other.

{"by_rule": {"terms": {"field": "kibana.alert.rule.name", "size": 5},
             "aggs": {"worst": {"max": {"field": "kibana.alert.risk_score"}}}}}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias

from tocsin.columns.cells import Scalar
from tocsin.rules.timing import TimingError, interval
from tocsin.server.refusal import RefusedError, bad_request

Values: TypeAlias = Callable[[str], list[Scalar]]
"""The values of a field of the document at hand; of `TIME` its time in milliseconds."""

TIME = "@timestamp"
MOST_BUCKETS = 65_536
MOST_SEEN = 1_000_000
DEEPEST = 5
CALENDAR = {"minute": "1m", "1m": "1m", "hour": "1h", "1h": "1h", "day": "1d", "1d": "1d"}
NESTED = ("aggs", "aggregations")


class Aggregation(Protocol):
    """Takes documents one by one, then tells."""

    def add(self, values: Values) -> None:
        """Take a document."""
        ...

    def told(self) -> dict[str, Any]:
        """The result, as Elasticsearch writes it."""
        ...


class Aggregations:
    """Some aggregations by name. Raises RefusedError if one of them is none."""

    def __init__(self, given: object, depth: int = 0) -> None:
        if not isinstance(given, Mapping) or depth > DEEPEST:
            raise bad_request("aggregations are objects by name", "parsing_exception")
        self._given, self._depth = given, depth
        self._made = {name: _aggregation(name, body, depth) for name, body in given.items()}

    def anew(self) -> Aggregations:
        """The same ones, empty."""
        return Aggregations(self._given, self._depth)

    def add(self, values: Values) -> None:
        """Take a document."""
        for made in self._made.values():
            made.add(values)

    def told(self) -> dict[str, Any]:
        """The results by name."""
        return {name: made.told() for name, made in self._made.items()}


def fields_of(given: object) -> Iterator[str]:
    """The fields that aggregations read."""
    if isinstance(given, Mapping):
        for key, value in given.items():
            if key == "field" and isinstance(value, str):
                yield value
            else:
                yield from fields_of(value)


def _aggregation(name: str, body: object, depth: int) -> Aggregation:
    if not isinstance(body, Mapping):
        raise bad_request(f"[{name}] is an object", "parsing_exception")
    inner: object = next((body[key] for key in NESTED if key in body), {})
    kinds = [key for key in body if key not in (*NESTED, "meta")]
    options = body.get(kinds[0]) if len(kinds) == 1 else None
    if not isinstance(options, Mapping):
        raise bad_request(f"[{name}] has one type of aggregation", "parsing_exception")
    kind, field = kinds[0], options.get("field")
    if not isinstance(field, str):
        raise bad_request(f"[{name}] needs a [field]", "parsing_exception")
    within = Aggregations(inner, depth + 1)
    if kind == "terms":
        return _Terms(field, _size(options), within)
    if kind == "date_histogram":
        return _Times(field, _length(options), within)
    if kind in _FIGURES:
        return _Figure(field, kind)
    known = ", ".join(("terms", "date_histogram", *_FIGURES))
    raise bad_request(f"[{name}]: there is {known}, no [{kind}]", "parsing_exception")


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


class _Buckets:
    """Documents by key, each key with its count and aggregations of its own."""

    def __init__(self, within: Aggregations) -> None:
        self._within = within
        self.found: dict[Scalar, tuple[list[int], Aggregations]] = {}

    def add(self, key: Scalar, values: Values) -> None:
        bucket = self.found.get(key)
        if bucket is None:
            if len(self.found) >= MOST_BUCKETS:
                reason = f"there are more than {MOST_BUCKETS:,} buckets"
                raise RefusedError(400, "too_many_buckets_exception", reason)
            bucket = self.found[key] = [0], self._within.anew()
        bucket[0][0] += 1
        bucket[1].add(values)

    def told(self, key: Scalar) -> dict[str, Any]:
        count, within = self.found[key]
        return {"key": key, "doc_count": count[0], **within.told()}


class _Terms:
    def __init__(self, field: str, size: int, within: Aggregations) -> None:
        self._field, self._size = field, size
        self._buckets = _Buckets(within)

    def add(self, values: Values) -> None:
        for value in dict.fromkeys(values(self._field)):
            self._buckets.add(value, values)

    def told(self) -> dict[str, Any]:
        counts = {key: bucket[0][0] for key, bucket in self._buckets.found.items()}
        keys = sorted(counts, key=lambda key: (-counts[key], str(key)))
        return {
            "doc_count_error_upper_bound": 0,
            "sum_other_doc_count": sum(counts[key] for key in keys[self._size :]),
            "buckets": [self._buckets.told(key) for key in keys[: self._size]],
        }


class _Times:
    def __init__(self, field: str, length: int, within: Aggregations) -> None:
        self._field, self._length = field, length
        self._buckets = _Buckets(within)

    def add(self, values: Values) -> None:
        begins = {
            int(value) // self._length * self._length
            for value in values(self._field)
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
        for begin in begins:
            self._buckets.add(begin, values)

    def told(self) -> dict[str, Any]:
        keys = sorted(self._buckets.found, key=float)
        return {"buckets": [self._buckets.told(key) for key in keys]}


_FIGURES = ("min", "max", "sum", "avg", "value_count", "cardinality")


class _Figure:
    def __init__(self, field: str, kind: str) -> None:
        self._field, self._kind = field, kind
        self._count, self._sum = 0, 0.0
        self._least: float | None = None
        self._most: float | None = None
        self._seen: set[Scalar] = set()

    def add(self, values: Values) -> None:
        for value in values(self._field):
            if self._kind == "cardinality":
                self._see(value)
            elif self._kind == "value_count":
                self._count += 1
            elif isinstance(value, int | float) and not isinstance(value, bool):
                self._count += 1
                self._sum += value
                self._least = value if self._least is None else min(self._least, value)
                self._most = value if self._most is None else max(self._most, value)

    def _see(self, value: Scalar) -> None:
        if len(self._seen) >= MOST_SEEN:
            raise bad_request(f"[{self._field}] has more than {MOST_SEEN:,} values to be counted")
        self._seen.add(value)

    def told(self) -> dict[str, Any]:
        figures: dict[str, float | None] = {
            "min": self._least,
            "max": self._most,
            "sum": self._sum,
            "avg": self._sum / self._count if self._count else None,
            "value_count": self._count,
            "cardinality": len(self._seen),
        }
        return {"value": figures[self._kind]}
