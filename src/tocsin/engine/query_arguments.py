"""What a query is asked with, checked before anything is read."""

from __future__ import annotations

import operator
import sys
from collections.abc import Mapping

from tocsin.schema.kinds import Kind

LANGUAGES = ("eql", "kuery", "lucene", "esql")


def check_language(language: object) -> None:
    """Raise ValueError if there is no such language."""
    if language not in LANGUAGES:
        there_is = ", ".join(map(repr, LANGUAGES))
        raise ValueError(f"no query language is called {language!r}; there is {there_is}")


def check_text(text: object) -> None:
    """Raise TypeError if a query is no text, ValueError if it was not in UTF-8."""
    if not isinstance(text, str):
        raise TypeError(f"a query is a text, not {text!r}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"character {error.start + 1} of the query, {text[error.start]!r}, is half a "
            "character: the query was not in UTF-8"
        ) from None


def check_names(**names: object) -> None:
    """Raise TypeError if what names a field is no text."""
    for name, given in names.items():
        if not isinstance(given, str):
            raise TypeError(f"{name} is the name of a field, not {given!r}")


def count(name: str, given: object, least: int) -> int:
    """A number of things as the engine takes it. Raises TypeError or ValueError."""
    try:
        number = operator.index(given)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} is a whole number, not {given!r}") from None
    if number < least:
        raise ValueError(f"{name} is a number from {least}, not {number}")
    return min(number, sys.maxsize)


def kinds_of(fields: object) -> dict[str, Kind]:
    """Kinds by field. Raises TypeError or ValueError."""
    if fields is None:
        return {}
    if not isinstance(fields, Mapping):
        raise TypeError(f"fields maps names to kinds, as in {{'v': 'version'}}, not {fields!r}")
    for name in fields:
        if not isinstance(name, str):
            raise TypeError(f"fields has a name that is no text: {name!r}")
    return {name: _kind(name, kind) for name, kind in fields.items()}


def _kind(name: str, kind: object) -> Kind:
    try:
        return Kind(kind)  # type: ignore[arg-type]
    except ValueError:
        there_is = ", ".join(repr(str(each)) for each in Kind if each is not Kind.UNKNOWN)
        raise ValueError(f"field {name!r} is of no kind {kind!r}; there is {there_is}") from None
