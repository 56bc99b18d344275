"""Parse EQL conditions, however long or deep, with explicit stacks instead of recursion.

    expression = or
    or         = and { "or" and }
    and        = not { "and" not }
    not        = "not" not | comparison
    comparison = sum [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
    sum        = product { ( "+" | "-" ) product }
    product    = sign { ( "*" | "/" | "%" ) sign }
    sign       = ( "+" | "-" ) sign | suffixed
    suffixed   = primary [ [ "not" ] ( "in" | "in~" ) "(" expression { "," expression } ")"
                         | ( ":" | "like" | "like~" | "regex" | "regex~" ) patterns ]
    patterns   = constant | "(" constant { "," constant } ")"
    primary    = constant | call | field | "(" expression ")"
    call       = ( WORD | TILDE ) "(" [ expression { "," expression } ] ")"

Constants and fields are read by ``operands.py``. Operators wait on one stack with their precedence,
finished operands on another, open parentheses on a third. A chain of ``and`` or ``or`` becomes one
flat node in one step, so the time is linear. Parentheses may be nested ``MAX_NESTING`` deep and the
tree may be ``MAX_DEPTH`` high, so that plain recursion over a tree is safe everywhere behind this
module.
"""

from __future__ import annotations

from tocsin.diagnostics import Span
from tocsin.languages.eql import literals, slips
from tocsin.languages.eql.binding import (
    AND,
    BINARY,
    COMPARISON,
    NOT,
    OR,
    PRODUCT,
    SIGN,
    SUM,
)
from tocsin.languages.eql.nodes import (
    And,
    Arithmetic,
    Call,
    Comparison,
    Expression,
    Match,
    Membership,
    Negate,
    Not,
    Or,
)
from tocsin.languages.eql.operands import CONSTANTS, NAMES, Operands
from tocsin.languages.eql.slips import MATCHES
from tocsin.languages.eql.stacks import Group, Operand, Operator
from tocsin.languages.eql.tokens import BAD, TILDE, WORD
from tocsin.languages.functions import canonical_name
from tocsin.languages.node import Literal

MAX_NESTING = 1000
MAX_DEPTH = 200

# What is finished before an operator is put on the stack: everything that binds tighter, and for
# left-associative operators their equals. Equal `and`, `or` wait and become one node together.
_FINISH = {OR: AND, AND: NOT, COMPARISON: SUM, SUM: SUM, PRODUCT: PRODUCT}
_STRAY = MATCHES | {WORD, TILDE, BAD, "=", "[", "of", "in", "in~", "not"}


