"""EQL's questions about one field and constants as leaves, by the field's kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tocsin.languages.eql.nodes import Match
from tocsin.plan.date_leaves import compared_time
from tocsin.plan.date_span import DateSpan, date_span
from tocsin.plan.expression import Value, flag_of
from tocsin.plan.passes import FALSE, disjunction, text
from tocsin.plan.predicate import Compare, FieldRef, Flag, Length, Predicate, Regex, Within
from tocsin.plan.regex_texts import only_text
from tocsin.plan.wildcard import escaped, from_like, normal
from tocsin.schema.kinds import NUMERIC, TEMPORAL, TEXTUAL, Kind
from tocsin.schema.values import (
    number_of,
    parse_block,
    parse_ip,
    parse_time,
    parse_time_nanos,
    text_of,
)

_NATIVE = {"startsWith": "{}*", "endsWith": "*{}", "stringContains": "*{}*"}


class UnreadableError(ValueError):
    """A constant cannot be read as what the field holds: ``what`` it should be, and ``value``."""

    def __init__(self, what: str, value: Value) -> None:
        super().__init__(f"{value!r} is not {what}")
        self.what = what
        self.value = value


def compared(
    field: FieldRef, sign: str, value: str | float | bool, fold: bool, clause: str
) -> Predicate | None:
    """``field sign value`` as a leaf, sign being one of ``== < <= > >=``; None if none can say it.

    A constant that no value of the field can equal makes it false.

    Raises
    ------
    UnreadableError
        If the constant should be a time or an address and is none.
    """
    kind = field.kind
    if kind is Kind.UNKNOWN or kind not in _KNOWN:
        kind = _kind_of(value)
    if kind in NUMERIC:
        number = number_of(value)
        return FALSE if number is None else Compare(field, sign, number, clause=clause)
    if kind is Kind.BOOLEAN:
        flag = flag_of(value)
        if sign != "==":
            return None
        return FALSE if flag is None else Flag(field, flag, clause=clause)
    if kind in TEMPORAL:
        return _time(field, sign, value, clause)
    if kind is Kind.IP:
        return _address(field, sign, value, clause)
    if kind is Kind.VERSION:
        return Compare(field, sign, text_of(value), clause=clause)
    if sign == "==":
        return text(field, [escaped(text_of(value))], fold=fold, clause=clause)
    return Compare(field, sign, text_of(value), clause=clause)


_KNOWN = TEXTUAL | NUMERIC | TEMPORAL | {Kind.BOOLEAN, Kind.IP, Kind.VERSION}


def _kind_of(value: str | float | bool) -> Kind:
    """What a constant makes of values that speak for themselves."""
    if isinstance(value, bool):
        return Kind.BOOLEAN
    return Kind.KEYWORD if isinstance(value, str) else Kind.DOUBLE


def _time(field: FieldRef, sign: str, value: Value, clause: str) -> Predicate:
    """Of a text that leaves parts of the time out, the upper bound is the last moment."""
    time = parse_time_nanos(value) if field.kind is Kind.DATE_NANOS else parse_time(value)
    if time is None:
        raise UnreadableError("a time", value)
    span = date_span(value, field.kind, None) if isinstance(value, str) else None
    return compared_time(field, sign, span or DateSpan(time, time), clause)


def _address(field: FieldRef, sign: str, value: Value, clause: str) -> Predicate:
    if sign == "==":
        if parse_block(value) is None:
            raise UnreadableError("an IP address or a block of them", value)
        return Within(field, (str(value),), clause=clause)
    if parse_ip(value) is None:
        raise UnreadableError("an IP address", value)
    return Compare(field, sign, str(value), clause=clause)


def member(
    field: FieldRef, values: Sequence[str | int | float | bool], fold: bool, clause: str
) -> Predicate:
    """``field in values``; raises `UnreadableError` as `compared` does."""
    textual = field.kind in TEXTUAL or (field.kind not in _KNOWN)
    texts: list[str] = []
    terms: list[Predicate] = []
    for value in values:
        if textual and isinstance(value, str):
            texts.append(escaped(value))
            continue
        term = compared(field, "==", value, fold, clause)
        if term is not None:
            terms.append(term)
    if texts:
        terms.insert(0, text(field, texts, fold=fold, clause=clause))
    return disjunction(terms)


def matched(field: FieldRef, node: Match, fold: bool, clause: str) -> Predicate:
    """``field : patterns``, ``like``, ``like~``, ``regex`` or ``regex~``."""
    patterns = [str(each.value) for each in node.patterns]
    if node.operator.startswith("regex"):
        return _matched_regex(field, dict.fromkeys(patterns), node.operator, fold, clause)
    fold = fold or node.operator != "like"
    return text(field, map(from_like, patterns), fold=fold, clause=clause)


def _matched_regex(
    field: FieldRef, patterns: Collection[str], operator: str, fold: bool, clause: str
) -> Predicate:
    """A field that one of the patterns describes.

    Of ``regex~`` with a pattern of just one text the index is asked for that text, which folds
    ASCII letters only; of all others for the expression, which folds those of all alphabets.
    """
    if operator == "regex~" and len(patterns) == 1:
        exact = only_text(next(iter(patterns)))
        if exact is not None:
            return text(field, [escaped(exact)], fold=True, clause=clause)
    return Regex(field, tuple(patterns), fold or operator == "regex~", clause=clause)


def native(name: str, field: FieldRef, part: str, fold: bool, clause: str) -> Predicate | None:
    r"""A text function of a bare field and a constant, as the index answers it; None for others.

    ``startsWith`` takes the constant as it is. In that of ``endsWith`` and ``stringContains`` the
    characters ``*``, ``?`` and ``\`` keep the meaning they have in the index's own patterns.
    """
    frame = _NATIVE.get(name)
    if frame is None or field.kind in _KNOWN - TEXTUAL:
        return None
    inner = escaped(part) if name == "startsWith" else part
    return text(field, [normal(frame.format(inner))], fold=fold, clause=clause)


def within(field: FieldRef, blocks: Iterable[Value], clause: str) -> Predicate:
    """``cidrMatch(field, blocks)``; raises `UnreadableError` for what is no block."""
    found: list[str] = []
    for block in blocks:
        if parse_block(block) is None:
            raise UnreadableError("a block of IP addresses such as 10.0.0.0/8", block)
        found.append(str(block))
    return Within(field, tuple(dict.fromkeys(found)), clause=clause)


def measured(field: FieldRef, sign: str, count: Value, clause: str) -> Predicate | None:
    """``length(field) sign count``; None if no leaf can say it."""
    if field.kind in _KNOWN - TEXTUAL or isinstance(count, (str, bool)) or count is None:
        return None
    if isinstance(count, float):
        if not count.is_integer():
            return None
        count = int(count)
    return Length(field, sign, count, clause=clause)
