r"""Patterns of queries: as SQL where DuckDB matches them itself, else kept for Python.

DuckDB matches with RE2, in linear time. What RE2 has no words for (look-around, atomic groups, `$`
before a last line end, Lucene's intersections) is matched by `tocsin.tables.regex` or by an
automaton, called from SQL by the number under which it is kept here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

from tocsin.languages.esql.typed import (
    Apply,
    Constant,
    Extract,
    Pipeline,
    expressions_of,
    walk,
)
from tocsin.plan.regex import RegexError, compile_regex, parse_regex
from tocsin.tables.date_pattern import DatePattern, date_pattern
from tocsin.tables.dissect import Dissector
from tocsin.tables.grok import Grokker
from tocsin.tables.quoting import text as quoted
from tocsin.tables.regex.matcher import Pattern
from tocsin.tables.regex.parse import parse_pattern
from tocsin.tables.regex.re2 import lucene_text, re2_text
from tocsin.tables.regex.tree import PatternError, may_be_empty

_TEMPLATE = re.compile(r"\\(?P<plain>.)|\$(?P<digit>\d)|\$\{(?P<name>\w+)\}", re.DOTALL)

Kept: TypeAlias = Pattern | Grokker | Dissector | DatePattern | Callable[[str], bool]
"""What Python does for SQL."""

REMEMBERED, LONGEST = 4096, 256
"""Of so many texts, none longer, it is remembered whether they pass a test: names come again."""


class Patterns:
    """Writes the SQL of patterns; those that Python matches stand in ``kept`` by number."""

    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self._templates: dict[str, tuple[str | int, ...]] = {}

    def _keep(self, what: Kept) -> int:
        self.kept.append(what)
        return len(self.kept) - 1

    def like(self, value: str, pattern: str) -> str:
        """Whether a text matches a pattern with ``*`` and ``?``."""
        parts = _like_parts(pattern)
        stars = [index for index, part in enumerate(parts) if part == "*"]
        if "?" not in parts:
            inner = "".join(part[1:] for part in parts if part != "*")
            if not stars:
                return f"({value} = {quoted(inner)})"
            last = len(parts) - 1
            if not inner:
                return f"({value} IS NOT NULL)" if value != "NULL" else "NULL"
            match stars:
                case [0] if last > 0:
                    return f"ends_with({value}, {quoted(inner)})"
                case [place] if place == last:
                    return f"starts_with({value}, {quoted(inner)})"
                case [0, place] if place == last:
                    return f"contains({value}, {quoted(inner)})"
        told = "".join(
            "(?s:.*)" if part == "*" else "(?s:.)" if part == "?" else re2_char(part[1:])
            for part in parts
        )
        return f"regexp_full_match({value}, {quoted(told)})"

    def rlike(self, value: str, pattern: str) -> str:
        """Whether a text matches one of Lucene's regular expressions as a whole."""
        try:
            told = lucene_text(parse_regex(pattern))
            if told is not None:
                return f"regexp_full_match({value}, {quoted(told)})"
            number = self._keep(compile_regex(pattern).matches)
        except RegexError as error:
            raise PatternError(error.message) from None
        return f"matches_kept({number}, {value})"

    def replace(self, value: str, pattern: str, by: str, known: str | None) -> str:
        """Every match of one of Java's regular expressions replaced.

        ``by`` is the SQL of the new text, ``known`` the text itself if it is a constant.
        """
        expression = parse_pattern(pattern)
        # where a match ends RE2 finds no empty one, as Java does
        told = None if may_be_empty(expression.tree) else re2_text(expression.tree)
        if known is not None:
            parts = template_parts(known, expression.groups, dict(expression.names))
        if known is not None and told is not None:
            template = "".join(
                f"\\{part}" if isinstance(part, int) else part.replace("\\", "\\\\")
                for part in parts
            )
            return f"regexp_replace({value}, {quoted(told)}, {quoted(template)}, 'g')"
        return f"replace_kept({self._keep(Pattern(pattern))}, {value}, {by})"

    def searched(self, values: str, test: Callable[[str], bool]) -> str:
        """Whether one of some texts passes a test."""
        passed = (
            f"list_filter({values}, lambda v: matches_kept({self._keep(_remembered(test))}, v))"
        )
        return f"COALESCE(len({passed}) > 0, FALSE)"

    def date_written(self, value: str, pattern: str) -> str:
        """A date as a pattern writes it."""
        return f"date_written({self._keep(date_pattern(pattern))}, {value})"

    def date_read(self, value: str, pattern: str) -> str:
        """The date that a pattern finds in a text."""
        return f"date_read({self._keep(date_pattern(pattern))}, {value})"

    def extract(self, step: Extract, value: str) -> str:
        """The parts of a text as a list, in the order of the step's keys; null if none fits.

        Where a part may be several values, ``value`` is a list of texts, and each part is one.
        """
        kept: Grokker | Dissector
        if step.how == "grok":
            kept = Grokker(step.patterns, step.keys)
        else:
            kept = Dissector(step.patterns[0], step.keys, step.separator)
        name = "lists_kept" if step.multi else "parts_kept"
        return f"{name}({self._keep(kept)}, {value})"

    def matches_kept(self, number: int | None, value: str | None) -> bool | None:
        """What SQL calls for `rlike`."""
        kept = self.kept[number or 0]
        if value is None or isinstance(kept, Pattern | Grokker | Dissector | DatePattern):
            return None
        return kept(value)

    def date_written_kept(self, number: int | None, value: int | None) -> str | None:
        """What SQL calls for `date_format`."""
        kept = self.kept[number or 0]
        return kept.written(value) if isinstance(kept, DatePattern) else None

    def date_read_kept(self, number: int | None, value: str | None) -> int | None:
        """What SQL calls for `date_parse`."""
        kept = self.kept[number or 0]
        return kept.read(value) if isinstance(kept, DatePattern) else None

    def replace_kept(self, number: int | None, value: str | None, by: str | None) -> str | None:
        """What SQL calls for `replace`."""
        kept = self.kept[number or 0]
        if value is None or by is None or not isinstance(kept, Pattern):
            return None
        parts = self._templates.get(by)
        if parts is None:
            try:
                parts = template_parts(by, kept.expression.groups, dict(kept.names))
            except PatternError:
                return None
            if len(self._templates) < 1000:
                self._templates[by] = parts
        return kept.replaced(value, parts)

    def parts_kept(self, number: int | None, value: str | None) -> list[str | None] | None:
        """What SQL calls for `grok` and `dissect`."""
        kept = self.kept[number or 0]
        if value is None or not isinstance(kept, Grokker | Dissector):
            return None
        return kept.parts(value)

    def lists_kept(
        self, number: int | None, values: Sequence[str | None] | None
    ) -> list[list[str]] | None:
        """What SQL calls for `grok` and `dissect` of several values."""
        kept = self.kept[number or 0]
        if values is None or not isinstance(kept, Grokker | Dissector):
            return None
        return kept.lists([value for value in values if value is not None])


