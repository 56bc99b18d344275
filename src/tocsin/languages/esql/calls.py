"""Give calls of functions their types."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from tocsin.diagnostics import Severity, Span
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.languages.esql import nodes
from tocsin.languages.esql.constants import READ, asked, scalar
from tocsin.languages.esql.elsewhere import OTHER_FUNCTIONS
from tocsin.languages.esql.function import Function, Parameter, Values
from tocsin.languages.esql.functions import ALIASES, FUNCTIONS
from tocsin.languages.esql.search_options import options_of, slips_in_options
from tocsin.languages.esql.spans import MILLISECONDS
from tocsin.languages.esql.typed import Apply, Column, Constant, Duration, Typed, value_of
from tocsin.languages.esql.types import CASTS, NUMBERS, OPEN, Type, common
from tocsin.languages.esql.wanting import Wanting
from tocsin.schema.values import parse_block, text_of

_ALIKE = frozenset({"coalesce", "greatest", "least", "clamp", "clamp_min", "clamp_max", "round_to"})
"""Functions whose arguments and result are of one type."""
_SETS = frozenset(
    {
        *("mv_append", "mv_contains", "mv_intersection", "mv_intersects", "mv_union"),
        "mv_difference",
    }
)
"""Functions of the values of two cells of one type."""
_SPANS = frozenset({"to_dateperiod", "to_timeduration"})
_CELLS = frozenset({"first", "last"})
"""Aggregates that give a cell as it is."""
_NANOS = frozenset({"to_date_nanos", "to_datenanos"})
"""Names that `to_datetime` has, where numbers are nanoseconds."""
_BY_TIME = {"earliest": "first", "latest": "last", "tbucket": "bucket"}
"""Functions that stand for others over `@timestamp`."""


class Calls(Wanting):
    """Types calls."""

    _grouping = False

    @abstractmethod
    def typed(self, node: nodes.Expression) -> Typed:
        """The typed form of an expression."""

    def _call(self, node: nodes.Call) -> Typed:
        name = ALIASES.get(node.name, node.name)
        function = FUNCTIONS.get(name)
        if function is None:
            instead = OTHER_FUNCTIONS.get(name)
            if instead is not None:
                self.report("ESQ104", f"`{name}` is not supported", node.span, instead)
            else:
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
        if name in _BY_TIME and len(node.arguments) == 1:
            return self._call(_over_time(node, name))
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
        if name in _ALIKE:
            self._mixed(given, node.span)
            values = self.together(given, node.span)
            multi = name == "coalesce" and any(value.multi for value in values)
            return Apply(name, tuple(values), _common_type(values), multi)
        if name in ("match", "match_phrase"):
            return self._match(name, given, node.span)
        if name == "multi_match":
            return self._multi_match(given, node.span)
        if name in _SPANS:
            place = node.arguments[0].span
            what = f"what `{name}` reads"
            length = self.wanted(self.folded(given[0]), frozenset({Type.SPAN}), place, what)
            if isinstance(length, Duration) and not _is_span(name, length):
                kind = "days or months" if name == "to_dateperiod" else "hours or seconds"
                self.report("ESQ102", f"{what} is so many {kind}", place)
            return length
        if node.name in _NANOS and given[0].type in NUMBERS:
            hint = "write `to_datetime(… / 1000000)`"
            self.report("ESQ102", "a number of nanoseconds is no date here", node.span, hint)
        arguments = self._arguments(function, given, node)
        if name in _SETS:
            arguments = self.together(arguments, node.span)
        kind = _given_type(function, arguments)
        each = any(parameter.values is Values.EACH for parameter in function.parameters)
        multi = function.multi or ((each or name in _CELLS) and arguments[0].multi)
        return Apply(name, tuple(arguments), kind, multi)

    def _arguments(self, function: Function, given: list[Typed], node: nodes.Call) -> list[Typed]:
        """The arguments as the types that the function's parameters have."""
        arguments: list[Typed] = []
        for index, each in enumerate(given):
            parameter = function.parameter(index, len(given))
            bound = function.name == "bucket" and index > 1
            argument = self.folded(each) if parameter.constant or bound else each
            place = node.arguments[index].span
            what = f"`{parameter.name}` of `{function.name}`"
            types = parameter.types
            if function.name == "bucket":
                types = _of_bucket(index, given)
            arguments.append(self.wanted(argument, types, place, what))
            self._positive(arguments[-1], place)
            if function.name == "cidr_match" and index:
                self._block(argument, place)
            if function.name == "split" and index:
                self._delimiter(argument, place)
            if parameter.constant and not isinstance(argument, Constant):
                self.report("ESQ107", f"{what} is a constant", place)
            elif isinstance(argument, Constant):
                self._chosen(argument, parameter, what, place)
                needed = function.aggregate and parameter.constant and not parameter.optional
                if argument.value is None and (needed or parameter.name == "query"):
                    self.report("ESQ114", f"{what} is not null", place)
                if parameter.name == "weights" and not argument.value:
                    self.report("ESQ114", f"{what} are neither null nor 0", place)
        return arguments

    def _chosen(self, argument: Constant, parameter: Parameter, what: str, place: Span) -> None:
        """Tell of a constant that is none of those that it may be."""
        value, choices = argument.value, parameter.choices
        if isinstance(value, str) and choices and value.lower() not in choices:
            known = ", ".join(sorted(choices))
            hint = did_you_mean(near(value.lower(), choices)) or f"there is {known}"
            self.report("ESQ114", f"{what} is not `{value}`", place, hint)
        if isinstance(value, int) and parameter.least is not None and value < parameter.least:
            self.report("ESQ114", f"{what} is {parameter.least} at least, not {value}", place)

    def _positive(self, argument: Typed, span: Span) -> None:
        if not isinstance(argument, Duration):
            return
        if argument.milliseconds + argument.months <= 0:
            self.report("ESQ102", "dates are rounded by a length of time above 0", span)
        elif argument.milliseconds and argument.months:
            self.report("ESQ102", "dates are rounded by months or by days and hours", span)

    def _block(self, argument: Typed, span: Span) -> None:
        text = value_of(argument)
        if isinstance(text, str) and parse_block(text) is None:
            message = f"`{text}` is no block of addresses, and holds none"
            self.report("ESQ152", message, span, "such as `10.0.0.0/8`", Severity.WARNING)

    def _delimiter(self, argument: Typed, span: Span) -> None:
        text = value_of(self.folded(argument))
        if isinstance(text, str) and (len(text) != 1 or not text.isascii()):
            message = f"a delimiter of `split` is one ASCII character, not `{text}`"
            self.report("ESQ114", message, span, "make it one by `replace` before")

    def _mixed(self, given: Sequence[Typed], span: Span) -> None:
        """Tell of decimal numbers behind whole ones, which have no common type in Elasticsearch."""
        kinds = [each.type for each in given if each.type in NUMBERS]
        mixed = Type.DOUBLE in kinds and kinds[0] is not Type.DOUBLE
        if mixed and not any(map(self._guessed, given)):
            self._converted(given[0], Type.DOUBLE, span)

    def _case(self, given: list[Typed], node: nodes.Call) -> Typed:
        pairs, rest = divmod(len(given), 2)
        arguments = list(given)
        for index in range(pairs):
            place = node.arguments[2 * index].span
            wanted = frozenset({Type.BOOLEAN})
            arguments[2 * index] = self.wanted(given[2 * index], wanted, place, "a condition")
        places = [2 * index + 1 for index in range(pairs)] + [len(given) - 1] * rest
        self._mixed([given[place] for place in places], node.span)
        values = self.together([given[place] for place in places], node.span)
        for where, value in zip(places, values, strict=True):
            arguments[where] = value
        multi = any(value.multi for value in values)
        return Apply("case", tuple(arguments), _common_type(values), multi)

    def _match(self, name: str, given: Sequence[Typed], span: Span) -> Typed:
        field, value, *options = given[0], self.folded(given[1]), *given[2:]
        searched = field.arguments[0] if _is_cast(field) else field
        computed = not isinstance(searched, Column) or searched.id not in self.fields
        if computed and field.type is not Type.NULL:
            hint = "write `==` or `like`"
            self.report("ESQ122", f"`{name}` searches fields, and this is computed", span, hint)
        if field.type is Type.KEYWORD and isinstance(value, Constant):
            value = Constant(text_of(scalar(value.value) or ""), Type.KEYWORD)
        elif isinstance(value, Constant) and (read := asked(value, field.type)) is not None:
            value = read
        elif isinstance(text := value_of(value), str) and field.type in READ:
            self.report(
                "ESQ152",
                f"`{text}` is no {field.type}, which the field is, and never found",
                span,
                severity=Severity.WARNING,
            )
            return Constant(value=False, type=Type.BOOLEAN)
        elif field.type not in OPEN:
            value = self.wanted(value, frozenset({field.type}), span, "the value")
        if not isinstance(value, Constant):
            self.report("ESQ107", f"`query` of `{name}` is a constant", span)
        elif given[1].type is Type.NULL:
            self.report("ESQ114", f"`query` of `{name}` is not null", span)
        self._options(name, options, span)
        return Apply(name, (field, value, *options), Type.BOOLEAN)

    def _multi_match(self, given: Sequence[Typed], span: Span) -> Typed:
        """`match`, or `match_phrase`, of some of several fields."""
        query, *fields = given
        options = [fields.pop()] if fields[-1].type is Type.OPTIONS else []
        told = self._options("multi_match", options, span)
        name = "match_phrase" if told.get("type") == "phrase" else "match"
        kept = {key: value for key, value in told.items() if key != "type"}
        inner = [Constant(json.dumps(kept), Type.OPTIONS)] if kept else []
        found = tuple(self._match(name, (field, query, *inner), span) for field in fields)
        return Apply("or", found, Type.BOOLEAN) if found else Constant(None, Type.NULL)

    def _options(self, name: str, given: Sequence[Typed], span: Span) -> Mapping[str, object]:
        """The options of a search; what cannot be done is told."""
        text = given[0].value if given and isinstance(given[0], Constant) else None
        options = options_of(text)
        for message, hint in slips_in_options(name, options):
            self.report("ESQ106", message, span, hint)
        return options


