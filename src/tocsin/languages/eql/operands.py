"""Parse the smallest parts of EQL conditions: constants and fields.

constant = STRING | RAW | INTEGER | DECIMAL | "true" | "false" | "null"
field    = [ "?" ] name { "." name }
name     = WORD | QUOTED
"""

from __future__ import annotations

from functools import lru_cache

from tocsin.diagnostics import Span
from tocsin.languages.eql import literals
from tocsin.languages.eql.nodes import Field
from tocsin.languages.eql.tokens import DECIMAL, INTEGER, KEYWORDS, QUOTED, RAW, TEXT, WORD, Tokens
from tocsin.languages.node import Literal

CONSTANTS = frozenset({TEXT, RAW, INTEGER, DECIMAL, "true", "false", "null"})
"""The kinds of token that are a constant."""

NAMES = frozenset({WORD, QUOTED, "?"})
"""The kinds of token that a field begins with."""


class Operands(Tokens):
    """A cursor that reads constants and fields."""

    def constant(self) -> Literal:
        """``constant = STRING | RAW | INTEGER | DECIMAL | "true" | "false" | "null"``."""
        index = self.index
        kind = self.kinds[index]
        start, end = self.starts[index], self.ends[index]
        self.index += 1
        value: str | int | float | bool | None
        if kind is TEXT:
            inner = self.text[start + 1 : end - 1]
            value = inner if "\\" not in inner else literals.unescaped(self, inner, start + 1)
        elif kind is RAW:
            value = self.text[start + 3 : end - 3]
        elif kind is INTEGER or kind is DECIMAL:
            value = literals.number(self, self.text[start:end], index)
        else:
            value = {"true": True, "false": False, "null": None}[kind]
        return Literal(value, span=Span(start, end))

    def field(self) -> Field:
        """``field = [ "?" ] name { "." name }`` ."""
        first = self.index
        optional = self.take("?")
        index = self.index
        if self.kinds[index] is WORD and self.kinds[index + 1] != ".":
            name = self.word(index)
            self.index += 1
            if "." in name and (reserved := _reserved_segment(name)):
                self._reserved(reserved, self.span(index))
        else:
            name = self._name()
            while self.take("."):
                name += "." + self._name()
        if self.kind == "[" and self.kinds[self.index + 1] is INTEGER:
            self.fail(
                "EQL015",
                "array indexes (`[…]` behind a field) are not supported",
                Span(self.starts[first], self.ends[self.index + 1]),
                "",
                "leave out the brackets: a condition holds if it holds for any value",
            )
        return Field(name, optional, span=Span(self.starts[first], self.ends[self.index - 1]))

    def _name(self) -> str:
        index = self.index
        kind = self.kinds[index]
        if kind is QUOTED:
            self.index += 1
            return self.word(index)[1:-1].replace("``", "`")
        if kind is WORD:
            self.index += 1
            name = self.word(index)
            if "." in name and (reserved := _reserved_segment(name)):
                self._reserved(reserved, self.span(index))
            return name
        if kind in KEYWORDS:
            self._reserved(kind, self.span(index))
        return self.unexpected("a field's name")

    def _reserved(self, keyword: str, span: Span) -> None:
        self.fail(
            "EQL017",
            f"`{keyword}` is a keyword",
            span,
            "",
            f"write the field's name in backticks: `` `{self.text[span.start : span.end]}` ``",
        )


@lru_cache(maxsize=4096)
def _reserved_segment(name: str) -> str:
    """The first segment of a dotted name that is a keyword, if any."""
    return next((segment for segment in name.split(".") if segment in KEYWORDS), "")