class Expressions(Operands):
    """A cursor that reads conditions."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._operands: list[Operand] = []
        self._operators: list[Operator] = []
        self._groups: list[Group] = []

    def expression(self) -> Expression:
        """``expression = or``, up to the first token that cannot belong to it.

        Raises
        ------
        QuerySyntaxError
            For anything that is not an expression.
        """
        outside = len(self._groups)
        self._open("", self.starts[self.index])
        finished = False
        while not finished:
            while self._operand():
                pass
            finished = self._behind_operand(outside + 1)
        self._finish(OR)
        self._groups.pop()
        return self._operands.pop().node

    def _operand(self) -> bool:
        """Read towards an operand: whether more must follow until there is one."""
        kind = self.kinds[self.index]
        if kind is WORD:
            if self.kinds[self.index + 1] == "(":
                return self._call()
            first = self.index
            self._push(self.field(), first)
        elif kind in CONSTANTS:
            self._push(self.constant(), self.index - 1)
        elif kind == "(":
            self._open("(", self.starts[self.index])
            self.index += 1
            return True
        elif kind in ("not", "-", "+"):
            self._prefix(kind)
            return True
        elif kind in NAMES:
            first = self.index
            self._push(self.field(), first)
        elif kind is TILDE and self.kinds[self.index + 1] == "(":
            return self._call()
        elif kind == ")" and self._groups[-1].kind in ("call", "in") and self._groups[-1].items:
            slips.missing_value(self)
        else:
            self.unexpected("a condition, a field, a function or a value")
        return False

    def _prefix(self, kind: str) -> None:
        """``not = "not" not`` and ``sign = ("+" | "-") sign``."""
        if kind == "not" and len(self._operators) > self._groups[-1].operators:
            before = self._operators[-1]
            if before.precedence > NOT:
                slips.late_not(self, before.sign)
        precedence = NOT if kind == "not" else SIGN
        self._operators.append(Operator(precedence, kind, self.starts[self.index]))
        self.index += 1

    def _behind_operand(self, bottom: int) -> bool:
        """Go on behind an operand, up to the next binary operator or comma.

        Whether the expression is complete. ``bottom`` is the number of groups when it began.
        """
        primary = True
        while True:
            kind = self.kinds[self.index]
            if kind in BINARY:
                self._binary(kind)
                return False
            if kind in MATCHES and primary:
                self._match(kind)
                primary = False
            elif kind in ("in", "in~", "not") and primary:
                if self._membership(kind):
                    return False
                primary = False
            elif kind in _STRAY:
                slips.stray(self, kind, inside=bool(self._groups[-1].kind))
            elif len(self._groups) == bottom:
                return True
            elif kind == ",":
                self._next_item()
                return False
            else:
                primary = self._close()

    def _binary(self, sign: str) -> None:
        """Put a binary operator on the stack, behind what binds tighter."""
        precedence = BINARY[sign]
        self._finish(_FINISH[precedence])
        if precedence == COMPARISON and len(self._operators) > self._groups[-1].operators:
            before = self._operators[-1]
            if before.precedence == COMPARISON:
                slips.second_comparison(self, before.sign)
        self._operators.append(Operator(precedence, sign, self.starts[self.index]))
        self.index += 1

    def _finish(self, least: int) -> None:
        """Build the nodes of all waiting operators of this group that bind at least so tight."""
        outside = self._groups[-1].operators
        operators = self._operators
        while len(operators) > outside and operators[-1].precedence >= least:
            operator = operators.pop()
            if operator.precedence <= AND:
                self._chain(operator, outside)
            elif operator.precedence in (NOT, SIGN):
                self._unary(operator)
            else:
                right = self._operands.pop()
                left = self._operands.pop()
                span = Span(left.start, right.end)
                build = Comparison if operator.precedence == COMPARISON else Arithmetic
                node = build(operator.sign, left.node, right.node, span=span)
                self._grow(node, left.start, right.end, max(left.height, right.height) + 1)

    def _chain(self, operator: Operator, outside: int) -> None:
        """``and = not { "and" not }`` and ``or`` likewise: one node for the whole chain."""
        count = 2
        while len(self._operators) > outside and self._operators[-1].sign == operator.sign:
            self._operators.pop()
            count += 1
        parts = self._operands[-count:]
        del self._operands[-count:]
        build = And if operator.sign == "and" else Or
        terms: list[Expression] = []
        height = 0
        for part in parts:
            if isinstance(part.node, build):
                terms.extend(part.node.terms)
                height = max(height, part.height)
            else:
                terms.append(part.node)
                height = max(height, part.height + 1)
        start, end = parts[0].start, parts[-1].end
        self._grow(build(tuple(terms), span=Span(start, end)), start, end, height)

    def _unary(self, operator: Operator) -> None:
        """``not`` or a sign before an operand; the sign of a number becomes part of it."""
        part = self._operands.pop()
        start, node = operator.start, part.node
        span = Span(start, part.end)
        if operator.sign == "not":
            self._grow(Not(node, span=span), start, part.end, part.height + 1)
        elif operator.sign == "+":
            self._operands.append(part._replace(start=start))
        elif isinstance(node, Literal) and literals.is_number(node.value):
            negated = literals.negated(node.value)
            self._operands.append(Operand(Literal(negated, span=span), start, part.end, 1))
        else:
            self._grow(Negate(node, span=span), start, part.end, part.height + 1)

    def _grow(self, node: Expression, start: int, end: int, height: int) -> None:
        if height > MAX_DEPTH:
            self.fail(
                "EQL014",
                f"conditions are nested more than {MAX_DEPTH} deep",
                Span(start, end),
                "",
                "join conditions by `and` and `or` without nesting",
            )
        self._operands.append(Operand(node, start, end, height))

    def _push(self, node: Expression, first: int) -> None:
        end = self.ends[self.index - 1]
        self._operands.append(Operand(node, self.starts[first], end, 1))

    def _open(self, kind: str, start: int) -> None:
        if len(self._groups) > MAX_NESTING:
            self.fail(
                "EQL014",
                f"parentheses are nested more than {MAX_NESTING} deep",
                self.span(self.index),
            )
        self._groups.append(Group(kind, start, len(self._operators)))

    def _call(self) -> bool:
        """``call = (WORD | TILDE) "(" [ expression { "," expression } ] ")"``."""
        first = self.index
        name = self.word(first)
        if "." in name:
            self.index += 1
            self.unexpected("an operator (a function's name has no dots)")
        self._open("call", self.starts[first])
        self._groups[-1].name = name
        self.index += 2
        if self.kind == ")":
            self._finish_call(self._groups.pop())
            return False
        return True

    def _next_item(self) -> None:
        """``… "," …`` in the arguments of a call or the values of a list."""
        group = self._groups[-1]
        if group.kind == "(":
            slips.stray_list(self)
        self._collect(group)
        self.index += 1

    def _collect(self, group: Group) -> None:
        self._finish(OR)
        part = self._operands.pop()
        group.items.append(part.node)
        group.height = max(group.height, part.height)

    def _close(self) -> bool:
        """``")"``: whether what it closes is a primary, which a suffix may follow."""
        group = self._groups[-1]
        if self.kind != ")":
            opened = {"(": "`)`", "call": "`,` or `)`", "in": "`,` or `)`"}[group.kind]
            self.unexpected(f"an operator or {opened}")
        if group.kind == "(":
            self._finish(OR)
            part = self._operands.pop()
            end = self.ends[self.index]
            self._operands.append(part._replace(start=group.start, end=end))
        else:
            self._collect(group)
        self._groups.pop()
        if group.kind == "call":
            self._finish_call(group)
            return True
        if group.kind == "in":
            self._finish_membership(group)
            return False
        self.index += 1
        return True

    def _finish_call(self, group: Group) -> None:
        end = self.ends[self.index]
        self.index += 1
        fold = group.name.endswith("~")
        name = canonical_name(group.name.removesuffix("~"))
        node = Call(name, tuple(group.items), fold, span=Span(group.start, end))
        self._grow(node, group.start, end, group.height + 1)

    def _match(self, sign: str) -> None:
        """``( ":" | "like" | "like~" | "regex" | "regex~" ) patterns``."""
        operator = self.index
        self.index += 1
        listed = self.take("(")
        patterns: list[Literal] = []
        if listed and self.kind == ")":
            slips.empty_list(self, operator)
        while True:
            if self.kind not in CONSTANTS:
                slips.no_pattern(self, sign, listed=listed, some=bool(patterns))
            patterns.append(self.constant())
            if not listed or not self.take(","):
                break
        if listed:
            self.expect(")", "`,` or `)`")
        part = self._operands.pop()
        end = self.ends[self.index - 1]
        span = Span(part.start, end)
        node = Match(sign, part.node, tuple(patterns), listed, span=span)
        self._grow(node, part.start, end, part.height + 1)

    def _membership(self, kind: str) -> bool:
        """``[ "not" ] ( "in" | "in~" ) "(" expression { "," expression } ")"``.

        Lists of plain constants, which may be thousands long, are read at once; else a group is
        opened for the rest of the list, and true is given.
        """
        operator = self.index
        if kind == "not":
            operator += 1
            if self.kinds[operator] not in ("in", "in~"):
                slips.infix_not(self, operator)
        self.index = operator + 1
        self.expect("(", f"a list of values in parentheses behind `{self.kinds[operator]}`")
        if self.kind == ")":
            slips.empty_list(self, operator)
        self._open("in", self.starts[operator])
        group = self._groups[-1]
        group.name = kind + self.kinds[operator]
        group.operand = self._operands.pop()
        group.height = 1
        while self.kind in CONSTANTS and self.kinds[self.index + 1] in (",", ")"):
            group.items.append(self.constant())
            if self.kind == ")":
                self._groups.pop()
                self._finish_membership(group)
                return False
            self.index += 1
        return True

    def _finish_membership(self, group: Group) -> None:
        end = self.ends[self.index]
        self.index += 1
        part = group.operand or self._operands.pop()
        node = Membership(
            part.node,
            tuple(group.items),
            fold=group.name.endswith("~"),
            negated=group.name.startswith("not"),
            span=Span(part.start, end),
        )
        self._grow(node, part.start, end, max(group.height, part.height) + 1)