def _is_cast(node: Typed) -> TypeGuard[Apply]:
    """Whether a value of another type is all that an expression makes."""
    return isinstance(node, Apply) and node.name in CASTS.values()


def _over_time(node: nodes.Call, name: str) -> nodes.Call:
    """The call that one of `_BY_TIME` stands for."""
    moment = nodes.Field("@timestamp", span=node.span)
    (given,) = node.arguments
    arguments = (moment, given) if name == "tbucket" else (given, moment)
    return nodes.Call(_BY_TIME[name], arguments, span=node.span)


def _is_span(name: str, length: Duration) -> bool:
    """Whether a length of time is one that `to_dateperiod` or `to_timeduration` gives."""
    if name == "to_timeduration":
        return length.months == 0
    return length.milliseconds % MILLISECONDS["day"] == 0


def _given_type(function: Function, arguments: Sequence[Typed]) -> Type:
    """The type of a function's result."""
    if function.gives is not None:
        return function.gives
    if function.name in _SETS:
        return _common_type(arguments)
    kind = arguments[0].type
    if function.name == "bucket" and kind is not Type.DATE:
        return Type.DOUBLE
    return Type.DOUBLE if function.name == "sum" and kind is Type.UNKNOWN else kind


def _of_bucket(index: int, given: Sequence[Typed]) -> frozenset[Type]:
    """What an argument of `bucket` may be: its size says whether it is about dates or numbers."""
    if index == 1 and len(given) > 2:
        return frozenset(NUMBERS)
    dates = given[0].type is Type.DATE
    if given[0].type in OPEN:
        bounded = len(given) > 2
        dates = given[2].type not in NUMBERS if bounded else given[1].type not in NUMBERS
    if index == 1:
        return frozenset({Type.SPAN}) if dates else frozenset(NUMBERS)
    return frozenset({Type.DATE}) if dates else frozenset(NUMBERS)


def _common_type(values: Sequence[Typed]) -> Type:
    kind = Type.NULL
    for value in values:
        kind = common(kind, value.type) or kind
    return kind
