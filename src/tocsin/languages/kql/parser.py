"""Parse KQL, however long or deep, with an explicit stack instead of recursion.

    query     = [ or ]
    or        = and { "or" and }
    and       = not { "and" not }
    not       = { "not" } ( "(" or ")" | clause )
    clause    = field ":" ( "(" values ")" | "{" or "}" | value )
              | field ( "<" | "<=" | ">" | ">=" ) value
              | value
    values    = the same as ``or``, with values for clauses
    field     = value
    value     = TEXT | WORD { WORD }

Words in a row are one value, the white space between them included. Parentheses may be nested
``MAX_NESTING`` deep and the tree may be ``MAX_DEPTH`` high, so that plain recursion over a tree is
safe everywhere behind this module.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple, NoReturn

from tocsin.diagnostics import Span
from tocsin.languages.kql.nodes import (
    AllOf,
    And,
    AnyOf,
    Everything,
    Expression,
    Field,
    FieldLike,
    FieldPattern,
    Is,
    Literal,
    Nested,
    NoneOf,
    Not,
    Or,
    Range,
    Value,
    Wildcard,
)
from tocsin.languages.kql.tokens import END, KEYWORDS, TEXT, WORD, Tokens

MAX_NESTING: Final = 1000
MAX_DEPTH: Final = 200
_RANGES: Final = frozenset({"<", "<=", ">", ">="})
_CLOSING: Final = {"(": ")", "{": "}", "": END}


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """The tree of a KQL query.

    Raises
    ------
    QuerySyntaxError
        With a diagnostic for the first mistake in the text.
    """
    return _Parser(text).query()


class _Term(NamedTuple):
    """A finished clause or value, where it stands with its parentheses, how high its tree is.

    Which of the two it is, its group says.
    """

    node: Any
    start: int
    end: int
    height: int


@dataclass(slots=True)
class _Group:
    """What stands in parentheses or braces, as far as it is read; at the bottom the whole query."""

    sign: str
    start: int
    field: FieldLike | None = None
    """The field before the parenthesis or brace, if one stands there."""
    values: bool = False
    """Whether values stand inside instead of clauses."""
    nots: list[int] = dataclasses.field(default_factory=list)
    """Where the ``not`` stand that wait for what comes next."""
    chain: list[_Term] = dataclasses.field(default_factory=list)
    """Terms joined by ``and``."""
    chains: list[_Term] = dataclasses.field(default_factory=list)
    """Finished terms joined by ``or``."""


class _Parser(Tokens):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.groups = [_Group("", 0)]

    def query(self) -> Expression:
        """``query = [ or ]``."""
        if self.kind == END:
            return Everything(span=Span(0, len(self.text)))
        while True:
            self.operand()
            if self.behind():
                found: Expression = self.finished(self.groups.pop()).node
                return found

    def operand(self) -> None:
        """Read up to the end of one clause or value."""
        while True:
            group = self.groups[-1]
            if self.kind == "not":
                group.nots.append(self.starts[self.index])
                self.index += 1
            elif self.kind == "(":
                self.open(_Group("(", self.starts[self.index], values=group.values))
            elif group.values:
                node = self.value("a value")
                self.add(node, node.span.start, node.span.end, 1)
                return
            elif self.clause():
                return

    def clause(self) -> bool:
        """Read a clause; False if it opened a group that has to be read first."""
        first = self.value("a field or a value")
        if self.kind in _RANGES:
            field, operator = _field(first), self.kind
            self.index += 1
            value = self.value("a number, a date or another value")
            if isinstance(value, Wildcard):
                self.fail(
                    "KQL007",
                    "a range has no wildcards",
                    value.span,
                    "",
                    r"write `\*` for the star itself",
                )
            node: Expression = Range(field, operator, value, span=first.span.to(value.span))
        elif self.kind == ":":
            field = _field(first)
            self.index += 1
            if self.kind in ("(", "{"):
                self.open(_Group(self.kind, first.span.start, field=field, values=self.kind == "("))
                return False
            if self.kind in KEYWORDS:
                self.keyword(first)
            values = self.value("a value")
            node = Is(field, values, span=first.span.to(values.span))
        else:
            node = Is(None, first, span=first.span)
        self.add(node, node.span.start, node.span.end, 1)
        return True

    def keyword(self, field: Value) -> None:
        """A keyword behind ``:`` is a plain word if it stands right there."""
        place = self.starts[self.index]
        if self.kind == "not" and self.kinds[self.index + 1] in (WORD, TEXT, "("):
            shown = self.text[field.span.start : field.span.end]
            self.fail(
                "KQL005",
                "`not` stands before the field, or in parentheses behind it",
                Span(place, self.ends[self.index]),
                "",
                f"write `not {shown}: …` or `{shown}: (not …)`",
            )
        if self.text[place - 1] == ":":
            self.kinds[self.index] = WORD

    def behind(self) -> bool:
        """Go on behind an operand, closing groups; whether the query ends there."""
        while True:
            group = self.groups[-1]
            if self.kind == "and":
                self.index += 1
                return False
            if self.kind == "or":
                self.end_chain(group)
                self.index += 1
                return False
            if self.kind != _CLOSING[group.sign]:
                self.unexpected_behind(group)
            if self.kind == END:
                return True
            self.close()

    def open(self, group: _Group) -> None:
        """Open a group at the next token."""
        if len(self.groups) > MAX_NESTING:
            self.fail(
                "KQL004",
                f"parentheses are nested more than {MAX_NESTING} deep",
                Span(self.starts[self.index], self.ends[self.index]),
            )
        self.groups.append(group)
        self.index += 1

    def close(self) -> None:
        """Close the innermost group at the next token."""
        group = self.groups.pop()
        found, end = self.finished(group), self.ends[self.index]
        span = Span(group.start, end)
        node = found.node
        height = found.height
        if group.field is not None:
            height += 1
            if group.sign == "(":
                node = Is(group.field, node, span=span)
            elif isinstance(group.field, FieldPattern):
                self.fail(
                    "KQL006",
                    "objects are asked of one field, not of a pattern",
                    group.field.span,
                    "",
                    "write the field's whole name",
                )
            else:
                node = Nested(group.field, node, span=span)
        self.index += 1
        self.add(node, group.start, end, height)

    def add(self, node: Any, start: int, end: int, height: int) -> None:  # noqa: ANN401
        """A finished operand joins its group, with the ``not`` that stand before it."""
        group = self.groups[-1]
        for place in reversed(group.nots):
            span = Span(place, end)
            node = NoneOf(node, span=span) if group.values else Not(node, span=span)
        if group.nots:
            start = group.nots[0]
        self.low(height + len(group.nots), Span(start, end))
        group.chain.append(_Term(node, start, end, height + len(group.nots)))
        group.nots = []

    def end_chain(self, group: _Group) -> None:
        """The terms joined by ``and`` are complete."""
        group.chains.append(self.joined(group.chain, AllOf if group.values else And))
        group.chain = []

    def finished(self, group: _Group) -> _Term:
        """All of a group as one node."""
        self.end_chain(group)
        return self.joined(group.chains, AnyOf if group.values else Or)

    def joined(self, terms: list[_Term], kind: type[And | Or | AllOf | AnyOf]) -> _Term:
        """Terms as one node of a kind; one term stays what it is."""
        if len(terms) == 1:
            return terms[0]
        span = Span(terms[0].start, terms[-1].end)
        height = 1 + max(term.height for term in terms)
        self.low(height, span)
        nodes = tuple(term.node for term in terms)
        return _Term(kind(nodes, span=span), span.start, span.end, height)

    def low(self, height: int, span: Span) -> None:
        """Refuse a tree that is too high."""
        if height > MAX_DEPTH:
            self.fail("KQL004", f"conditions are nested more than {MAX_DEPTH} deep", span)

    def value(self, expected: str) -> Value:
        """``value = TEXT | WORD { WORD }``."""
        first = self.index
        if self.kind == TEXT:
            self.index += 1
            span = Span(self.starts[first], self.ends[first])
            return Literal(self.phrase(first), quoted=True, span=span)
        while self.kind == WORD:
            self.index += 1
        if self.index == first:
            self.unexpected(expected)
        span = Span(self.starts[first], self.ends[self.index - 1])
        parts = self.plain(span.start, span.end)
        if len(parts) == 1:
            return Literal(parts[0], span=span)
        return Wildcard(tuple(parts), span=span)

    def unexpected_behind(self, group: _Group) -> NoReturn:
        """Fail behind an operand, where neither ``and`` nor ``or`` nor an end stands."""
        place, before = self.index, self.index - 1
        if self.kind == ":" and self.kinds[before] == WORD:
            if before and self.kinds[before - 1] == WORD:
                name = self.text[self.starts[before] : self.ends[before]]
                hint = f"write `and` or `or` before `{name}`, or put the value in double quotes"
            else:
                hint = r"put the value in double quotes, or write `\:`"
            span = Span(self.starts[place], self.ends[place])
            self.fail("KQL006", "a value that holds `:` needs quotes", span, "", hint)
        closing = _CLOSING[group.sign]
        end = "the end of the query" if closing == END else f"`{closing}`"
        self.unexpected(f"`and`, `or` or {end}")

    def unexpected(self, expected: str) -> NoReturn:
        """Fail at the next token, saying what should stand there."""
        span = Span(self.starts[self.index], self.ends[self.index])
        found = self.text[span.start : span.end]
        label = "the query ends here" if self.kind == END else f"found `{found}`"
        hint = ""
        if self.kind in KEYWORDS:
            hint = f'write `"{found}"` for the word itself'
        self.fail("KQL001", f"expected {expected}", span, label, hint)


def _field(value: Value) -> FieldLike:
    """A value that stands where a field's name does."""
    if isinstance(value, Wildcard):
        return FieldPattern(value.parts, span=value.span)
    return Field(value.text, span=value.span)
