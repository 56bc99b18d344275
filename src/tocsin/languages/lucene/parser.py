"""Parse Lucene query strings, with an explicit stack instead of recursion.

    query  = [ part { part | ( "AND" | "OR" ) clause } ]
    part   = row | clause
    row    = TERM TERM { TERM }
    clause = [ "+" | "-" | "NOT" ] [ field ":" ] ( "(" query ")" | value ) [ "^" number ]
    value  = TERM | TEXT | REGEX | RANGE

Terms in a row are one value, which the field's kind cuts into words or not; the last one before
``AND``, ``OR``, ``^`` or a lone ``*`` is a clause of its own, and so is one with a wildcard.
AND makes both its neighbours necessary; without AND or ``+`` one clause of several is enough. This
is not the precedence of logic, but it is Lucene's. Fuzzy terms (``~``) are refused; a boost (``^``)
is passed over, since it changes no answer, and told of in ``Query.notes``.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Final, NoReturn

from tocsin.diagnostics import Diagnostic, Severity, Span
from tocsin.languages.lucene.nodes import (
    Bounds,
    Clauses,
    Everything,
    Exists,
    Expression,
    Is,
    Literal,
    Regex,
    Row,
    Value,
    Wildcard,
)
from tocsin.languages.lucene.tokens import BARE, END, RANGE, REGEX, TERM, TEXT, Tokens

MAX_NESTING: Final = 200
_WILD = re.compile(r"(?<!\\)(?:\\\\)*[*?]")
_BOUND = r'"(?:[^"\\]|\\[\s\S])*"|[^\s"\]}]+'
_RANGE = re.compile(
    rf"(?P<open>[\[{{])\s*(?P<low>{_BOUND})\s+TO\s+(?P<high>{_BOUND})\s*(?P<close>[\]}}])"
)
_COMPARED = re.compile(r"[<>]=?")
_STARTS: Final = (TERM, BARE, TEXT, REGEX, RANGE, "(", "+", "-", "NOT")
_BEHIND_NO_ROW: Final = (":", "suffix", "AND", "OR")


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query, and what was passed over in it."""

    expression: Expression
    notes: tuple[Diagnostic, ...] = ()


def parse(text: str, *, both: bool = False) -> Query:
    """The tree of a query string.

    Parameters
    ----------
    both
        Whether clauses with nothing between them must all hold (``default_operator: AND``).

    Raises
    ------
    QuerySyntaxError
        With a diagnostic for the first mistake in the text.
    """
    return _Parser(text, both=both).query()


@dataclass(slots=True)
class _Group:
    """What stands in parentheses; at the bottom the whole query."""

    start: int
    field: str | None
    clauses: list[tuple[str, Expression]] = dataclasses.field(default_factory=list)
    """``must``, ``should`` or ``must_not`` with what it is about."""
    joined: str = ""
    """AND or OR, if one stands before the next clause."""
    modifier: str = ""
    """``+``, ``-`` or NOT, if one stands before the next clause."""


