"""ES|QL's scalar functions over one row, slow, and plain enough to be believed.

A cell is the list of its values; null is an empty one. Most functions want one value of each
argument and are null otherwise; those beginning with ``mv_`` are about all values.
"""

import itertools
import math

LONGS = range(-(2**63), 2**63)


def one(function):
    """A function of one value each; null for none or several, and where it gives None."""

    def over(*cells):
        if any(len(cell) != 1 for cell in cells):
            return []
        found = function(*(cell[0] for cell in cells))
        return [] if found is None else [found]

    return over


def each(function):
    """A function of each value, without those that have none."""

    def over(cell):
        found = [function(value) for value in cell]
        return [value for value in found if value is not None]

    return over


def some(function):
    """A function of all values, null of none."""
    return lambda cell: function(cell) if cell else []


def long(value):
    return value if value in LONGS else None


def finite(value):
    return value if math.isfinite(value) else None


def divided(a, b):
    """Java's: towards zero; null by zero."""
    if b == 0:
        return None
    return long(abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1))


def rest(a, b):
    """Java's: with the sign of the first."""
    if b == 0:
        return None
    return abs(a) % abs(b) * (-1 if a < 0 else 1)


def conjunction(a, b):
    a, b = single(a), single(b)
    if a is False or b is False:
        return [False]
    return [] if a is None or b is None else [True]


def disjunction(a, b):
    a, b = single(a), single(b)
    if a is True or b is True:
        return [True]
    return [] if a is None or b is None else [False]


def single(cell):
    return cell[0] if len(cell) == 1 else None


def isin(cell, *members):
    """True if one is equal, null if that cannot be told."""
    found = []
    for member in members:
        found = disjunction(found, equal(cell, member)) if found else equal(cell, member)
        if found == [True]:
            return found
    undecided = any(not equal(cell, member) for member in members)
    return [] if undecided else [False]


equal = one(lambda a, b: a == b)


def case(*cells):
    """The value behind the first condition that is true."""
    pairs, last = divmod(len(cells), 2)
    for pair in range(pairs):
        if cells[2 * pair] == [True]:
            return cells[2 * pair + 1]
    return cells[-1] if last else []


def substring(text, start, length=None):
    if length is not None and length < 0:
        return None
    begin = start - 1 if start > 0 else 0 if start == 0 else max(len(text) + start, 0)
    return text[begin:] if length is None else text[begin : begin + length]


def locate(text, part, start=1):
    begin = max(len(text) + start, 0) if start < 0 else min(max(start, 1) - 1, len(text))
    return text.find(part, begin) + 1


def glob(text, pattern):
    """Whether a text matches ``*`` and ``?``."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(glob(text[cut:], pattern[1:]) for cut in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and glob(text[1:], pattern[1:])


def rounded(value):
    """Halves away from zero."""
    return math.copysign(math.floor(abs(value) + 0.5), value)


def text_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def whole(value, least, most):
    """A number out of a text, a truth or a number."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        try:
            value = int(value.strip())
        except ValueError:
            return None
    if isinstance(value, float):
        value = math.floor(value + 0.5) if abs(value) < 2**52 else int(value)
    return value if least <= value <= most else None


def once(cell):
    return list(dict.fromkeys(cell))


def slice_of(cell, start, end=None):
    if not cell or len(start) != 1 or (end is not None and len(end) != 1):
        return []
    first = start[0]
    last = first if end is None else end[0]
    first, last = (place + len(cell) if place < 0 else place for place in (first, last))
    return cell[max(first, 0) : last + 1] if last >= 0 and first <= last else []


def intersection(a, b):
    return once([value for value in a if value in b])


def joined(cell, by):
    return [by[0].join(cell)] if cell and len(by) == 1 else []


def zipped(one_cell, other, by=(",",)):
    """The first values of both, then the second …; what one has more stands alone."""
    if len(by) != 1:
        return []
    if not one_cell or not other:
        return list(one_cell or other)
    pairs = itertools.zip_longest(one_cell, other)
    return [a if b is None else b if a is None else f"{a}{by[0]}{b}" for a, b in pairs]


