"""EQL asked of one event at a time, from the tree itself: slow, and plain enough to be believed.

Nothing here is shared with planning or matching. Functions are those of the function table, which
has tests of its own; regular expressions that Python reads otherwise are known from a table
(`queries.REGEXES`).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from itertools import product

from oracle.queries import REGEXES, VERSIONS
from tocsin.languages.eql import nodes as eql
from tocsin.languages.functions import ARITHMETIC, function
from tocsin.languages.node import Literal
from tocsin.schema.kinds import INTEGRAL, NUMERIC, TEMPORAL, TEXTUAL, Kind

SIGNS = {
    "==": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def flat(event, path=""):
    """All values of what stands at a path, by dotted name; nulls are no values."""
    found = {}

    def walk(name, value):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{name}.{key}" if name else key, inner)
        elif isinstance(value, list):
            for inner in value:
                walk(name, inner)
        elif value is not None:
            found.setdefault(name, []).append(value)

    walk(path, event)
    return found


def matches(query, event, schema, category_field="event.category"):
    """Whether an event satisfies an event query."""
    body = query.body
    values = flat(event)
    if body.category is not None and body.category not in values.get(category_field, []):
        return False
    return holds(body.condition, values, schema) is True


def holds(node, values, schema):
    """True or False; None for what comes to null whatever the event holds."""
    answer = fixed(node, schema)
    if answer is not OPEN:
        return answer
    asked = _asked(node, schema)
    if asked is not None:
        return holds(asked[0], values, schema) is asked[1]
    match node:
        case eql.And(terms):
            return all(holds(term, values, schema) for term in terms)
        case eql.Or(terms):
            return any(holds(term, values, schema) for term in terms)
        case eql.Not(term):
            return not holds(term, values, schema)
        case eql.Comparison("!=", left, right):
            return not holds(eql.Comparison("==", left, right), values, schema)
        case eql.Membership(operand, items, fold, True):
            return not holds(eql.Membership(operand, items, fold), values, schema)
        case _:
            return _leaf(node, values, schema)


OPEN = object()


def fixed(node, schema):
    """The answer that no event changes, null (None) among them; else OPEN."""
    asked = _asked(node, schema)
    if asked is not None:
        answer = fixed(asked[0], schema)
        return answer if answer in (OPEN, None) else answer is asked[1]
    match node:
        case eql.And(terms):
            answers = [fixed(term, schema) for term in terms]
            return False if False in answers else None if None in answers else _same(answers)
        case eql.Or(terms):
            answers = [fixed(term, schema) for term in terms]
            if True in answers or OPEN in answers:
                return True if True in answers else OPEN
            return None if None in answers else False
        case eql.Not(term):
            answer = fixed(term, schema)
            return answer if answer is OPEN else _not(answer)
        case _ if _names(node, schema):
            return OPEN
        case _:
            answer = _Choice({}, schema).value(node)
            return answer if isinstance(answer, bool) else None


def _asked(node, schema):
    """The condition and the answer it shall have, if a condition is compared with a boolean."""
    if not isinstance(node, eql.Comparison) or node.operator not in ("==", "!="):
        return None
    for inner, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(inner, (eql.Field, Literal)) or _names(other, schema):
            continue
        constant = _Choice({}, schema).value(other)
        if isinstance(constant, bool) and _names(inner, schema):
            return inner, constant is (node.operator == "==")
    return None


def _same(answers):
    return OPEN if OPEN in answers else True


def _not(answer):
    return None if answer is None else not answer


def _leaf(node, values, schema):
    names = sorted(_names(node, schema))
    native = _native(node, values, schema)
    if native is not None:
        return native
    columns = [_typed(values.get(schema.path(name), []), schema.kind(name)) for name in names]
    return any(
        _Choice(dict(zip(names, choice, strict=True)), schema).value(node) is True
        for choice in product(*columns)
    )


def _names(node, schema):
    """The mapped fields below a node."""
    if isinstance(node, eql.Field):
        return {node.name} if _mapped(node, schema) else set()
    below = set()
    for part in ("operand", "left", "right", "term"):
        if hasattr(node, part):
            below |= _names(getattr(node, part), schema)
    for part in ("arguments", "values", "terms"):
        for inner in getattr(node, part, ()):
            below |= _names(inner, schema)
    return below


def _mapped(field, schema):
    return not field.optional or schema.is_mapped(field.name)


def _native(node, values, schema):
    """The index's answer to a text function of a bare field and a constant."""
    match node:
        case eql.Call(
            "startsWith" | "endsWith" | "stringContains" as name, (source, Literal(str(part)))
        ):
            field = _text_field(source, schema)
            if field is None:
                return None
            pattern = {
                "startsWith": re.escape(part) + ".*",
                "endsWith": _lucene("*" + part),
                "stringContains": _lucene("*" + part + "*"),
            }[name]
            flags = re.DOTALL | (re.IGNORECASE | re.ASCII if node.fold else 0)
            return any(
                re.fullmatch(pattern, _text(value), flags)
                for value in values.get(schema.path(field.name), [])
            )
        case eql.Comparison(sign, left, right) if sign != "!=":
            if isinstance(left, Literal):
                left, right, sign = right, left, sign.translate(str.maketrans("<>", "><"))
            return _native_time(sign, left, [right], values, schema)
        case eql.Membership(operand, items, False, False):
            return _native_time("==", operand, items, values, schema)
        case _:
            return None


