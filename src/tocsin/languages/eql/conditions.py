"""Check the conditions of an EQL query: fields, functions, kinds, patterns.

Each expression is checked once, from its leaves up, and gives its kind. What cannot be judged (a
field that no schema names) is accepted everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.diagnostics import Diagnostic, Severity, Span
from tocsin.diagnostics.near import did_you_mean, near
from tocsin.languages.eql.constants import Misfit, Type, family, misfit, type_of
from tocsin.languages.eql.nodes import (
    And,
    Arithmetic,
    Call,
    Comparison,
    Expression,
    Field,
    Match,
    Membership,
    Negate,
    Not,
    Or,
)
from tocsin.languages.functions import FUNCTIONS, Function, Parameter, Wants, function
from tocsin.languages.node import Literal
from tocsin.languages.numbers import parse_number
from tocsin.schema.kinds import INTEGRAL, NUMERIC, Kind
from tocsin.schema.values import parse_block, parse_ip

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.languages.values import Value
    from tocsin.schema.fields import Schema

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_UNUSABLE = frozenset({Kind.OBJECT, Kind.GEO_POINT, Kind.BINARY})
_ELSEWHERE = {
    "arraycontains": "write `field == value`: it holds if any value is equal",
    "arraysearch": "a condition holds if it holds for any value of the field",
    "arraycount": "values cannot be counted",
    "match": "write `field regex pattern`",
    "matchlite": "write `field regex pattern`",
    "wildcard": "write `field : (pattern, …)`",
}
_ORDINALS = ("first", "second", "third", "fourth")


class Conditions:
    """Collects the ``diagnostics`` of conditions over one query text."""

    def __init__(
        self, schema: Schema, text: str, validate_regex: Callable[[str], str | None] | None
    ) -> None:
        self.schema = schema
        self.text = text
        self.validate_regex = validate_regex
        self.diagnostics: list[Diagnostic] = []
        self._unmapped: set[str] = set()
        self._calls = 0
        self._checks: dict[type, Callable[..., Type]] = {
            Literal: self._literal,
            Field: self.field,
            Call: self._call,
            Negate: self._negate,
            Arithmetic: self._arithmetic,
            Comparison: self._comparison,
            Membership: self._membership,
            Match: self._match,
            Not: self._not,
            And: self._terms,
            Or: self._terms,
        }

    def report(self, code: str, message: str, span: Span, hint: str = "", label: str = "") -> None:
        """Add an error."""
        self.diagnostics.append(
            Diagnostic(code, message, span=span, label=label, hint=hint, text=self.text)
        )

    def condition(self, expression: Expression) -> None:
        """Check an expression that must be true or false."""
        kind = self._checks[type(expression)](expression)
        if kind is None or kind is Kind.BOOLEAN or kind is Kind.UNKNOWN:
            return
        hint = "compare it with something"
        if isinstance(expression, Field):
            hint = f"write `{expression.name} != null` to ask whether there is a value"
        self.report(
            "EQL110", f"a condition must be true or false, found {kind}", expression.span, hint
        )

    def field(self, node: Field) -> Type:
        """The kind of a field, once it is known to be usable; null for an unmapped ``?field``."""
        name = node.name
        if not self.schema.is_mapped(name):
            if node.optional:
                return None
            if name not in self._unmapped:
                self._unmapped.add(name)
                hint = did_you_mean(self.schema.suggest(name))
                self.report(
                    "EQL101",
                    f"unknown field `{name}`",
                    node.span,
                    hint or f"write `?{name}` if it may be absent",
                )
            return Kind.UNKNOWN
        kind = self.schema.kind(name)
        if kind is Kind.NESTED:
            self.report("EQL111", f"`{name}` is a nested field, which EQL cannot search", node.span)
            return Kind.UNKNOWN
        if kind in _UNUSABLE or (kind is Kind.FLATTENED and self._is_root(name)):
            hint = "" if kind in (Kind.GEO_POINT, Kind.BINARY) else "name a field inside it"
            self.report(
                "EQL112", f"`{name}` is of kind {kind}, which EQL cannot search", node.span, hint
            )
            return Kind.UNKNOWN
        return kind

    def _is_root(self, name: str) -> bool:
        return self.schema.kind(name.rpartition(".")[0]) is not Kind.FLATTENED

    def _literal(self, node: Literal) -> Type:
        return type_of(node.value)

    def _terms(self, node: And | Or) -> Type:
        for term in node.terms:
            self.condition(term)
        return Kind.BOOLEAN

    def _not(self, node: Not) -> Type:
        self.condition(node.term)
        return Kind.BOOLEAN

    def _negate(self, node: Negate) -> Type:
        return self._number(node.operand, "-")

    def _arithmetic(self, node: Arithmetic) -> Type:
        left = self._number(node.left, node.operator)
        right = self._number(node.right, node.operator)
        return _result(left, right)

    def _number(self, node: Expression, operator: str) -> Type:
        kind = self._checks[type(node)](node)
        if family(kind) in ("", "number"):
            return kind
        hint = f"write `number({self._shown(node)})`" if family(kind) == "text" else ""
        self.report("EQL123", f"`{operator}` works on numbers, found {kind}", node.span, hint)
        return Kind.UNKNOWN

    def _comparison(self, node: Comparison) -> Type:
        left, right = node.left, node.right
        left_kind = self._checks[type(left)](left)
        right_kind = self._checks[type(right)](right)
        if isinstance(right, Literal):
            self._fits(left, left_kind, node.operator, right)
        elif isinstance(left, Literal):
            operator = _FLIPPED.get(node.operator, node.operator)
            self._fits(right, right_kind, operator, left)
        elif not self._calls and self._has_field(left) and self._has_field(right):
            self._two_fields(node)
        else:
            self._same_family(node, left_kind, right_kind)
        return Kind.BOOLEAN

    def _fits(self, node: Expression, kind: Type, operator: str, literal: Literal) -> None:
        """Report a constant that cannot be compared with an expression of a kind."""
        if isinstance(node, Field):
            found = misfit(kind, operator, literal.value)
        else:
            given = type_of(literal.value)
            found = misfit(kind, operator, literal.value)
            if not _related(kind, given) and (found is None or found.warning):
                found = Misfit("EQL109", f"{kind} cannot be compared by `{operator}` with {given}")
        if found is not None:
            severity = Severity.WARNING if found.warning else Severity.ERROR
            self.diagnostics.append(
                Diagnostic(
                    found.code,
                    found.message,
                    severity,
                    literal.span,
                    f"`{self._shown(node)}` is {kind}" if kind is not None else "",
                    found.hint,
                    text=self.text,
                )
            )

    def _two_fields(self, node: Comparison) -> None:
        hint = "compare with a constant; a sequence joined `by` both compares fields of two events"
        right = node.right
        if isinstance(right, Field) and "." not in right.name:
            word = right.name.lower()
            hint = f'a text stands in double quotes: `"{right.name}"`'
            if word in ("true", "false", "null", "none") and word != right.name:
                hint = f"write `{'null' if word == 'none' else word}`"
        self.report("EQL108", "a field cannot be compared with another field", right.span, hint)

    def _same_family(self, node: Comparison, left: Type, right: Type) -> None:
        if not _related(left, right):
            message = f"{left} cannot be compared by `{node.operator}` with {right}"
            self.report("EQL109", message, node.span)

    def _has_field(self, node: Expression) -> bool:
        match node:
            case Field(name, optional):
                return not optional or self.schema.is_mapped(name)
            case Call(_, parts) | And(parts) | Or(parts):
                return any(map(self._has_field, parts))
            case Arithmetic(_, left, right) | Comparison(_, left, right):
                return self._has_field(left) or self._has_field(right)
            case Negate(part) | Not(part) | Membership(part) | Match(_, part):
                return self._has_field(part)
            case _:
                return False

    def _membership(self, node: Membership) -> Type:
        kind = self._checks[type(node.operand)](node.operand)
        operator = "in~" if node.fold else "in"
        if node.fold:
            self._textual(node.operand, kind, operator, "in")
        for value in node.values:
            if isinstance(value, Literal):
                if not (type(value.value) is str and "*" not in value.value) or (
                    family(kind) != "text"
                ):
                    self._fits(node.operand, kind, operator, value)
                continue
            given = self._checks[type(value)](value)
            if self._has_field(value):
                message = f"fields cannot stand in the list behind `{operator}`"
                self.report("EQL108", message, value.span, "list constants only")
            elif not _related(kind, given):
                message = f"{kind} cannot be compared by `{operator}` with {given}"
                self.report("EQL109", message, value.span)
        return Kind.BOOLEAN

    def _match(self, node: Match) -> Type:
        operator = node.operator
        kind = self._checks[type(node.operand)](node.operand)
        self._textual(node.operand, kind, operator, "in" if len(node.patterns) > 1 else "==")
        for pattern in node.patterns:
            if not isinstance(pattern.value, str):
                self.report(
                    "EQL107",
                    f"behind `{operator}` stands text, found {type_of(pattern.value) or 'null'}",
                    pattern.span,
                    "write `in`" if len(node.patterns) > 1 else "write `==`",
                )
            elif self.validate_regex is not None and operator[0] == "r":
                problem = self.validate_regex(pattern.value)
                if problem:
                    self.report("EQL118", f"not a regular expression: {problem}", pattern.span)
                elif anchors := _anchors(pattern.value):
                    self._warn(
                        "EQL152",
                        f"{anchors} a plain character: a pattern describes the whole value",
                        pattern.span,
                        "leave it out",
                    )
        return Kind.BOOLEAN

    def _warn(self, code: str, message: str, span: Span, hint: str) -> None:
        told = Diagnostic(code, message, Severity.WARNING, span, hint=hint, text=self.text)
        self.diagnostics.append(told)

    def _textual(self, node: Expression, kind: Type, operator: str, instead: str) -> None:
        """Report an operand of ``:``, ``like``, ``regex`` or ``in~`` that is no text."""
        if family(kind) in ("", "text"):
            return
        shown = self._shown(node)
        hint = f"write `{instead}`"
        if kind is Kind.IP:
            hint += f", `cidrMatch({shown}, …)` or `string({shown})`"
        elif family(kind) != "boolean":
            hint += f", or `string({shown})` for its text"
        self.report("EQL106", f"`{operator}` works on text, found {kind}", node.span, hint)

    def _call(self, node: Call) -> Type:
        self._calls += 1
        kinds = [self._checks[type(argument)](argument) for argument in node.arguments]
        self._calls -= 1
        row = function(node.name)
        if row is None:
            hint = _ELSEWHERE.get(node.name.lower(), "")
            hint = hint or did_you_mean(near(node.name, FUNCTIONS))
            self.report("EQL102", f"unknown function `{node.name}`", node.span, hint)
            return Kind.UNKNOWN
        if node.fold and not row.folds:
            message = f"`{row.name}` has no form with `~`"
            self.report("EQL105", message, node.span, f"write `{row.signature}`")
        if not row.takes_count(len(kinds)):
            message = f"`{row.name}` takes {_counted(row)}, found {len(kinds)}"
            shown = row.signature if node.fold else row.signature.replace("~", "")
            self.report("EQL103", message, node.span, f"write `{shown}`")
            return row.gives
        for index, argument in enumerate(node.arguments):
            self._argument(row, index, argument, kinds[index])
        if row.name == "number":
            self._parsable(node)
        if row.parameters[0].wants is Wants.NUMBER:
            return _result(kinds[0], kinds[1])
        return row.gives

    def _argument(self, row: Function, index: int, node: Expression, kind: Type) -> None:
        parameter = row.parameter(index)
        ordinal = _ORDINALS[index] if index < len(_ORDINALS) else f"{index + 1}th"
        if kind is not None and not _suits(parameter, node, kind):
            hint = ""
            if parameter.wants is Wants.STRING:
                hint = f"write `string({self._shown(node)})`"
            elif parameter.wants in (Wants.NUMBER, Wants.INTEGER) and family(kind) == "text":
                hint = "write a number" if isinstance(node, Literal) else "write `number(…)`"
            self.report(
                "EQL104",
                f"the {ordinal} argument of `{row.name}` must be {parameter.wants}",
                node.span,
                hint,
                f"this is {kind}",
            )
        elif parameter.constant and self._has_field(node):
            message = f"the {ordinal} argument of `{row.name}` must be a constant"
            self.report("EQL104", message, node.span)
        elif parameter.name == "block" and isinstance(node, Literal) and not _is_block(node.value):
            hint = "write a block such as 10.0.0.0/8 or fe80::/10"
            self.report("EQL119", "not a block of IP addresses", node.span, hint)

    def _parsable(self, node: Call) -> None:
        """Report ``number("many")``: a constant that is no number."""
        values = [part.value for part in node.arguments if isinstance(part, Literal)]
        constant = len(values) == len(node.arguments) and values[0] is not None
        if constant and parse_number(*values) is None:
            self.report("EQL121", "the text is no number", node.arguments[0].span)

    def _shown(self, node: Expression) -> str:
        if isinstance(node, Field):
            return node.name
        return self.text[node.span.start : node.span.end] if node.span.start >= 0 else "…"


def _related(left: Type, right: Type) -> bool:
    """Whether values of two kinds can be equal."""
    one, other = family(left), family(right)
    return one == other or not one or not other


def _result(left: Type, right: Type) -> Type:
    """What arithmetic gives."""
    if left is None or right is None:
        return None
    if left is Kind.UNKNOWN or right is Kind.UNKNOWN:
        return Kind.UNKNOWN
    return Kind.LONG if left in INTEGRAL and right in INTEGRAL else Kind.DOUBLE


def _suits(parameter: Parameter, node: Expression, kind: Kind) -> bool:
    """Whether an argument is what a parameter wants."""
    if kind is Kind.UNKNOWN:
        return True
    match parameter.wants:
        case Wants.ANYTHING:
            return True
        case Wants.STRING:
            return family(kind) == "text"
        case Wants.NUMBER:
            return kind in NUMERIC
        case Wants.INTEGER:
            return kind in INTEGRAL
        case Wants.BOOLEAN:
            return kind is Kind.BOOLEAN
        case Wants.IP:
            return kind is Kind.IP or (
                isinstance(node, Literal) and parse_ip(node.value) is not None
            )


def _is_block(value: Value) -> bool:
    return value is None or parse_block(value) is not None


def _counted(row: Function) -> str:
    if row.most is None:
        return f"at least {row.least} argument{'s' if row.least > 1 else ''}"
    plural = "s" if row.most > 1 else ""
    if row.most == row.least:
        return f"exactly {row.least} argument{plural}"
    return f"{row.least} or {row.most} argument{plural}"


def _anchors(pattern: str) -> str:
    """The anchors of other regular expressions that a pattern begins or ends with."""
    first, last = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith(r"\$")
    if first and last:
        return "`^` and `$` are each"
    return "`^` is" if first else "`$` is" if last else ""
