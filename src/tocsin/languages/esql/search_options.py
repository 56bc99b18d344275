"""Options of the search functions: which there are, and what of them can be done here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

_NO_MATTER = frozenset(
    {
        *("boost", "max_expansions", "lenient", "fuzzy_rewrite", "tie_breaker"),
        "auto_generate_synonyms_phrase_query",
    }
)
"""Options that change no answer: they are about scores, speed and what is no error."""
_WORDS = ("fuzziness", "fuzzy_transpositions", "minimum_should_match", "operator", "prefix_length")
_ALL = ("analyzer", "zero_terms_query")

_KNOWN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "match": _NO_MATTER.union(_WORDS, _ALL),
        "match_phrase": _NO_MATTER.union(_ALL, ("slop",)),
        "multi_match": _NO_MATTER.union(_WORDS, _ALL, ("type", "slop")),
    }
)
_DONE: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "analyzer": re.compile("standard"),
        "zero_terms_query": re.compile("none", re.IGNORECASE),
        "slop": re.compile("0"),
        "type": re.compile("best_fields|most_fields|phrase"),
        "minimum_should_match": re.compile(r"-?\d{1,3}%?"),
        "fuzziness": re.compile(r"[012]|AUTO(:\d{1,3},\d{1,3})?", re.IGNORECASE),
        "operator": re.compile("and|or", re.IGNORECASE),
        "prefix_length": re.compile(r"\d{1,3}"),
    }
)
"""The values of options with which a search can be done."""


def options_of(text: object) -> Mapping[str, object]:
    """Options as a mapping; empty if there are none."""
    found = json.loads(text) if isinstance(text, str) else {}
    return found if isinstance(found, dict) else {}


def slips_in_options(name: str, given: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What is wrong with the options of a function, and a hint."""
    for option, value in given.items():
        if option not in _KNOWN[name]:
            yield f"`{name}` has no option `{option}`", _listed(sorted(_KNOWN[name]))
        elif option in _DONE and not _DONE[option].fullmatch(str(value)):
            yield f"`{option}` of `{name}` cannot be `{value}` here", ""


def _listed(names: Sequence[str]) -> str:
    return "there are " + ", ".join(f"`{name}`" for name in names)