def _native_time(sign, field, constants, values, schema):
    """The index's answer to a field of times and constants, of which parts may be left out."""
    known = isinstance(field, eql.Field) and _mapped(field, schema)
    if not known or schema.kind(field.name) not in TEMPORAL:
        return None
    if any(getattr(constant, "value", None) is None for constant in constants):
        return None
    times = [_time(value) for value in values.get(schema.path(field.name), [])]
    return any(
        _stands(sign, time, *_span(constant.value))
        for time in times
        for constant in constants
        if time is not None
    )


def _stands(sign, time, first, last):
    if sign == "==":
        return first <= time <= last
    return SIGNS[sign](time, last if sign in ("<=", ">") else first)


def _span(constant):
    """First and last millisecond of a day or a second; a fraction or a number is a moment."""
    first = _time(constant)
    if not isinstance(constant, str) or "." in constant or constant.isdigit():
        return first, first
    return first, first + (1_000 if "T" in constant else 86_400_000) - 1


def _text_field(node, schema):
    """A bare field of text; ``string`` of one is the same."""
    if isinstance(node, eql.Call) and node.name == "string":
        return _text_field(node.arguments[0], schema)
    if not isinstance(node, eql.Field) or not _mapped(node, schema):
        return None
    return node if schema.kind(node.name) in TEXTUAL else None


def _lucene(pattern):
    source, place = "", 0
    while place < len(pattern):
        char = pattern[place]
        if char == "\\" and place + 1 < len(pattern):
            place += 1
            source += re.escape(pattern[place])
        else:
            source += {"*": ".*", "?": "."}.get(char, re.escape(char))
        place += 1
    return source


def _typed(values, kind):
    found = [each for each in (_as(value, kind) for value in values) if each is not None]
    return found or [None]


def _as(value, kind):
    if kind in TEXTUAL or kind is Kind.VERSION:
        return _text(value)
    if kind in INTEGRAL:
        return _number(value)
    if kind in NUMERIC:
        return None if _number(value) is None else float(_number(value))
    if kind is Kind.BOOLEAN:
        return _flag(value)
    if kind is Kind.IP:
        return None if _address(value) is None else _shown(_address(value))
    if kind in TEMPORAL:
        return None if _time(value) is None else value
    return value


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value):
    if isinstance(value, bool) or not isinstance(value, str):
        return None if isinstance(value, bool) else value
    try:
        return int(value) if value.isdigit() else float(value)
    except ValueError:
        return None


def _flag(value):
    return (
        {True: True, False: False, "true": True, "false": False}.get(value)
        if (isinstance(value, (bool, str)))
        else None
    )


def _address(value):
    try:
        found = ipaddress.ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if found is not None and found.version == 4:
        return ipaddress.IPv6Address("::ffff:" + str(found))
    return found


def _shown(address):
    return str(address.ipv4_mapped or address)


def _block(text):
    name, slash, bits = text.partition("/")
    address = _address(name)
    if address is None:
        return None
    length = 128 if not slash else int(bits) + (0 if ":" in name else 96)
    return ipaddress.IPv6Network((int(address), length), strict=False)


def _time(value):
    if isinstance(value, str) and not value.isdigit():
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
    return int(value)