class _Parser(Tokens):
    def __init__(self, text: str, *, both: bool) -> None:
        super().__init__(text)
        self.both = both
        self.groups = [_Group(0, None)]
        self.notes: list[Diagnostic] = []

    def query(self) -> Query:
        """``query``, up to the end of the text."""
        while True:
            group = self.groups[-1]
            if self.kind == END and len(self.groups) == 1:
                self.complete(group)
                return Query(self.joined(group, len(self.text)), tuple(self.notes))
            if self.kind == ")" and len(self.groups) > 1:
                self.close()
            elif self.kind in ("AND", "OR"):
                if not group.clauses or group.joined:
                    self.unexpected("a term")
                group.joined = self.kind
                self.index += 1
            elif self.kind in _STARTS:
                if group.joined or not self.row(group):
                    self.clause(group)
            else:
                self.unexpected("a term, `AND`, `OR` or the end")

    def row(self, group: _Group) -> bool:
        """Read a ``row``; whether there is one."""
        start, last = self.index, self.index
        while self.is_plain(last) and self.is_plain(last + 1) and self.may_end_row(last + 2):
            last += 1
        if last == start:
            return False
        places = range(start, last + 1)
        terms = tuple(self.plain(self.starts[place], self.ends[place]) for place in places)
        self.index = last + 1
        span = Span(self.starts[start], self.ends[last])
        self.add(group, Is(group.field, Row(terms, self.both, span=span), span=span))
        return True

    def is_plain(self, place: int) -> bool:
        """Whether a token is a term without a wildcard or a comparison."""
        if place >= len(self.kinds) or self.kinds[place] != TERM:
            return False
        text = self.text[self.starts[place] : self.ends[place]]
        return not _WILD.search(text) and not _COMPARED.match(text)

    def may_end_row(self, place: int) -> bool:
        """Whether a row may go on or end before a token."""
        if place >= len(self.kinds):
            return True
        lone = self.text[self.starts[place] : self.ends[place]] == "*"
        return self.kinds[place] not in _BEHIND_NO_ROW and not lone

    def clause(self, group: _Group) -> None:
        """``clause``, or its beginning up to a parenthesis."""
        if self.kind in ("+", "-", "NOT"):
            group.modifier = "+" if self.kind == "+" else "-"
            self.index += 1
        start = self.starts[self.index]
        field = group.field
        if self.kind == TERM and self.kinds[self.index + 1] == ":":
            field = self.field_name(start, self.ends[self.index])
            self.index += 2
        if self.kind == "(":
            if len(self.groups) > MAX_NESTING:
                span = Span(self.starts[self.index], self.ends[self.index])
                self.fail("LUC004", f"parentheses are nested more than {MAX_NESTING} deep", span)
            self.index += 1
            self.groups.append(_Group(start, field))
            return
        value = self.value()
        span = Span(start, value.span.end)
        self.suffix()
        self.add(group, _about(field, value, span))

    def field_name(self, start: int, end: int) -> str:
        """The name of a field; only the lone star may stand without a backslash."""
        shown = self.text[start:end]
        if shown != "*" and _WILD.search(shown):
            message = "a star in the name of a field has a backslash"
            self.fail("LUC001", message, Span(start, end), "", r"write `\*`, as in `process.\*:x`")
        return self.plain(start, end)

    def value(self) -> Value:
        """``value``."""
        start, end = self.starts[self.index], self.ends[self.index]
        span = Span(start, end)
        match self.kind:
            case "text":
                self.index += 1
                return Literal(self.plain(start + 1, end - 1), quoted=True, span=span)
            case "regex":
                self.index += 1
                pattern = self.text[start + 1 : end - 1].replace("\\/", "/")
                return Regex(pattern, span=span)
            case "range":
                self.index += 1
                return self.bounds(span)
            case "term":
                self.index += 1
                return self.term(span)
            case "bare":
                self.index += 1
                return Literal(self.text[start:end], span=span)
            case _:
                return self.unexpected("a value")

    def term(self, span: Span) -> Value:
        """A term: plain, with wildcards, or a comparison."""
        text = self.text[span.start : span.end]
        if _WILD.search(text):
            return Wildcard(text, span=span)
        sign = _COMPARED.match(text)
        if sign is not None:
            if sign.end() < len(text):
                value = self.plain(span.start + sign.end(), span.end)
                return Bounds(((sign[0], value),), span=span)
            if self.kind == TEXT and self.starts[self.index] == span.end:
                end = self.ends[self.index]
                value = self.plain(span.end + 1, end - 1)
                self.index += 1
                return Bounds(((sign[0], value),), span=Span(span.start, end))
        return Literal(self.plain(span.start, span.end), span=span)

    def bounds(self, span: Span) -> Bounds:
        """``( "[" | "{" ) bound "TO" bound ( "]" | "}" )``; a star is no bound."""
        found = _RANGE.fullmatch(self.text, span.start, span.end)
        if found is None:
            shown = self.text[span.start : span.end]
            self.fail("LUC001", "a range is written `[a TO b]`", span, f"found `{shown}`")
        low = ">=" if found["open"] == "[" else ">"
        high = "<=" if found["close"] == "]" else "<"
        limits = ((low, self.bound(found, "low")), (high, self.bound(found, "high")))
        return Bounds(tuple(limit for limit in limits if limit[1] != "*"), span=span)

    def bound(self, found: re.Match[str], name: str) -> str:
        """One end of a range, without its quotes and escapes."""
        start, end = found.span(name)
        quoted = self.text[start] == '"'
        return self.plain(start + quoted, end - quoted)

    def suffix(self) -> None:
        """One ``^2`` is passed over, ``~`` refused."""
        if self.kind == "suffix":
            span = Span(self.starts[self.index], self.ends[self.index])
            shown = self.text[span.start : span.end]
            if shown.startswith("~"):
                self.fail(
                    "LUC003",
                    "terms and phrases that are only similar are not looked for",
                    span,
                    "",
                    "write the terms out, or use wildcards",
                )
            self.notes.append(
                Diagnostic(
                    "LUC010",
                    f"the boost `{shown}` changes no answer",
                    Severity.WARNING,
                    span=span,
                    hint="take it out",
                    text=self.text,
                )
            )
            self.index += 1

    def close(self) -> None:
        """Close the innermost parenthesis."""
        group = self.groups.pop()
        self.complete(group)
        if not group.clauses:
            self.unexpected("a term")
        self.index += 1
        node = self.joined(group, self.ends[self.index - 1])
        self.suffix()
        self.add(self.groups[-1], node)

    def complete(self, group: _Group) -> None:
        """A group must not end behind AND or a sign."""
        if group.joined or group.modifier:
            self.unexpected("a term")

    def add(self, group: _Group, node: Expression) -> None:
        """A clause joins its group as Lucene has it."""
        unwanted = group.modifier == "-"
        if group.joined == "AND" and group.clauses and group.clauses[-1][0] == "should":
            group.clauses[-1] = ("must", group.clauses[-1][1])
        if self.both and group.joined == "OR" and group.clauses[-1][0] == "must":
            group.clauses[-1] = ("should", group.clauses[-1][1])
        required = group.modifier == "+" or group.joined == "AND"
        required = required or (self.both and group.joined != "OR")
        group.clauses.append(("must_not" if unwanted else "must" if required else "should", node))
        group.joined = group.modifier = ""

    def joined(self, group: _Group, end: int) -> Expression:
        """A group as one node."""
        span = Span(group.start, end)
        if not group.clauses:
            return Everything(span=span)
        if len(group.clauses) == 1 and group.clauses[0][0] != "must_not":
            return group.clauses[0][1]
        parts = {
            name: tuple(node for occur, node in group.clauses if occur == name)
            for name in ("must", "should", "must_not")
        }
        return Clauses(parts["must"], parts["should"], parts["must_not"], span=span)

    def unexpected(self, expected: str) -> NoReturn:
        """Fail at the next token, saying what should stand there."""
        span = Span(self.starts[self.index], self.ends[self.index])
        found = self.text[span.start : span.end]
        label = "the query ends here" if self.kind == END else f"found `{found}`"
        self.fail("LUC001", f"expected {expected}", span, label)


def _about(field: str | None, value: Value, span: Span) -> Expression:
    """What a clause asks."""
    if field == "_exists_" and isinstance(value, Literal | Wildcard):
        name = value.text if isinstance(value, Literal) else value.pattern.replace("\\", "")
        return Exists(name, span=span)
    if isinstance(value, Wildcard) and value.pattern == "*" and field in (None, "*"):
        return Everything(span=span)
    return Is(field, value, span=span)
