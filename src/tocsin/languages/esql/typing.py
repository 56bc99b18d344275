"""Give each expression of a query its type, and say where types do not go together.

Types are stricter in Elasticsearch than they need be for rules that other people wrote for other
mappings. Here a constant of another type is read as the type that is wanted where that is possible,
and a field that no schema knows has the type that is first asked of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from tocsin.diagnostics import Diagnostic, Severity, Span
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.languages.esql import nodes
from tocsin.languages.esql.constants import constant, read_as, scalar
from tocsin.languages.esql.functions import ALIASES, FUNCTIONS, Function, Parameter, Values
from tocsin.languages.esql.slips import slips_in
from tocsin.languages.esql.spans import MILLISECONDS, MONTHS
from tocsin.languages.esql.typed import Apply, Column, Constant, Duration, Typed, walk
from tocsin.languages.esql.types import CASTS, NUMBERS, OPEN, Type, common
from tocsin.languages.node import Literal
from tocsin.schema.values import text_of

_PREFERRED = (Type.KEYWORD, Type.DOUBLE, Type.DATE, Type.IP, Type.BOOLEAN, Type.GEO_POINT)


class Typing:
    """Types expressions over the columns that ``look_up`` finds by name.

    ``guesses`` collects what was asked of fields of unknown type; ``origins`` says which columns
    come from which such field.
    """

    def __init__(self, text: str, look_up: Callable[[nodes.Field], Column]) -> None:
        self._text = text
        self._look_up = look_up
        self._grouping = False
        self.diagnostics: list[Diagnostic] = []
        self.guesses: dict[str, Type] = {}
        self.origins: dict[int, frozenset[str]] = {}

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

    def aggregate(self, node: nodes.Expression) -> Typed:
        """The typed form of an expression of ``stats``, in which aggregates may stand."""
        self._grouping = True
        try:
            return self.typed(node)
        finally:
            self._grouping = False

    def condition(self, node: nodes.Expression) -> Typed:
        """The typed form of a condition."""
        return self.wanted(self.typed(node), frozenset({Type.BOOLEAN}), node.span, "a condition")

    def typed(self, node: nodes.Expression) -> Typed:  # noqa: C901, PLR0912 - a case for each
        """The typed form of an expression."""
        match node:
            case Literal(value):
                return constant(value)
            case nodes.TimeSpan(amount, unit):
                if unit in MONTHS:
                    return Duration(0, amount * MONTHS[unit])
                return Duration(amount * MILLISECONDS[unit])
            case nodes.ListLiteral(values):
                return self._list(values)
            case nodes.MapLiteral(entries):
                options = {
                    key: [each.value for each in value.values]
                    if isinstance(value, nodes.ListLiteral)
                    else value.value
                    for key, value in entries
                }
                return Constant(json.dumps(options), Type.OPTIONS)
            case nodes.Field():
                return self._look_up(node)
            case nodes.Star():
                self.report("ESQ103", "`*` stands only in `count(*)`", node.span)
                return Constant(None, Type.NULL)
            case nodes.Call():
                return self._call(node)
            case nodes.Cast(operand, kind):
                return self._cast(node, operand, kind)
            case nodes.Negate(operand):
                return self._negated(self.typed(operand), node.span)
            case nodes.Arithmetic(operator, left, right):
                return self._arithmetic(operator, self.typed(left), self.typed(right), node.span)
            case nodes.Comparison(operator, left, right):
                self._slips(node)
                one, other = self.together([self.typed(left), self.typed(right)], node.span)
                return Apply(operator, (one, other), Type.BOOLEAN)
            case nodes.Membership(operand, members, negated):
                self._slips(node)
                all_of = [self.typed(each) for each in (operand, *members)]
                found = Apply("in", tuple(self.together(all_of, node.span)), Type.BOOLEAN)
                return _not(found) if negated else found
            case nodes.Pattern(operator, operand, patterns, negated):
                self._slips(node)
                tested = self._text_of(self.typed(operand), operand.span)
                told = tuple(Constant(pattern.value, Type.KEYWORD) for pattern in patterns)
                found = Apply(operator, (tested, *told), Type.BOOLEAN)
                return _not(found) if negated else found
            case nodes.IsNull(operand, negated):
                found = Apply("is null", (self.typed(operand),), Type.BOOLEAN)
                return _not(found) if negated else found
            case nodes.Match(field, value):
                return self._match(self.typed(field), constant(value.value), node.span)
            case nodes.Not(term):
                return _not(self.condition(term))
            case nodes.And(terms) | nodes.Or(terms):
                name = "and" if isinstance(node, nodes.And) else "or"
                return Apply(name, tuple(map(self.condition, terms)), Type.BOOLEAN)
            case _:
                assert_never(node)

    def _slips(self, node: nodes.Comparison | nodes.Membership | nodes.Pattern) -> None:
        for slip in slips_in(node):
            self.report("ESQ152", *slip, severity=Severity.WARNING)

    def _list(self, values: Sequence[Literal]) -> Constant:
        plain = [constant(value.value) for value in values]
        kind = Type.NULL
        for each in plain:
            kind = common(kind, each.type) or Type.KEYWORD
        return Constant(tuple(scalar(each.value) for each in plain), kind)

    def _call(self, node: nodes.Call) -> Typed:
        name = ALIASES.get(node.name, node.name)
        function = FUNCTIONS.get(name)
        if function is None:
            hint = did_you_mean(near(name, FUNCTIONS))
            self.report("ESQ104", f"no function is called `{node.name}`", node.span, hint)
            return Constant(None, Type.NULL)
        if function.aggregate and not self._grouping:
            self.report(
                "ESQ105",
                f"`{name}` is an aggregate, which only `stats` knows",
                node.span,
                "of the values of one cell: `mv_min`, `mv_max`, `mv_count` …",
            )
            return Constant(None, Type.NULL)
        if name == "count" and node.arguments in ((), (nodes.Star(),)):
            return Apply("count", (), Type.LONG)
        if not function.takes_count(len(node.arguments)):
            told = ", ".join(parameter.name for parameter in function.parameters)
            self.report("ESQ106", f"`{name}` takes other arguments", node.span, f"{name}({told})")
            return Constant(None, Type.NULL)
        if function.aggregate:
            self._grouping = False
        try:
            arguments = [self.typed(argument) for argument in node.arguments]
        finally:
            self._grouping = self._grouping or function.aggregate
        return self._applied(function, arguments, node)

    def _applied(self, function: Function, given: list[Typed], node: nodes.Call) -> Typed:
        name = function.name
        if name == "case":
            return self._case(given, node)
        if name in ("coalesce", "greatest", "least"):
            values = self.together(given, node.span)
            multi = name == "coalesce" and any(value.multi for value in values)
            return Apply(name, tuple(values), _common_type(values), multi)
        if name == "match":
            return self._match(given[0], given[1], node.span, given[2:])
        arguments: list[Typed] = []
        for index, argument in enumerate(given):
            parameter = function.parameter(index, len(given))
            place = node.arguments[index].span
            what = f"`{parameter.name}` of `{name}`"
            arguments.append(self.wanted(argument, parameter.types, place, what))
            if parameter.constant and not isinstance(argument, Constant):
                self.report("ESQ107", f"{what} is a constant", place)
            elif parameter.choices and isinstance(argument, Constant):
                self._chosen(argument, parameter, what, place)
        if name in ("mv_append", "mv_contains", "mv_intersection"):
            arguments = self.together(arguments, node.span)
        kind = function.gives or (arguments[0].type if arguments else Type.NULL)
        if name == "sum" and kind is Type.UNKNOWN:
            kind = Type.DOUBLE
        each = any(parameter.values is Values.EACH for parameter in function.parameters)
        multi = function.multi or (each and arguments[0].multi)
        return Apply(name, tuple(arguments), kind, multi)

    def _chosen(self, argument: Constant, parameter: Parameter, what: str, place: Span) -> None:
        """Tell of a constant that is none of those that it may be."""
        text = argument.value
        if isinstance(text, str) and text.lower() not in parameter.choices:
            hint = did_you_mean(near(text.lower(), parameter.choices))
            self.report("ESQ114", f"{what} is not `{text}`", place, hint)

    def _case(self, given: list[Typed], node: nodes.Call) -> Typed:
        pairs, rest = divmod(len(given), 2)
        arguments = list(given)
        for index in range(pairs):
            place = node.arguments[2 * index].span
            wanted = frozenset({Type.BOOLEAN})
            arguments[2 * index] = self.wanted(given[2 * index], wanted, place, "a condition")
        places = [2 * index + 1 for index in range(pairs)] + [len(given) - 1] * rest
        values = self.together([given[place] for place in places], node.span)
        for where, value in zip(places, values, strict=True):
            arguments[where] = value
        multi = any(value.multi for value in values)
        return Apply("case", tuple(arguments), _common_type(values), multi)

    def _cast(self, node: nodes.Cast, operand: nodes.Expression, kind: str) -> Typed:
        name = CASTS.get(kind)
        if name is None:
            hint = did_you_mean(near(kind, CASTS))
            self.report("ESQ108", f"no type is called `{kind}`", node.span, hint)
            return self.typed(operand)
        return self.typed(nodes.Call(name, (operand,), span=node.span))

    def _negated(self, operand: Typed, span: Span) -> Typed:
        number = self.wanted(operand, frozenset(NUMBERS), span, "a number behind `-`")
        return Apply("negative", (number,), number.type)

    def _arithmetic(self, operator: str, left: Typed, right: Typed, span: Span) -> Typed:
        if Type.SPAN in (left.type, right.type):
            return self._moved(operator, left, right, span)
        what = f"a number at `{operator}`"
        numbers = frozenset(NUMBERS)
        one = self.wanted(left, numbers, span, what)
        other = self.wanted(right, numbers, span, what)
        kind = common(one.type, other.type) or Type.DOUBLE
        return Apply(operator, (one, other), Type.DOUBLE if kind in OPEN else kind)

    def _moved(self, operator: str, left: Typed, right: Typed, span: Span) -> Typed:
        """A date earlier or later by a length of time."""
        if operator == "+" and isinstance(left, Duration):
            left, right = right, left
        if operator not in ("+", "-") or not isinstance(right, Duration):
            self.report("ESQ102", "a length of time is added to or taken from a date", span)
            return Constant(None, Type.DATE)
        if isinstance(left, Duration):
            sign = 1 if operator == "+" else -1
            return Duration(
                left.milliseconds + sign * right.milliseconds, left.months + sign * right.months
            )
        date = self.wanted(left, frozenset({Type.DATE}), span, f"a date at `{operator}`")
        return Apply(operator, (date, right), Type.DATE)

    def _match(
        self, field: Typed, value: Typed, span: Span, options: Sequence[Typed] = ()
    ) -> Typed:
        if field.type is Type.KEYWORD and isinstance(value, Constant):
            value = Constant(text_of(scalar(value.value) or ""), Type.KEYWORD)
        elif field.type not in OPEN:
            value = self.wanted(value, frozenset({field.type}), span, "the value")
        return Apply("match", (field, value, *options), Type.BOOLEAN)

    def _text_of(self, operand: Typed, span: Span) -> Typed:
        """What `like` and `rlike` test."""
        if operand.type in (Type.IP, Type.VERSION, *NUMBERS):
            self._converted(operand, Type.KEYWORD, span)
            return Apply("to_string", (operand,), Type.KEYWORD, operand.multi)
        return self.wanted(
            operand, frozenset({Type.KEYWORD}), span, "what is compared to a pattern"
        )

    def wanted(self, node: Typed, types: frozenset[Type], span: Span, what: str) -> Typed:
        """The expression as one of some types; what cannot be so is told."""
        if node.type in types or node.type is Type.NULL:
            return node
        if node.type is Type.UNKNOWN:
            self._guess(node, types)
            return node
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
        """Expressions of one type, that of those among them that are no constants."""
        kind = Type.NULL
        for node in sorted(given, key=lambda each: isinstance(each, Constant)):
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
        return bool(self.sources(node))

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
}


def _first(types: frozenset[Type]) -> Type:
    return next((kind for kind in _PREFERRED if kind in types), Type.KEYWORD)


def _not(node: Typed) -> Apply:
    return Apply("not", (node,), Type.BOOLEAN)


def _common_type(values: Sequence[Typed]) -> Type:
    kind = Type.NULL
    for value in values:
        kind = common(kind, value.type) or kind
    return kind


def _hint(node: Typed, types: frozenset[Type]) -> str:
    name = _CONVERSIONS.get(_first(types))
    return f"convert it: `{name}(…)`" if name and not isinstance(node, Duration) else ""