class _Choice:
    """One value for each field."""

    def __init__(self, chosen, schema):
        self.chosen, self.schema = chosen, schema

    def value(self, node):
        match node:
            case Literal(value):
                return value
            case eql.Field(name):
                return self.chosen.get(name)
            case eql.Call(name, arguments, fold):
                return function(name).run(fold, *map(self.value, arguments))
            case eql.Arithmetic(sign, left, right):
                return ARITHMETIC[sign](self.value(left), self.value(right))
            case eql.Negate(operand):
                return ARITHMETIC["-"](0, self.value(operand))
            case eql.Comparison(sign, left, right):
                return self.compared(sign, left, right)
            case eql.Membership(operand, items, fold, negated):
                return self.member(operand, items, fold, negated)
            case eql.Match(sign, operand, patterns):
                return self.matched(sign, operand, patterns)
        raise AssertionError(node)

    def compared(self, sign, left, right):
        if sign == "!=":
            return _not(self.compared("==", left, right))
        a, b = self.value(left), self.value(right)
        if sign == "==" and self.asks_null(left, right):
            return a is None and b is None
        if a is None or b is None:
            return None
        kind = self.kind(left, right)
        if kind is Kind.IP and sign == "==":
            return self.same_address(a, b)
        a, b = self.alike(kind, left, right, a, b)
        return a is not None and b is not None and SIGNS[sign](a, b)

    def asks_null(self, left, right):
        """Null is written, or is what a constant comes to that stands beside no other constant."""
        if Literal(None) in (left, right):
            return True
        constants = [
            _Choice({}, self.schema).value(side)
            for side in (left, right)
            if not _names(side, self.schema)
        ]
        return bool(constants) and all(constant is None for constant in constants)

    def same_address(self, a, b):
        return any(
            _address(one) is not None
            and _block(other) is not None
            and _address(one) in _block(other)
            for one, other in ((a, b), (b, a))
        )

    def kind(self, *sides):
        for side in sides:
            if isinstance(side, eql.Field):
                return self.schema.kind(side.name)
        return Kind.UNKNOWN

    def alike(self, kind, left, right, a, b):
        """Both values as something that compares."""
        if kind in TEMPORAL:
            return _time(a), _time(b)
        if kind in NUMERIC:
            return _number(a), _number(b)
        if kind is Kind.IP:
            return _address(a), _address(b)
        if kind is Kind.VERSION:
            return VERSIONS.index(a), VERSIONS.index(b)
        if kind is Kind.BOOLEAN:
            return _flag(a), _flag(b)
        if kind in TEXTUAL:
            return _text(a), _text(b)
        constant = a if isinstance(left, Literal) else b
        if isinstance(constant, bool):
            return _flag(a), _flag(b)
        if isinstance(constant, str):
            return _text(a), _text(b)
        return _number(a), _number(b)

    def member(self, operand, items, fold, negated):
        value = self.value(operand)
        if value is None:
            return None
        found = False
        for item in items:
            if fold:
                found = found or self.same_word(operand, _text(value), _text(item.value))
            else:
                found = found or self.compared_value(operand, value, item)
        return found != negated

    def compared_value(self, operand, value, item):
        kind = self.kind(operand)
        if kind is Kind.IP:
            return self.same_address(value, item.value)
        a, b = self.alike(kind, operand, item, value, item.value)
        return a is not None and a == b

    def same_word(self, operand, text, other):
        flags = re.IGNORECASE | (re.ASCII if isinstance(operand, eql.Field) else 0)
        return re.fullmatch(re.escape(other), text, flags) is not None

    def matched(self, sign, operand, patterns):
        value = self.value(operand)
        if value is None:
            return None
        bare = isinstance(operand, eql.Field) or _text_field(operand, self.schema) is not None
        text = _text(value)
        for pattern in patterns:
            if sign.startswith("regex"):
                same = (pattern.value, f"(?i:{pattern.value})")
                plain, folded = REGEXES.get(pattern.value, same)
                found = re.fullmatch(folded if sign.endswith("~") else plain, text, re.DOTALL)
            else:
                source = "".join(
                    {"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern.value
                )
                flags = 0 if sign == "like" else re.IGNORECASE | (re.ASCII if bare else 0)
                found = re.fullmatch(source, text, flags | re.DOTALL)
            if found:
                return True
        return False
