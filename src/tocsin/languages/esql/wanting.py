"""Read an expression as one of the types that are wanted, and tell what cannot be.

Types are stricter in Elasticsearch than they need be for rules that other people wrote for other
mappings. Here a constant of another type is read as the type that is wanted where that is possible,
and a field that no schema knows has the type that is first asked of it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

from tocsin.diagnostics import Diagnostic, Severity, Span
from tocsin.languages.esql import nodes
from tocsin.languages.esql.constants import read_as
from tocsin.languages.esql.spans import span_of
from tocsin.languages.esql.typed import (
    Apply,
    Column,
    Constant,
    Duration,
    Plain,
    Typed,
    value_of,
    walk,
)
from tocsin.languages.esql.types import NUMBERS, OPEN, Type, common

_PREFERRED = (
    *(Type.KEYWORD, Type.DOUBLE, Type.DATE, Type.IP, Type.BOOLEAN, Type.VERSION),
    Type.GEO_POINT,
)


class Wanting:
    """What types expressions are asked to be; `Typing` says what its members are for."""

    def __init__(self, text: str, look_up: Callable[[nodes.Field], Column]) -> None:
        self._text = text
        self._look_up = look_up
        self._grouping = False
        self.diagnostics: list[Diagnostic] = []
        self.guesses: dict[str, Type] = {}
        self.origins: dict[int, frozenset[str]] = {}
        self.constants: dict[int, Constant] = {}
        self.fields: set[int] = set()

    def report(
        self,
        code: str,
        message: str,
        span: Span,
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add a diagnostic."""
        self.diagnostics.append(
            Diagnostic(code, message, severity=severity, span=span, hint=hint, text=self._text)
        )

    def folded(self, node: Typed) -> Typed:
        """The constant that an expression of texts or whole numbers comes to, if it does."""
        if isinstance(node, Column):
            return self.constants.get(node.id, node)
        if not isinstance(node, Apply):
            return node
        if node.name in _READERS and isinstance(text := self.folded(node.arguments[0]), Constant):
            read = read_as(text, node.type)
            return read if read is not None and read.type is node.type else node
        if node.name not in _FOLDED:
            return node
        values = [value_of(self.folded(each)) for each in node.arguments]
        texts = [value for value in values if isinstance(value, str)]
        numbers = [value for value in values if type(value) is int]
        found: Plain = None
        if (
            node.name in _OF_TEXTS
            and len(texts) == len(values)
            and sum(map(len, texts)) <= _LONGEST
        ):
            found = _OF_TEXTS[node.name]("".join(texts))
        elif node.name in _OF_NUMBERS and len(numbers) == len(values):
            found = _OF_NUMBERS[node.name](*numbers)
        if found is None or (isinstance(found, int) and not -(2**63) <= found < 2**63):
            return node
        return Constant(found, node.type)

    def wanted(self, node: Typed, types: frozenset[Type], span: Span, what: str) -> Typed:
        """The expression as one of some types; what cannot be so is told."""
        if node.type in types or node.type is Type.NULL:
            return node
        if node.type is Type.UNKNOWN:
            self._guess(node, types)
            return node
        if Type.SPAN in types and (length := as_span(node)) is not None:
            return length
        for kind in (kind for kind in _PREFERRED if kind in types):
            if isinstance(node, Constant) and (read := read_as(node, kind)) is not None:
                if kind not in (Type.DATE, Type.IP, Type.BOOLEAN, Type.VERSION):
                    self._converted(node, kind, span)
                return read
        if self._guessed(node) and (name := _CONVERSIONS.get(_first(types))):
            return Apply(name, (node,), _first(types), node.multi)
        listed = " or ".join(sorted(types & frozenset(_PREFERRED)) or sorted(types))
        self.report("ESQ102", f"{what} is {listed}, not {node.type}", span, _hint(node, types))
        return Constant(None, Type.NULL)

    def together(self, given: Sequence[Typed], span: Span) -> list[Typed]:
        """Expressions of one type: that of those whose type is known, constants come last."""
        kind = Type.NULL
        for node in sorted(
            given, key=lambda each: (isinstance(each, Constant), self._guessed(each))
        ):
            kind = common(kind, node.type) or kind
        if kind in OPEN:
            return list(given)
        family = frozenset(NUMBERS) if kind in NUMBERS else frozenset({kind})
        return [self.wanted(node, family, span, "what it is compared to") for node in given]

    def _guess(self, node: Typed, types: frozenset[Type]) -> None:
        if len(types) > 3:  # nearly anything goes
            return
        for name in self.sources(node):
            self.guesses.setdefault(name, _first(types))

    def sources(self, node: Typed) -> frozenset[str]:
        """The fields of unknown type that an expression's type comes from."""
        return frozenset(
            name
            for each in walk(node)
            if isinstance(each, Column)
            for name in self.origins.get(each.id, ())
        )

    def _guessed(self, node: Typed) -> bool:
        return takes_on(node) and bool(self.sources(node))

    def _converted(self, node: Typed, kind: Type, span: Span) -> None:
        self.report(
            "ESQ150",
            f"{node.type} is read as {kind} here; Elasticsearch would refuse the query",
            span,
            severity=Severity.WARNING,
        )


_CONVERSIONS: Mapping[Type, str] = {
    Type.KEYWORD: "to_string",
    Type.DOUBLE: "to_double",
    Type.DATE: "to_datetime",
    Type.IP: "to_ip",
    Type.BOOLEAN: "to_boolean",
    Type.LONG: "to_long",
    Type.VERSION: "to_version",
}


_READERS = frozenset(_CONVERSIONS.values())


_TRANSPARENT = frozenset(
    {
        *("coalesce", "case", "values", "min", "max", "first", "last", "top", "sum", "mv_first"),
        *("mv_last", "mv_min", "mv_max", "mv_dedupe", "mv_slice", "mv_sort", "mv_append"),
        *("mv_intersection", "mv_union", "mv_difference", "greatest", "least", "clamp"),
        *("clamp_min", "clamp_max", "sample"),
    }
)
"""Functions whose result has the type of what they are given."""


def takes_on(node: Typed) -> bool:
    """Whether an expression has the type of the fields that it is made of."""
    return not isinstance(node, Apply) or node.name in _TRANSPARENT


_LONGEST = 1 << 12
"""Characters of a text that is known before a query runs."""
_OF_TEXTS: Mapping[str, Callable[[str], str]] = {
    "concat": str,
    "to_lower": str.lower,
    "to_upper": str.upper,
}
_OF_NUMBERS: Mapping[str, Callable[..., int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "negative": operator.neg,
}
_FOLDED = frozenset({*_OF_TEXTS, *_OF_NUMBERS})


def as_span(node: Typed) -> Duration | None:
    """A constant text such as ``5 minutes`` as a length of time; None for all others."""
    if not (isinstance(node, Constant) and isinstance(node.value, str)):
        return None
    found = span_of(node.value)
    return None if found is None else Duration(*found)


def _first(types: frozenset[Type]) -> Type:
    return next((kind for kind in _PREFERRED if kind in types), Type.KEYWORD)


def _hint(node: Typed, types: frozenset[Type]) -> str:
    if Type.SPAN in types:
        return "a length of time is written as `5 minutes`"
    text = value_of(node)
    if Type.DATE in types and isinstance(text, str) and text.startswith("now"):
        return "write `now() - 1 day`"
    if Type.IP in types and isinstance(text, str) and "/" in text:
        return f'of a block: `cidr_match(…, "{text}")`'
    name = _CONVERSIONS.get(_first(types))
    return f"convert it: `{name}(…)`" if name and not isinstance(node, Duration) else ""
