"""Names that look like a mistyped one, for "did you mean"."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIKENESS = 0.7


def near(word: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """Up to ``limit`` of ``names`` that are most like ``word``, best first; letter case is free.

    Names that differ in case only come first. Names of very different length are not compared, so
    thousands of names are looked through in some milliseconds.
    """
    folded = word.lower()
    matcher: SequenceMatcher[str] = SequenceMatcher(autojunk=False)
    matcher.set_seq2(folded)
    found: list[tuple[float, str]] = []
    for name in names:
        other = name.lower()
        if other == folded:
            found.append((2.0, name))
            continue
        if 2 * min(len(other), len(folded)) < _LIKENESS * (len(other) + len(folded)):
            continue
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() < _LIKENESS or matcher.quick_ratio() < _LIKENESS:
            continue
        likeness = matcher.ratio()
        if likeness >= _LIKENESS:
            found.append((likeness, name))
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    return [name for _, name in found[:limit]]


def did_you_mean(names: list[str]) -> str:
    """The hint ``did you mean `a` or `b`?``, empty without names."""
    if not names:
        return ""
    quoted = [f"`{name}`" for name in names]
    listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    return f"did you mean {listed}?"
