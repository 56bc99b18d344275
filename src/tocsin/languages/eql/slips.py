"""Well-known slips in EQL conditions, each told in its own words at the cursor's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from tocsin.languages.eql.operands import NAMES
from tocsin.languages.eql.tokens import TILDE, WORD

if TYPE_CHECKING:
    from tocsin.languages.eql.tokens import Tokens

MATCHES = frozenset({":", "like", "like~", "regex", "regex~"})
"""The operators that take patterns."""


def missing_value(cursor: Tokens) -> NoReturn:
    """``(a, )``."""
    cursor.fail(
        "EQL012",
        "a value is missing behind the comma",
        cursor.span(cursor.index - 1, cursor.index),
        "",
        "leave out the comma, or add a value",
    )


def empty_list(cursor: Tokens, operator: int) -> NoReturn:
    """``a in ()``; the operator is the token of that index."""
    cursor.fail(
        "EQL012",
        f"the list behind `{cursor.kinds[operator]}` is empty",
        cursor.span(operator + 1, cursor.index),
        "",
        "give at least one value",
    )


def stray_list(cursor: Tokens) -> NoReturn:
    """``(a, b)`` where no list can stand."""
    cursor.fail(
        "EQL001",
        "expected `)`",
        cursor.span(cursor.index),
        "found `,`",
        "a list of values stands behind `in`, `:`, `like` or `regex` only",
    )


def no_pattern(cursor: Tokens, sign: str, *, listed: bool, some: bool) -> NoReturn:
    """What stands behind ``:``, ``like`` or ``regex`` and is no constant.

    ``listed``: within parentheses; ``some``: behind at least one constant.
    """
    if some and cursor.kind == ")":
        missing_value(cursor)
    if cursor.kind in NAMES or (not listed and cursor.kind in (TILDE, "(", "-", "+")):
        cursor.fail(
            "EQL013",
            f"behind `{sign}` only constants can stand",
            cursor.span(cursor.index),
            f"found `{cursor.word(cursor.index)}`",
            "write a string in double quotes, or several in parentheses",
        )
    cursor.unexpected("a string" if some else f"a string behind `{sign}`")


def late_not(cursor: Tokens, sign: str) -> NoReturn:
    """``a == not b``."""
    cursor.fail(
        "EQL011",
        f"`not` cannot stand behind `{sign}`",
        cursor.span(cursor.index),
        "",
        "put the whole `not …` in parentheses",
    )


def infix_not(cursor: Tokens, operator: int) -> NoReturn:
    """``field not like …``: only ``in`` can be negated in the middle."""
    sign = cursor.kinds[operator]
    if sign in MATCHES:
        cursor.fail(
            "EQL011",
            f"`not` cannot stand before `{sign}`",
            cursor.span(operator - 1, operator),
            "",
            f"write `not` first: `not field {sign} …`",
        )
    cursor.unexpected("an operator (`not` stands before a whole condition, or before `in`)")


def second_comparison(cursor: Tokens, sign: str) -> NoReturn:
    """``a < b < c``."""
    cursor.fail(
        "EQL010",
        f"a second comparison, `{cursor.kind}`, in a row",
        cursor.span(cursor.index),
        f"behind `{sign}`",
        "write two comparisons joined by `and`, or put one in parentheses",
    )


def stray(cursor: Tokens, kind: str, *, inside: bool) -> NoReturn:
    """What stands behind an operand, and cannot; ``inside`` parentheses or not."""
    index = cursor.index
    if kind == "of" and cursor.kinds[index - 1] is WORD:
        cursor.fail(
            "EQL018",
            f"process relationships (`{cursor.word(index - 1)} of`) are not supported",
            cursor.span(index - 1, index),
            "",
            "write a sequence joined by process.entity_id and process.parent.entity_id",
        )
    if kind in MATCHES or kind in ("in", "in~", "not"):
        cursor.fail(
            "EQL010",
            f"`{kind}` cannot follow another comparison",
            cursor.span(index),
            "",
            "put the first one in parentheses, or join two by `and`",
        )
    cursor.unexpected("an operator or `)`" if inside else "an operator")
