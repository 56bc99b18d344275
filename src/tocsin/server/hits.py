"""Documents as search results have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from tocsin.alerts.paths import values_at
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
        """The shown part, its objects and keys as they are: the document itself if all is shown."""
        if self._all or not (self._only or self._without):
            return document
        return self._part(document, "", whole=not self._only)

    def _part(self, tree: Mapping[str, Any], above: str, *, whole: bool) -> dict[str, Any]:
        """The part of an object; ``whole``: all but what is hidden of it is asked for."""
        made = {}
        for key, value in tree.items():
            name = f"{above}{key}"
            if self._without and _fits(name, self._without):
                continue
            wanted = whole or _fits(name, self._only)
            part = self._inner(value, f"{name}.", whole=wanted)
            if wanted or part:
                made[key] = part
        return made

    def _inner(self, value: object, above: str, *, whole: bool) -> Any:  # noqa: ANN401 - JSON
        """The part of a value; nothing is falsy."""
        if isinstance(value, Mapping):
            return self._part(value, above, whole=whole)
        if isinstance(value, list):
            parts = (self._inner(one, above, whole=whole) for one in value)
            return [part for part in parts if whole or part]
        return value if whole else None


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
    """Whether a pattern is that of a name, or of an object that it stands in."""
    return any(
        name == pattern or name.startswith(f"{pattern}.") or _matches(name, pattern)
        for pattern in patterns
    )


def _matches(name: str, pattern: str) -> bool:
    if "*" not in pattern:
        return False
    plain = pattern.replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(name, plain) or fnmatchcase(name, f"{plain}.*")
