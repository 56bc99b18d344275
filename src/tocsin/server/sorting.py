"""How a search sorts documents: by which fields, and what of that is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cmp_to_key
from typing import Any, NamedTuple

from tocsin.alerts.iso import iso
from tocsin.rules.timing import TimingError, instant
from tocsin.server.question import field_of, is_time, known_only
from tocsin.server.refusal import bad_request

BY_ARRIVAL = frozenset({"_doc", "_shard_doc", "_score"})
SORTED = frozenset({"order", "missing", "mode", "format", "unmapped_type"})
LAST_OF = {"asc": "min", "desc": "max"}
"""Which of several values a document is sorted by."""

AS_DATES = (
    "strict_date_optional_time",
    "strict_date_optional_time_nanos",
    "date_optional_time",
    "date_time",
)
"""Formats in which times are told as text."""


class By(NamedTuple):
    """One field of a sort; ``first``: documents without it come first.

    ``dated``: its value, a time, is told as text.
    """

    name: str
    descending: bool
    first: bool
    dated: bool = False

    def shown(self, key: Any) -> Any:  # noqa: ANN401 - JSON
        """What a document was sorted by, as it is told."""
        return iso(key) if self.dated and isinstance(key, int) else key


def sorts(given: object) -> Iterator[By]:
    """The fields of a sort: ``"a"``, ``"a:desc"``, ``{"a": "desc"}``, ``{"a": {"order": …}}``."""
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, str):
            for name in one.split(","):
                plain, _, order = name.strip().partition(":")
                yield _by(plain, {"order": order} if order else {})
        elif isinstance(one, Mapping):
            for name, how in one.items():
                yield _by(str(name), how if isinstance(how, Mapping) else {"order": how})
        else:
            raise bad_request("[sort] names fields", "parsing_exception")


def _by(name: str, how: Mapping[str, Any]) -> By:
    known_only(how, SORTED, frozenset())
    order = how.get("order", "desc" if name == "_score" else "asc")
    if order not in ("asc", "desc"):
        raise bad_request("[order] is asc or desc", "parsing_exception")
    if how.get("missing", "_last") not in ("_first", "_last"):
        raise bad_request("[missing] is _first or _last", "parsing_exception")
    if how.get("mode", LAST_OF[order]) != LAST_OF[order]:
        raise bad_request(f"[mode] is {LAST_OF[order]} where [order] is {order}")
    form = how.get("format")
    if form is not None and (not is_time(name) or form not in (*AS_DATES, "epoch_millis")):
        raise bad_request(f"[format] is for times only, and one of {', '.join(AS_DATES)}")
    return By(field_of(name), order == "desc", how.get("missing") == "_first", form in AS_DATES)


def reached(by: By, value: object) -> Any:  # noqa: ANN401 - a scalar
    """A value of ``search_after``; that of a time may be written as text."""
    if value is None or (isinstance(value, str | int | float) and not is_time(by.name)):
        return value
    if isinstance(value, str):
        try:
            return int(value) if value.isdecimal() else instant(value, 0)
        except TimingError as error:
            raise bad_request(f"[search_after]: {error}") from None
    if not isinstance(value, int | float):
        raise bad_request("[search_after] has a text or a number for each field of [sort]")
    return value


def in_order(keys: Sequence[tuple[Any, ...]], sort: Sequence[By]) -> list[int]:
    """The numbers of documents in the order of a sort; those that are equal by arrival."""
    numbers = list(range(len(keys)))
    if not sort:
        return numbers
    compare: Callable[[int, int], int] = lambda one, other: compare_keys(  # noqa: E731
        keys[one], keys[other], sort
    )
    return sorted(numbers, key=cmp_to_key(compare))


def told_keys(keys: Sequence[Any], sort: Sequence[By]) -> list[Any]:
    """What a document was sorted by, as a hit has it."""
    return [by.shown(key) for by, key in zip(sort, keys, strict=True)]


def compare_keys(one: Sequence[Any], other: Sequence[Any], sort: Sequence[By]) -> int:
    """Below 0 if one comes before the other, 0 if they are equal."""
    for left, right, by in zip(one, other, sort, strict=True):
        if left is None or right is None:
            if (left is None) != (right is None):
                return -1 if (left is None) == by.first else 1
            continue
        before, behind = rank(left), rank(right)
        if before != behind:
            return -1 if (before < behind) != by.descending else 1
    return 0


def rank(value: Any) -> tuple[int, Any]:  # noqa: ANN401 - a scalar, or what a client sent
    """Values of different types in a fixed order: numbers, texts, others."""
    if isinstance(value, int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (2, str(value))
