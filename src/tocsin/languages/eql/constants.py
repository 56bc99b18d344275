"""Whether a constant can be compared with a field or a result of some kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tocsin.schema.kinds import NUMERIC, TEMPORAL, TEXTUAL, Kind
from tocsin.schema.values import number_of, parse_block, parse_ip, parse_time

if TYPE_CHECKING:
    from tocsin.languages.values import Value

Type: TypeAlias = Kind | None
"""What an expression gives; None is null, which goes with everything."""


class Misfit(NamedTuple):
    """Why a constant does not fit: code and severity, what is wrong, what to write."""

    code: str
    message: str
    hint: str = ""
    warning: bool = False


def type_of(value: Value) -> Type:
    """The kind of a constant."""
    if value is None:
        return None
    if isinstance(value, str):
        return Kind.KEYWORD
    if isinstance(value, bool):
        return Kind.BOOLEAN
    return Kind.LONG if isinstance(value, int) else Kind.DOUBLE


def family(kind: Type) -> str:
    """Kinds that compare with each other have one family; empty for what goes with everything."""
    if kind is None or kind is Kind.UNKNOWN:
        return ""
    if kind in TEXTUAL:
        return "text"
    if kind in NUMERIC:
        return "number"
    return "date" if kind in TEMPORAL else str(kind)


def misfit(kind: Type, operator: str, value: Value) -> Misfit | None:
    """Why ``field operator value`` cannot be for a field of a kind; None if it can."""
    match family(kind):
        case "" if operator in ("<", "<=", ">", ">=") and isinstance(value, bool):
            return _mismatch("values", operator, value)
        case "text":
            return _with_text(operator, value)
        case "number":
            return _with_number(operator, value)
        case "boolean":
            return _with_boolean(operator, value)
        case "date":
            return _with_date(operator, value)
        case "ip":
            return _with_ip(operator, value)
        case "version" if value is not None and not isinstance(value, str):
            return _mismatch("versions", operator, value, "write the version in double quotes")
        case _:
            return None


def _mismatch(what: str, operator: str, value: Value, hint: str = "") -> Misfit:
    return Misfit("EQL109", f"{what} cannot be compared by `{operator}` with {_named(value)}", hint)


def _named(value: Value) -> str:
    if isinstance(value, str):
        return "text"
    return "a boolean" if isinstance(value, bool) else "a number"


def _with_text(operator: str, value: Value) -> Misfit | None:
    if isinstance(value, str):
        if "*" in value and operator in ("==", "!=", "in"):
            return Misfit(
                "EQL150",
                f"`*` is a plain character behind `{operator}`",
                "write `:` or `like` for a pattern",
                warning=True,
            )
    elif operator in ("<", "<=", ">", ">="):
        if isinstance(value, bool):
            return _mismatch("text", operator, value)
        if value is not None:
            return Misfit(
                "EQL151",
                f"the field holds text: `{operator}` compares characters, not numbers",
                "write `number(field)` to compare numbers",
                warning=True,
            )
    return None


def _with_number(operator: str, value: Value) -> Misfit | None:
    if isinstance(value, bool):
        return _mismatch("numbers", operator, value)
    if isinstance(value, str) and number_of(value) is None:
        return Misfit("EQL120", "the field holds numbers, and this text is none")
    return None


def _with_boolean(operator: str, value: Value) -> Misfit | None:
    if value is None:
        return None
    if operator in ("<", "<=", ">", ">="):
        return _mismatch("booleans", operator, value)
    if isinstance(value, bool) or value in ("true", "false"):
        return None
    return _mismatch("booleans", operator, value, "write `true` or `false`, without quotes")


def _with_date(operator: str, value: Value) -> Misfit | None:
    if isinstance(value, bool):
        return _mismatch("times", operator, value)
    if value is None or parse_time(value) is not None:
        return None
    relative = isinstance(value, str) and value.startswith("now")
    return Misfit(
        "EQL120",
        "the field holds times, and this is none",
        "times relative to now are not supported" if relative else "write 2024-05-01T12:30:00Z",
    )


def _with_ip(operator: str, value: Value) -> Misfit | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return _mismatch("IP addresses", operator, value)
    if "/" in value and operator in ("==", "!=", "in"):
        bad = parse_block(value) is None
    else:
        bad = parse_ip(value) is None
    hint = "write an address such as 10.0.0.1; for blocks there is `cidrMatch`"
    return Misfit("EQL120", "the field holds IP addresses, and this is none", hint) if bad else None
