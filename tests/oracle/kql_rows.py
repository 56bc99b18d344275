"""KQL asked of one event at a time, from the tree itself: slow, and plain enough to be believed.

Nothing here is shared with planning or matching. Times are those of a small table (`SPANS`).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import re

from oracle.rows import flat
from tocsin.languages.kql import nodes as kql
from tocsin.schema.kinds import NUMERIC, Kind
from tocsin.schema.values import version_key

SIGNS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
TEXTS = {Kind.TEXT, Kind.MATCH_ONLY_TEXT}
PARTED = {Kind.WILDCARD, Kind.CONSTANT_KEYWORD, Kind.FLATTENED, Kind.VERSION}
"""Kinds beside texts of which Kibana asks a pattern as a query string."""
DAY, HOUR = 86_400_000, 3_600_000
SPANS = {
    "2026": ("2026-01-01", "2026-01-02"),
    "2026-03": ("2026-03-01", "2026-03-02"),
    "2026-03-10": ("2026-03-10", "2026-03-11"),
    "2026-03-10T12": ("2026-03-10T12:00", "2026-03-10T13:00"),
    "2026-03-10||/M": ("2026-03-01", "2026-04-01"),
}
"""Dates with their first moment and the first one after them."""

RELATIVE = {"now-1d": (-DAY, None), "now/d": (0, DAY), "now-1h/h": (-HOUR, HOUR)}
"""Date math with its shift and the unit it is rounded to."""

LONGEST = 1024


def objects(node, path, name=""):
    """The objects that stand at a path below a node called ``name``, each by itself."""
    found = []
    if isinstance(node, list):
        for inner in node:
            found += objects(inner, path, name)
    elif isinstance(node, dict):
        if name == path:
            found.append(node)
        for key, inner in node.items():
            found += objects(inner, path, f"{name}.{key}" if name else key)
    return found


class Row:
    """One event, or one object in it, and how questions are meant."""

    def __init__(self, event, schema, compat=False, path="", inner=None):
        self.event, self.schema, self.compat, self.path = event, schema, compat, path
        self.node = event if inner is None else inner
        self.values = flat(self.node, path)

    def holds(self, node):
        match node:
            case kql.Everything():
                return True
            case kql.And(terms):
                return all(self.holds(term) for term in terms)
            case kql.Or(terms):
                return any(self.holds(term) for term in terms)
            case kql.Not(term):
                return not self.holds(term)
            case kql.Nested(field, condition):
                path = f"{self.path}.{field.name}" if self.path else field.name
                return any(
                    Row(self.event, self.schema, self.compat, path, found).holds(condition)
                    for key, below in self.node.items()
                    for found in objects(below, path, f"{self.path}.{key}" if self.path else key)
                )
            case kql.Is(field, values):
                return self.listed(field, values)
            case kql.Range(field, operator, value):
                return any(
                    self.in_range(name, found, operator, value.text)
                    for name in self.names(field)
                    for found in self.values.get(name, ())
                )

    def listed(self, field, values):
        match values:
            case kql.AnyOf(several):
                return any(self.listed(field, each) for each in several)
            case kql.AllOf(several):
                return all(self.listed(field, each) for each in several)
            case kql.NoneOf(value):
                return not self.listed(field, value)
        star = isinstance(values, kql.Wildcard) and not any(values.parts)
        if star and (
            field is None or (isinstance(field, kql.FieldPattern) and not any(field.parts))
        ):
            return True
        for name in self.names(field, star):
            if any(self.value(name, found, values) for found in self.values.get(name, ())):
                return True
        return False

    def names(self, field, star=False):
        """The names of the fields that are asked."""
        prefix = f"{self.path}." if self.path else ""
        if field is None:
            return list(self.values)
        if isinstance(field, kql.FieldPattern):
            form = ".*".join(map(re.escape, field.parts))
            form = re.compile(re.escape(prefix) + form, re.DOTALL)
            return [name for name in self.values if form.fullmatch(name)]
        whole = self.schema.path(prefix + field.name)
        kind = self.schema.kind(whole)
        holders = {Kind.UNKNOWN, Kind.OBJECT, Kind.NESTED, Kind.FLATTENED, Kind.GEO_POINT}
        if (star and kind in holders) or kind is Kind.FLATTENED:
            below = [name for name in self.values if name.startswith(f"{whole}.")]
            return [whole, *below]
        return [whole]

    def kind(self, name):
        kind = self.schema.kind(name)
        if kind is Kind.NESTED:
            kind = self.schema.overrides.get(name, Kind.UNKNOWN)
            kind = Kind.UNKNOWN if kind is Kind.NESTED else kind
        return kind

    def value(self, name, found, wanted):  # noqa: C901, PLR0912 - one kind after the other
        """Whether one value of a field is as a value of the query says."""
        kind, text = self.kind(name), written(found)
        long = self.compat and kind in (Kind.KEYWORD, Kind.UNKNOWN) and len(text) > LONGEST
        if long:
            return False
        if isinstance(wanted, kql.Wildcard):
            if not any(wanted.parts):
                return is_one(kind, found)
            form = ".*".join(map(re.escape, wanted.parts))
            if kind in PARTED and self.compat:
                return any(re.fullmatch(part, text, re.DOTALL) for part in parted(form))
            if kind in TEXTS and self.compat:
                return any(
                    re.fullmatch(part, word, re.IGNORECASE)
                    for part in re.split(r"(?:\\ )+", form)
                    for word in words(text)
                )
            if kind in TEXTS:
                return re.search(form, text, re.IGNORECASE | re.DOTALL) is not None
            if kind in NUMERIC or kind in (Kind.IP, Kind.DATE, Kind.BOOLEAN, Kind.GEO_POINT):
                return False
            return re.fullmatch(form, text, re.DOTALL) is not None
        if kind in TEXTS:
            return self.in_text(text, wanted)
        if kind in NUMERIC:
            return number(wanted.text) is not None and number(found) == number(wanted.text)
        match kind:
            case Kind.BOOLEAN:
                return wanted.text in ("true", "false") and text == wanted.text
            case Kind.IP:
                return in_block(found, wanted.text)
            case Kind.DATE:
                return self.at(found, wanted.text, ">=") and self.at(found, wanted.text, "<=")
            case Kind.VERSION:
                return version_key(text) == version_key(wanted.text)
            case Kind.GEO_POINT:
                return False
            case Kind.UNKNOWN if not wanted.quoted and number(wanted.text) is not None:
                return text == wanted.text or number(found) == number(wanted.text)
            case _:
                return text == wanted.text

    def in_text(self, text, wanted):
        if not self.compat:
            return wanted.text.lower() in text.lower()
        found, asked = words(text), words(wanted.text)
        if not wanted.quoted:
            return any(word in found for word in asked)
        size = len(asked)
        return size > 0 and any(found[at : at + size] == asked for at in range(len(found)))

    def in_range(self, name, found, operator, wanted):
        kind, text = self.kind(name), written(found)
        if kind is Kind.UNKNOWN and number(wanted) is not None:
            kind = Kind.LONG
        elif kind is Kind.UNKNOWN and (wanted in RELATIVE or "||" in wanted):
            kind = Kind.DATE
        if kind in NUMERIC:
            one, other = number(found), number(wanted)
            return None not in (one, other) and SIGNS[operator](one, other)
        if kind is Kind.IP:
            one, other = address(found), address(wanted)
            return None not in (one, other) and SIGNS[operator](one, other)
        if kind is Kind.DATE:
            return self.at(found, wanted, operator)
        if kind in (Kind.BOOLEAN, Kind.GEO_POINT):
            return False
        if self.compat and kind in (Kind.KEYWORD, Kind.UNKNOWN) and len(text) > LONGEST:
            return False
        if kind is Kind.VERSION:
            return SIGNS[operator](version_key(text), version_key(wanted))
        return SIGNS[operator](text.encode(), wanted.encode())

    def at(self, found, wanted, operator):
        """Whether a time stands so to a date: ``<=`` and ``>`` look at the date's last moment."""
        time, span = moment(found), self.span(wanted)
        if time is None or span is None:
            return False
        return SIGNS[operator](time, span[1] if operator in ("<=", ">") else span[0])

    def span(self, wanted):
        if wanted in SPANS:
            first, after = (millis(each) for each in SPANS[wanted])
            return first, after - 1
        if wanted in RELATIVE:
            times = [
                *flat(self.event).get("@timestamp", ()),
                *flat(self.event).get("event.ingested", ()),
            ]
            now = next((moment(each) for each in times if moment(each) is not None), None)
            if now is None:
                return None
            shift, unit = RELATIVE[wanted]
            first = now + shift
            return (
                (first, first)
                if unit is None
                else (first // unit * unit, first // unit * unit + unit - 1)
            )
        time = moment(wanted)
        if time is None:
            return None
        return time, time + (999 if re.fullmatch(r"[^.]*:\d\d:\d\dZ?", wanted) else 0)


def parted(form):
    """A pattern as a query string: words with stars alone, others as far as they stand together."""
    found, row = [], []
    for part in [*filter(None, re.split(r"(?:\\ )+", form)), ".*"]:
        if ".*" not in part:
            row.append(part)
            continue
        found += [r"\ ".join(row), part] if row else [part]
        row = []
    return found[:-1]


def words(text):
    joined = r"(?<=[a-z])[.:'](?=[a-z])|(?<=[0-9])[.,;'](?=[0-9])"
    found = re.findall(rf"(?:\w|{joined})+", text.lower())
    return [word for word in found if word.strip("_")]


def is_one(kind, value):
    """Whether a value is one of its kind; times are taken as they come."""
    if kind in NUMERIC:
        return number(value) is not None
    if kind is Kind.IP:
        return address(value) is not None
    return kind is not Kind.BOOLEAN or written(value) in ("true", "false")


def written(value):
    """A value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def number(value):
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", value) else None
    return float(value)


def address(value):
    try:
        found = ipaddress.ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found and (0xFFFF << 32 | int(found) if found.version == 4 else int(found))


def in_block(value, block):
    one = address(value)
    try:
        ends = ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False
    return one is not None and address(str(ends[0])) <= one <= address(str(ends[-1]))


def millis(text):
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp() * 1000)


def moment(value):
    """Milliseconds of a time in an event."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return math.floor(value)
    if re.fullmatch(r"-?\d{1,3}(\.\d+)?", value):
        return math.trunc(float(value))
    if re.fullmatch(r"2026-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?", value):
        return millis(value.rstrip("Z"))
    return None