def median(cell):
    """Of two in the middle the mean, rounded down."""
    ordered = sorted(cell)
    return (ordered[(len(cell) - 1) // 2] + ordered[len(cell) // 2]) // 2


def deviation(cell):
    middle = median(cell)
    return long(median([abs(value - middle) for value in cell]))


def extreme(choose):
    """Of all arguments; null if one is."""
    return one(lambda *values: choose(values))


def of_all(choose):
    """Of all values of all arguments; null if one has none."""
    return lambda *cells: [choose(itertools.chain(*cells))] if all(cells) else []


FUNCTIONS = {
    "and": conjunction,
    "or": disjunction,
    "not": one(lambda a: not a),
    "==": equal,
    "!=": one(lambda a, b: a != b),
    "<": one(lambda a, b: a < b),
    "<=": one(lambda a, b: a <= b),
    ">": one(lambda a, b: a > b),
    ">=": one(lambda a, b: a >= b),
    "in": isin,
    "is null": lambda cell: [not cell],
    "is not null": lambda cell: [bool(cell)],
    "like": one(glob),
    "starts_with": one(lambda text, part: text.startswith(part)),
    "ends_with": one(lambda text, part: text.endswith(part)),
    "contains": one(lambda text, part: part in text),
    "+": one(lambda a, b: long(a + b)),
    "-": one(lambda a, b: long(a - b)),
    "*": one(lambda a, b: long(a * b)),
    "/": one(divided),
    "%": one(rest),
    "negative": one(lambda a: long(-a)),
    "abs": one(lambda a: long(abs(a))),
    "length": one(len),
    "byte_length": one(lambda text: len(text.encode())),
    "to_lower": each(str.lower),
    "to_upper": each(str.upper),
    "concat": one(lambda *texts: "".join(texts)),
    "substring": one(substring),
    "left": one(lambda text, count: text[: max(count, 0)]),
    "right": one(
        lambda text, count: (
            text[len(text) - count :] if 0 < count < len(text) else text[:0] if count <= 0 else text
        )
    ),
    "locate": one(locate),
    "reverse": one(lambda text: text[::-1]),
    "repeat": one(lambda text, count: text * count if count >= 0 else None),
    "space": one(lambda count: " " * count if count >= 0 else None),
    "trim": one(lambda text: text.strip()),
    "ltrim": one(lambda text: text.lstrip()),
    "rtrim": one(lambda text: text.rstrip()),
    "split": lambda text, by: text[0].split(by[0]) if len(text) == len(by) == 1 and by[0] else [],
    "coalesce": lambda *cells: next(filter(None, cells), []),
    "case": case,
    "greatest": of_all(max),
    "least": of_all(min),
    "to_string": each(text_of),
    "to_integer": each(lambda value: whole(value, -(2**31), 2**31 - 1)),
    "to_long": each(lambda value: whole(value, -(2**63), 2**63 - 1)),
    "to_boolean": each(
        lambda value: value.lower() == "true" if isinstance(value, str) else bool(value)
    ),
    "mv_count": some(lambda cell: [len(cell)]),
    "mv_first": lambda cell: cell[:1],
    "mv_last": lambda cell: cell[-1:],
    "mv_min": some(lambda cell: [min(cell)]),
    "mv_max": some(lambda cell: [max(cell)]),
    "mv_sum": some(lambda cell: [sum(cell)] if sum(cell) in LONGS else []),
    "mv_dedupe": once,
    "mv_sort": sorted,
    "mv_concat": joined,
    "mv_slice": slice_of,
    "mv_append": lambda a, b: a + b if a and b else [],
    "mv_contains": lambda a, b: [set(b) <= set(a)],
    "mv_intersection": intersection,
    "mv_zip": zipped,
    "mv_union": lambda a, b: once(a + b),
    "mv_difference": lambda a, b: [value for value in a if value not in b],
    "mv_intersects": lambda a, b: [bool(set(a) & set(b))],
    "mv_median": some(lambda cell: [median(cell)]),
    "mv_median_absolute_deviation": some(
        lambda cell: [] if deviation(cell) is None else [deviation(cell)]
    ),
    "clamp": one(lambda value, least, most: min(max(value, least), most)),
    "clamp_min": extreme(max),
    "clamp_max": extreme(min),
    "copy_sign": one(lambda a, b: long(-abs(a) if b < 0 else abs(a))),
    "round_to": one(
        lambda value, *points: max((p for p in points if p <= value), default=min(points))
    ),
    "bit_length": one(lambda text: 8 * len(text.encode())),
    "hypot": one(lambda a, b: finite(math.hypot(a, b))),
    "scalb": one(math.ldexp),
    "floor": one(lambda value: float(math.floor(value))),
    "ceil": one(lambda value: float(math.ceil(value))),
    "round": one(rounded),
    "sqrt": one(lambda value: math.sqrt(value) if value >= 0 else None),
    "signum": one(lambda value: float((value > 0) - (value < 0))),
}
"""By name, functions of cells; arithmetic is that of whole numbers."""
