"""Documents as search results have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from tocsin.alerts.paths import flat, values_at
from tocsin.alerts.stream_name import stream_name
from tocsin.server.refusal import bad_request

UNKNOWN = "events"
"""The index of an event that names none."""


def index_of(index: str, document: Mapping[str, Any]) -> str:
    """The index of a document: the one it was sent to, else the data stream that it names."""
    if index:
        return index
    whole = dict(document)
    return stream_name(lambda name: [str(value) for value in values_at(whole, name)]) or UNKNOWN


class Shown:
    """What ``_source`` of a request shows of documents."""

    def __init__(self, wanted: object) -> None:
        self._all = wanted is True or wanted is None
        self.hidden = wanted is False
        only, without = wanted, ()
        if isinstance(wanted, Mapping):
            only = wanted.get("includes", wanted.get("include", ()))
            without = wanted.get("excludes", wanted.get("exclude", ()))
        self._only = () if self._all or self.hidden else _names(only)
        self._without = _names(without)

    def of(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The shown part: the document itself, or its fields by their dotted names."""
        if self._all or not (self._only or self._without):
            return document
        return {
            name: value
            for name, value in flat(dict(document)).items()
            if (not self._only or _fits(name, self._only)) and not _fits(name, self._without)
        }


def hit(
    document: Mapping[str, Any], index: str, name: str, shown: Shown, sort: Sequence[Any] = ()
) -> dict[str, Any]:
    """A hit of a search."""
    found: dict[str, Any] = {"_index": index_of(index, document), "_id": name, "_score": None}
    if not shown.hidden:
        found["_source"] = shown.of(document)
    if sort:
        found["sort"] = list(sort)
    return found


def _names(given: object) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise bad_request("[_source] names fields", "parsing_exception")
    return tuple(names)


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(
        name == pattern or name.startswith(f"{pattern}.") or _matches(name, pattern)
        for pattern in patterns
    )


def _matches(name: str, pattern: str) -> bool:
    return "*" in pattern and fnmatchcase(name, pattern.replace("[", "[[]").replace("?", "[?]"))
