"""What is wrong with a question, shown under the character where it is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from unicodedata import combining, east_asian_width

from tocsin.diagnostics import Diagnostic
from tocsin.diagnostics.render import as_json
from tocsin.diagnostics.span import line_and_column
from tocsin.web.visible import visible

_WIDEST, _BEFORE = 120, 60
"""Characters of a long line that are shown, and those before the place."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong or doubtful.

    ``line`` and ``column`` count from 1, 0 where it has no place. The line stands in three pieces,
    ``marked`` being the one in question; ``under`` is what stands below: blanks, then carets.
    ``start`` and ``end`` count UTF-16 units in the text, as browsers do.
    """

    severity: str
    code: str
    message: str
    hint: str = ""
    line: int = 0
    column: int = 0
    before: str = ""
    marked: str = ""
    behind: str = ""
    under: str = ""
    start: int = 0
    end: int = 0


def troubles(found: Iterable[Diagnostic]) -> list[Trouble]:
    """Diagnostics for a page."""
    return [_trouble(one) for one in found]


def troubles_json(found: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Diagnostics for a program; a script finds the place in its text by ``start`` and ``end``."""
    return [
        {
            **{key: value for key, value in as_json(one).items() if key not in {"file", "rule_id"}},
            "label": one.label,
            "start": shown.start,
            "end": shown.end,
        }
        for one in found
        for shown in (_trouble(one),)
    ]


def _trouble(found: Diagnostic) -> Trouble:
    text, start = found.text, found.span.start
    if start < 0 or not text:
        return Trouble(str(found.severity), found.code, found.message, found.hint)
    start = min(start, len(text))
    end = min(max(found.span.end, start), len(text))
    line, column = line_and_column(text, start)
    first = start - column + 1
    stop = text.find("\n", first)
    stop = len(text) if stop < 0 else stop
    left = max(first, start - _BEFORE) if stop - first > _WIDEST else first
    right = min(stop, left + _WIDEST)
    before = ("…" if left > first else "") + _shown(text[left:start])
    marked = _shown(text[start : max(start, min(end, right))])
    behind = _shown(text[min(max(start, end), right) : right]) + ("…" if right < stop else "")
    label = f" {visible(found.label)}" if found.label else ""
    return Trouble(
        str(found.severity),
        found.code,
        found.message,
        found.hint,
        line,
        column,
        before,
        marked,
        behind,
        f"{' ' * _width(before)}{'^' * max(1, _width(marked))}{label}",
        _units(text[:start]),
        _units(text[:end]),
    )


def _shown(text: str) -> str:
    return visible(text.replace("\t", "    ").replace("\n", " ").replace("\r", ""))


def _width(text: str) -> int:
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