def re2_char(char: str) -> str:
    """One character as RE2 writes it."""
    return char if char.isascii() and char.isalnum() else f"\\x{{{ord(char):x}}}"


def template_parts(text: str, groups: int, names: dict[str, int]) -> tuple[str | int, ...]:
    r"""What a match is replaced by: texts, and numbers of groups for ``$1``, ``$12``, ``${name}``.

    A backslash makes the next character plain. Raises `PatternError` for groups that there are not.
    """
    parts: list[str | int] = []
    at = 0
    while found := _TEMPLATE.search(text, at):
        parts.append(text[at : found.start()])
        at = found.end()
        if found["plain"] is not None:
            parts.append(found["plain"])
            continue
        if found["name"] is not None:
            if found["name"] not in names:
                raise PatternError(f"there is no group `{found['name']}`")
            parts.append(names[found["name"]])
            continue
        number = int(found["digit"])
        if number > groups:
            raise PatternError(f"there is no group {number}")
        while at < len(text) and text[at].isdigit() and 10 * number + int(text[at]) <= groups:
            number = 10 * number + int(text[at])
            at += 1
        parts.append(number)
    parts.append(text[at:])
    return tuple(part for part in parts if part != "")


def _like_parts(pattern: str) -> list[str]:
    r"""``*``, ``?``, and plain characters, each behind a mark; stars in a row are one."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and pattern[at + 1 : at + 2] in ("*", "?", "\\"):
            at += 1
            parts.append("=" + pattern[at])
        elif char in "*?":
            if char == "?" or parts[-1:] != ["*"]:
                parts.append(char)
        else:
            parts.append("=" + char)
        at += 1
    return parts


def pattern_problem(pipeline: Pipeline) -> str | None:
    """What is wrong with a pattern of a pipeline, None if nothing."""
    patterns = Patterns()
    try:
        for step in pipeline.steps:
            if isinstance(step, Extract):
                patterns.extract(step, "x")
            for node in walk(*expressions_of(step)):
                if isinstance(node, Apply):
                    _try(node, patterns)
    except PatternError as error:
        return str(error)
    return None


def _remembered(test: Callable[[str], bool]) -> Callable[[str], bool]:
    known = lru_cache(REMEMBERED)(test)
    return lambda text: known(text) if len(text) <= LONGEST else test(text)


def _try(node: Apply, patterns: Patterns) -> None:
    told = [str(each.value) if isinstance(each, Constant) else "" for each in node.arguments]
    if node.name == "rlike":
        for pattern in told[1:]:
            patterns.rlike("x", pattern)
    elif node.name in ("date_format", "date_parse") and len(told) > 1:
        first = node.arguments[0]
        if isinstance(first, Constant) and isinstance(first.value, str):
            date_pattern(first.value)
    elif node.name == "replace":
        by = told[2] if isinstance(node.arguments[2], Constant) else None
        expression = parse_pattern(told[1])
        if by is not None:
            template_parts(by, expression.groups, dict(expression.names))
        patterns.replace("x", told[1], "x", by)
