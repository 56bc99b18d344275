"""Take texts apart by patterns that have names."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.languages.esql.extracts import GROK
from tocsin.languages.esql.grok_library import GROK_PATTERNS
from tocsin.tables.regex.matcher import Pattern
from tocsin.tables.regex.tree import PatternError

MOST_NESTED = 30
LONGEST = 200_000
"""Characters of a pattern once all that it names is written out."""


class Grokker:
    """Patterns of `grok`, for many texts; of several the first one that fits counts.

    Parameters
    ----------
    keys
        The names of the parts, in the order in which `parts` gives them.

    Raises
    ------
    PatternError
        A pattern cannot be used, or names one that there is not.
    """

    def __init__(self, patterns: tuple[str, ...], keys: tuple[str, ...]) -> None:
        self._keys = keys
        self._patterns: list[tuple[Pattern, list[list[int]]]] = []
        for text in patterns:
            names: list[str] = []
            compiled = Pattern(written_out(text, names), oniguruma=True)
            numbers = dict(compiled.names)
            places: list[list[int]] = [
                [numbers[f"n{index}"] for index, name in enumerate(names) if name == key]
                for key in keys
            ]
            self._patterns.append((compiled, places))

    def parts(self, text: str) -> list[str | None] | None:
        """The parts of a text, of several of one name the first; None if no pattern fits it."""
        for pattern, places in self._patterns:
            found = pattern.find(text)
            if found is not None:
                return [
                    next((found[number] for number in numbers if found[number] is not None), None)
                    for numbers in places
                ]
        return None

    def lists(self, texts: Sequence[str]) -> list[list[str]] | None:
        """All parts of all texts that a pattern fits, by key; None if none fits any."""
        lists: list[list[str]] = [[] for _ in self._keys]
        some = False
        for text in texts:
            for pattern, places in self._patterns:
                found = pattern.find(text)
                if found is None:
                    continue
                some = True
                for values, numbers in zip(lists, places, strict=True):
                    values.extend(part for number in numbers if (part := found[number]) is not None)
                break
        return lists if some else None


def written_out(pattern: str, names: list[str], depth: int = 0) -> str:
    """A pattern without references; its named parts are groups ``n0``, ``n1``, … of ``names``.

    Raises
    ------
    PatternError
        A pattern is not known, or what is named grows too large.
    """
    if depth > MOST_NESTED:
        raise PatternError("patterns name each other without end")
    told: list[str] = []
    at = 0
    for found in GROK.finditer(pattern):
        told.append(pattern[at : found.start()])
        at = found.end()
        name = found["name"] or found["group"]
        opened = "(?:"
        if name:
            opened = f"(?<n{len(names)}>"
            names.append(name)
        if found["group"]:
            told.append(found["escaped"] + opened)
            continue
        inner = GROK_PATTERNS.get(found["pattern"])
        if inner is None:
            raise PatternError(f"no pattern is called `{found['pattern']}`")
        told.append(f"{opened}{written_out(inner, names, depth + 1)})")
        if sum(map(len, told)) > LONGEST:
            raise PatternError("the pattern is too long")
    told.append(pattern[at:])
    return "".join(told)
