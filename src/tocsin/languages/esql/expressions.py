"""Parse the expressions of ES|QL.

    expression = and { "or" and }
    and        = not { "and" not }
    not        = "not" not | condition
    condition  = sum [ compare sum | [ "not" ] ( in | like ) | "is" [ "not" ] "null" | match ]
    match      = ":" constant
    in         = "in" "(" sum { "," sum } ")"
    like       = ( "like" | "rlike" ) ( sum | "(" sum { "," sum } ")" )
    sum        = product { ( "+" | "-" ) product }
    product    = sign { ( "*" | "/" | "%" ) sign }
    sign       = ( "-" | "+" ) sign | cast
    cast       = primary { "::" WORD }
    primary    = constant | span | list | map | call | name | "(" expression ")"
    span       = INTEGER unit
    call       = WORD "(" [ "*" | expression { "," expression } ] ")"
    name       = segment { "." segment }

Words of the language may be written in any letter case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tocsin.languages.esql.nodes import (
    And,
    Arithmetic,
    Call,
    Cast,
    Comparison,
    Expression,
    Field,
    IsNull,
    ListLiteral,
    MapLiteral,
    Match,
    Membership,
    Negate,
    Not,
    Or,
    Pattern,
    Star,
    TimeSpan,
)
from tocsin.languages.esql.spans import UNITS
from tocsin.languages.esql.tokens import DECIMAL, INTEGER, QUOTED, RAW, TEXT, WORD, Tokens
from tocsin.languages.node import Literal

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MAX_DEPTH = 40
"""How deep expressions may stand in each other."""
MAX_CHAIN = 150
"""How many operators of arithmetic, or casts, may follow each other."""

_COMPARE = ("==", "!=", "<", "<=", ">", ">=")
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", '"': '"', "\\": "\\"}
RESERVED = frozenset({"and", "or", "in", "is", "like", "rlike", "by"})
"""Words that begin no expression."""


class Expressions(Tokens):
    """The grammar of expressions."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def expression(self) -> Expression:
        """``expression = and { "or" and }``."""
        if self._depth >= MAX_DEPTH:
            self.fail("ESQ007", "the expression is nested too deeply", self.span(self.index))
        self._depth += 1
        try:
            return self._chain("or", self.and_, Or)
        finally:
            self._depth -= 1

    def and_(self) -> Expression:
        """``and = not { "and" not }``."""
        return self._chain("and", self.not_, And)

    def _chain(self, word: str, part: Callable[[], Expression], make: type[And | Or]) -> Expression:
        first = self.index
        terms = [part()]
        while self.take_word(word):
            terms.append(part())
        if len(terms) == 1:
            return terms[0]
        flat = (
            inner for term in terms for inner in (term.terms if isinstance(term, make) else (term,))
        )
        return make(tuple(flat), span=self.since(first))

    def not_(self) -> Expression:
        """``not = "not" not | condition``."""
        first, count = self.index, 0
        while self.take_word("not"):
            count += 1
        term = self.condition()
        for _ in range(count if count < 3 else 2 - count % 2):
            term = Not(term, span=self.since(first))
        return term

    def condition(self) -> Expression:
        """``condition = sum [ … ]``, with what may stand behind."""
        first = self.index
        operand = self.sum()
        kind = self.kind
        if kind in _COMPARE:
            self.index += 1
            right = self.sum()
            return Comparison(kind, operand, right, span=self.since(first))
        if kind == ":" and _is_field(operand):
            self.index += 1
            return Match(operand, self.constant(), span=self.since(first))
        if self.take_word("is"):
            negated = self.take_word("not")
            self.expect_word("null")
            return IsNull(operand, negated, span=self.since(first))
        ahead = 1 if self.at_word("not") else 0
        for operator in ("in", "like", "rlike"):
            if self.at_word(operator, ahead=ahead):
                self.index += ahead + 1
                return self._worded(first, operator, operand, negated=bool(ahead))
        return operand

    def _worded(
        self, first: int, operator: str, operand: Expression, *, negated: bool
    ) -> Expression:
        """What stands behind ``in``, ``like`` and ``rlike``."""
        if operator == "in":
            self.expect("(")
            values = self.listed(self.sum)
            self.expect(")", "`,` or `)`")
            return Membership(operand, values, negated, span=self.since(first))
        listed = self.take("(")
        patterns = self.listed(self._pattern) if listed else (self._pattern(),)
        if listed:
            self.expect(")", "`,` or `)`")
        return Pattern(operator, operand, patterns, negated, listed, span=self.since(first))

    def _pattern(self) -> Expression:
        """A pattern: a text, or an expression that comes to one."""
        if self.kind in (INTEGER, DECIMAL):
            self.unexpected("a text in double quotes")
        return self.sum()

    def listed(self, part: Callable[[], T]) -> tuple[T, ...]:
        """One part, and more behind commas."""
        found = [part()]
        while self.take(","):
            found.append(part())
        return tuple(found)

    def sum(self) -> Expression:
        """``sum = product { ( "+" | "-" ) product }``."""
        return self._arithmetic(("+", "-"), self.product)

    def product(self) -> Expression:
        """``product = sign { ( "*" | "/" | "%" ) sign }``."""
        return self._arithmetic(("*", "/", "%"), self.sign)

    def _arithmetic(self, operators: tuple[str, ...], part: Callable[[], Expression]) -> Expression:
        first = self.index
        left = part()
        count = 0
        while self.kind in operators:
            operator = self.kind
            count += 1
            if count > MAX_CHAIN:
                self.fail("ESQ007", "the expression is nested too deeply", self.span(self.index))
            self.index += 1
            left = Arithmetic(operator, left, part(), span=self.since(first))
        return left

    def sign(self) -> Expression:
        """``sign = ( "-" | "+" ) sign | cast``."""
        first, minus = self.index, 0
        while self.kind in ("-", "+"):
            minus += self.kind == "-"
            self.index += 1
        operand = self.cast()
        if minus % 2 == 0:
            return operand
        match operand:
            case Literal(int() | float() as value) if not isinstance(value, bool):
                return Literal(-value, span=self.since(first))
            case TimeSpan(amount, unit):
                return TimeSpan(-amount, unit, span=self.since(first))
            case _:
                return Negate(operand, span=self.since(first))

    def cast(self) -> Expression:
        """``cast = primary { "::" WORD }``."""
        first = self.index
        operand = self.primary()
        while self.take("::"):
            word = self.expect(WORD, "a type, such as `integer`")
            if self.index - first > 2 * MAX_CHAIN:
                self.fail("ESQ007", "there are too many casts in a row", self.span(word))
            operand = Cast(operand, self.word(word).lower(), span=self.since(first))
        return operand

    def primary(self) -> Expression:
        """``primary = constant | span | list | map | call | name | "(" expression ")"``."""
        first = self.index
        match self.kind:
            case "(":
                self.index += 1
                inner = self.expression()
                self.expect(")", "an operator or `)`")
                return inner
            case "[":
                self.index += 1
                values = self.listed(self.constant)
                self.expect("]", "`,` or `]`")
                return ListLiteral(values, span=self.since(first))
            case "{":
                return self.map()
            case kind if kind == INTEGER and self._unit_behind():
                self.index += 2
                unit = UNITS[self.word(first + 1).lower()]
                return TimeSpan(self._integer(first), unit, span=self.since(first))
            case kind if kind in (TEXT, RAW, INTEGER, DECIMAL):
                return self.constant()
        if self.kind == WORD and self.kinds[self.index + 1] == "(":
            return self.call()
        if self.at_word("true") or self.at_word("false") or self.at_word("null"):
            return self.constant()
        if self.kind == WORD and self.word(first).lower() in RESERVED:
            self.unexpected("a value, a column or a function")
        return self.field("a value, a column or a function")

    def _unit_behind(self) -> bool:
        behind = self.index + 1
        return self.kinds[behind] == WORD and self.word(behind).lower() in UNITS

    def _integer(self, index: int) -> int:
        word = self.word(index)
        if len(word) > 19 or int(word) >= 2**63:
            self.fail("ESQ008", "the number is too large", self.span(index))
        return int(word)

    def call(self) -> Call:
        """``call = WORD "(" [ "*" | expression { "," expression } ] ")"``."""
        first = self.expect(WORD)
        self.expect("(")
        arguments: tuple[Expression, ...] = ()
        if self.kind == "*" and self.kinds[self.index + 1] == ")":
            arguments = (Star(span=self.span(self.index)),)
            self.index += 1
        elif self.kind != ")":
            arguments = self.listed(self.expression)
        self.expect(")", "`,` or `)`")
        return Call(self.word(first).lower(), arguments, span=self.since(first))

    def map(self) -> MapLiteral:
        """``map = "{" [ STRING ":" ( constant | list ) { "," … } ] "}"``."""
        first = self.expect("{")
        entries: list[tuple[str, Literal | ListLiteral]] = []
        while self.kind != "}":
            key = str(self.string().value)
            self.expect(":")
            value = self.primary() if self.kind == "[" else self.constant()
            if isinstance(value, ListLiteral | Literal):
                entries.append((key, value))
            if not self.take(","):
                break
        self.expect("}", "`,` or `}`")
        return MapLiteral(tuple(entries), span=self.since(first))

    def field(self, what: str = "a column") -> Field:
        """``name = segment { "." segment }``."""
        first = self.index
        segments = [self.segment(what)]
        while self.kind == ".":
            self.index += 1
            segments.append(self.segment("a column's name"))
        return Field(".".join(segments), span=self.since(first))

    def segment(self, what: str) -> str:
        """One part of a dotted name, without backticks."""
        if self.kind not in (WORD, QUOTED):
            self.unexpected(what)
        word = self.word(self.index)
        self.index += 1
        return word[1:-1].replace("``", "`") if word.startswith("`") else word

    def string(self) -> Literal:
        """A text."""
        if self.kind not in (TEXT, RAW):
            self.unexpected("a text in double quotes")
        return self.constant()

    def constant(self) -> Literal:
        """Text, number, boolean or null."""
        first = self.index
        sign = self.kind if self.kind in ("-", "+") else ""
        if sign and self.kinds[first + 1] in (INTEGER, DECIMAL):
            self.index += 1
        word = self.word(self.index)
        value: str | int | float | bool | None
        match self.kind:
            case "string":
                value = _unescaped(word[1:-1])
            case "raw string":
                value = word[3:-3]
            case "integer":
                value = self._number(word)
            case "decimal":
                value = self._decimal(word)
            case _ if self.at_word("true") or self.at_word("false"):
                value = word.lower() == "true"
            case _ if self.at_word("null"):
                value = None
            case _:
                self.unexpected("a constant")
        self.index += 1
        if sign == "-" and isinstance(value, int | float):
            value = -value
        return Literal(value, span=self.since(first))

    def _number(self, word: str) -> int | float:
        """An integer; as in Elasticsearch, one that 64 bits do not hold is the nearest double."""
        if len(word) > 300:
            self.fail("ESQ008", "the number is too large", self.span(self.index))
        value = int(word)
        return value if value < 2**64 else float(word)

    def _decimal(self, word: str) -> float:
        value = float(word)
        if value in (float("inf"), float("-inf")):
            self.fail("ESQ008", "the number is too large", self.span(self.index))
        return value


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    characters = iter(text)
    return "".join(
        _ESCAPES[next(characters)] if character == "\\" else character for character in characters
    )


def _is_field(node: Expression) -> bool:
    """Whether an expression is a field, perhaps with a type."""
    return isinstance(node.operand if isinstance(node, Cast) else node, Field)
