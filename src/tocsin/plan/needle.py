"""A few plain characters without which no value satisfies a question: events without are passed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tocsin.plan.predicate import And, Compare, Predicate, Text

SHORTEST: Final = 2
"""Characters of a needle; a single one is in nearly every event."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.@ -]+")
"""Characters that stand in JSON as they are, whoever wrote it, but for ``\\u`` escapes."""


def needles_of(pattern: str, questions: Sequence[Predicate]) -> tuple[str, ...]:
    """What is in any event that has a field whose name fits and that satisfies its question."""
    # of a name the parts between dots, which may stand in keys of their own
    names = [part for run in _PLAIN.findall(pattern) for part in run.lower().split(".")]
    found = sorted({part for part in names if len(part) >= SHORTEST}, key=len, reverse=True)
    value = _in_values(questions)
    return (*([value] if value else []), *found)


def _in_values(questions: Sequence[Predicate]) -> str:
    """What is in any value that satisfies one of the questions, in lower case; empty if unknown."""
    runs = [_runs(question) for question in questions]
    if not runs or not all(runs):
        return ""
    shared = [
        run for run in runs[0] if all(any(run in other for other in others) for others in runs[1:])
    ]
    shared += [
        run
        for others in runs[1:]
        for run in others
        if all(any(run in each for each in rest) for rest in runs)
    ]
    return max(shared, key=len, default="")


def _runs(question: Predicate) -> list[str]:
    """Runs of plain characters that are in each value that satisfies a question."""
    match question:
        case And(terms):
            return _runs(terms[0])
        case Text(patterns=(pattern,)):
            found = _PLAIN.findall(pattern)
        case Compare(operator="==", value=str(value)):
            found = _PLAIN.findall(value)
        case _:
            return []
    return [run.lower() for run in found if len(run) >= SHORTEST]
