"""Expressions in ES|QL over rows with nulls and several values, against a plain evaluator."""

from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from oracle.esql_scalars import FUNCTIONS
from tocsin.languages.esql.functions import FUNCTIONS as LANGUAGE
from tocsin.languages.esql.types import Type
from tocsin.plan.esql_filter import NULL_OF_NULL

FIELDS = {
    "text": ("user.name", "process.name"),
    "long": ("process.pid", "process.exit_code"),
    "double": ("event.risk_score",),
    "boolean": ("process.interactive",),
}
VALUES = {
    "text": st.sampled_from(
        ["", "a", "A", "ab", "aba", "é", " b ", "true", "7", "-1", "x,y", "🔥b"]
    ),
    "long": st.sampled_from([0, 1, -1, 2, 3, -7, 40, 2**31, 2**62, 2**63 - 1, -(2**63)]),
    "double": st.sampled_from([0.0, 0.5, -0.5, 1.5, 2.25, -3.75, 1e9, 100.0]),
    "boolean": st.booleans(),
}
INFIX = {"and", "or", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "like"}
T, L, D, B = "text", "long", "double", "boolean"
SIGNATURES = [
    *((name, B, (kind, kind)) for name in ("==", "!=") for kind in (T, L, D, B)),
    *((name, B, (kind, kind)) for name in ("<", "<=", ">", ">=") for kind in (T, L, D)),
    *((name, B, (B, B)) for name in ("and", "or")),
    ("not", B, (B,)),
    *(("in", B, (kind, kind, kind)) for kind in (T, L, B)),
    *((name, B, (kind,)) for name in ("is null", "is not null") for kind in (T, L, D, B)),
    *((name, B, (T, T)) for name in ("starts_with", "ends_with", "contains")),
    *((name, L, (L, L)) for name in ("+", "-", "*", "/", "%")),
    *((name, L, (L,)) for name in ("negative", "abs", "to_long", "to_integer")),
    *((name, L, (T,)) for name in ("length", "byte_length", "to_long", "to_integer")),
    *((name, L, (B,)) for name in ("to_long", "to_integer")),
    ("to_integer", L, (D,)),
    *((name, T, (T,)) for name in ("to_lower", "to_upper", "reverse", "trim", "ltrim", "rtrim")),
    *((name, T, (kind,)) for name in ("to_string",) for kind in (T, L, B)),
    ("concat", T, (T, T, T)),
    ("substring", T, (T, "small")),
    ("substring", T, (T, "small", "small")),
    *((name, T, (T, "small")) for name in ("left", "right", "repeat")),
    ("space", T, ("small",)),
    ("locate", L, (T, T)),
    ("locate", L, (T, T, "small")),
    ("split", T, (T, "comma")),
    ("to_boolean", B, (T,)),
    ("to_boolean", B, (L,)),
    *((name, D, (D,)) for name in ("floor", "ceil", "round", "sqrt", "signum")),
    *(("coalesce", kind, (kind, kind)) for kind in (T, L, D, B)),
    *(("case", kind, (B, kind)) for kind in (T, L, D, B)),
    *(("case", kind, (B, kind, kind)) for kind in (T, L, D, B)),
    *(("case", kind, (B, kind, B, kind, kind)) for kind in (T, L)),
    *((name, kind, (kind, kind)) for name in ("greatest", "least") for kind in (T, L, D)),
    *(("mv_count", L, (kind,)) for kind in (T, L, D, B)),
    *((name, kind, (kind,)) for name in ("mv_first", "mv_last") for kind in (T, L, D, B)),
    *((name, kind, (kind,)) for name in ("mv_min", "mv_max") for kind in (T, L, D)),
    *((name, kind, (kind,)) for name in ("mv_dedupe", "mv_sort") for kind in (T, L, D)),
    ("mv_sum", L, (L,)),
    ("mv_concat", T, (T, "comma")),
    ("mv_concat", T, (T, T)),
    *(("mv_slice", kind, (kind, "small")) for kind in (T, L)),
    *(("mv_slice", kind, (kind, "small", "small")) for kind in (T, L)),
    *((name, kind, (kind, kind)) for name in ("mv_append", "mv_intersection") for kind in (T, L)),
    *((name, B, (kind, kind)) for name in ("mv_contains", "mv_intersects") for kind in (T, L)),
    *((name, kind, (kind, kind)) for name in ("mv_union", "mv_difference") for kind in (T, L, D)),
    ("mv_zip", T, (T, T)),
    ("mv_zip", T, (T, T, "comma")),
    *((name, L, (L,)) for name in ("mv_median", "mv_median_absolute_deviation")),
    *(("clamp", kind, (kind, kind, kind)) for kind in (T, L, D)),
    *((name, kind, (kind, kind)) for name in ("clamp_min", "clamp_max") for kind in (T, L, D)),
    ("copy_sign", L, (L, L)),
    *(("round_to", kind, (kind, kind, kind)) for kind in (L, D)),
    ("bit_length", L, (T,)),
    ("hypot", D, (D, D)),
    ("scalb", D, (D, "small")),
]


def constant(value):
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"({value})" if value < 0 else str(value)


@st.composite
def expressions(draw, kind, depth):
    """A text, and a function from a row (cells by field) to a cell."""
    if kind == "small" and draw(st.integers(0, 4)) == 0:
        return "event.severity", lambda row: row["event.severity"]
    if kind in ("small", "comma"):
        value = draw(st.integers(-3, 4)) if kind == "small" else draw(st.sampled_from([",", "-"]))
        return constant(value), lambda _: [value]
    choice = draw(st.integers(0, 9))
    if depth and choice < 7:
        name, _, wanted = draw(st.sampled_from([one for one in SIGNATURES if one[1] == kind]))
        return applied(name, [draw(expressions(part, depth - 1)) for part in wanted])
    if choice == 9 and kind != "double":
        value = draw(VALUES[kind].filter(lambda value: value != -(2**63)))
        return constant(value), lambda _: [value]
    field = draw(st.sampled_from(FIELDS[kind]))
    return field, lambda row: row[field]


def applied(name, arguments):
    texts = [text for text, _ in arguments]
    if name in INFIX:
        text = f"({texts[0]} {name} {texts[1]})"
    elif name in ("is null", "is not null"):
        text = f"({texts[0]} {name})"
    elif name == "in":
        text = f"({texts[0]} in ({', '.join(texts[1:])}))"
    elif name in ("not", "negative"):
        text = f"({'not ' if name == 'not' else '-'}({texts[0]}))"
    else:
        text = f"{name}({', '.join(texts)})"
    return text, lambda row: FUNCTIONS[name](*(run(row) for _, run in arguments))


KINDS = st.sampled_from(["text", "long", "double", "boolean"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            field: st.one_of(
                VALUES[kind].map(lambda value: [value]),
                VALUES[kind].map(lambda value: [value]),
                st.lists(VALUES[kind], max_size=3),
            )
            for kind, fields in FIELDS.items()
            for field in fields
        }
        | {"event.severity": st.lists(st.integers(-3, 4), max_size=1)}
    ),
    min_size=1,
    max_size=4,
)


def plain(cell):
    return None if not cell else cell[0] if len(cell) == 1 else cell


@given(ROWS, st.lists(KINDS.flatmap(lambda kind: expressions(kind, 3)), min_size=6, max_size=12))
@settings(max_examples=15, deadline=None)
def test_an_expression_over_a_row_is_what_its_functions_say(rows, chosen):
    events = [
        {"tags": str(number), **{field: cell for field, cell in row.items() if cell}}
        for number, row in enumerate(rows)
    ]
    told = ", ".join(f"r{number} = {text}" for number, (text, _) in enumerate(chosen))
    kept = ", ".join(f"r{number}" for number in range(len(chosen)))
    query = f"from x | eval {told} | keep tags, {kept}"
    found = list(tocsin.query(tocsin.events(events), query, language="esql"))
    for row, answer in zip(rows, found, strict=True):
        for number, (text, run) in enumerate(chosen):
            assert (text, answer[f"r{number}"]) == (text, plain(run(row)))


def test_every_function_is_tried():
    assert {name for name, _, _ in SIGNATURES} | {"like"} == FUNCTIONS.keys()


THERE = {
    Type.KEYWORD: ("user.name", "process.name"),
    Type.LONG: ("process.pid", "process.exit_code"),
    Type.DATE: ("event.created", "event.start"),
    Type.IP: ("source.ip", "destination.ip"),
    Type.SPAN: ("1 hour", "1 hour"),
}
"""By type a field that the event has, and one that it has not."""
CONSTANTS = {
    "format": '"yyyy"',
    "regex": '"a"',
    "unit": '"day"',
    "part": '"year"',
    "order": '"asc"',
}
EVENT = {
    "user.name": "12",
    "process.pid": 3,
    "event.created": "2026-01-01T00:00:00Z",
    "source.ip": "10.0.0.1",
}


def calls(name):
    """A function of what is there, and the same with one argument missing, for each of them."""
    function = LANGUAGE[name]
    given = []
    for parameter in function.parameters:
        kind = next(kind for kind in THERE if kind in parameter.types)
        constant = CONSTANTS.get(parameter.name) if parameter.constant else None
        given.append((constant, constant) if constant else THERE[kind])
    yield f"{name}({', '.join(there for there, _ in given)})", True
    for place, (there, missing) in enumerate(given):
        if there != missing:
            told = [one for one, _ in given]
            told[place] = missing
            yield f"{name}({', '.join(told)})", False


def test_what_the_filter_takes_for_null_is_null():
    """Events without a value are left out where these functions are compared."""
    named = sorted(NULL_OF_NULL & LANGUAGE.keys())
    assert len(named) > 40
    asked = [call for name in named for call in calls(name)]
    signs = sorted(NULL_OF_NULL - LANGUAGE.keys() - {"negative"})
    asked += [(f"(process.pid {sign} process.exit_code)", False) for sign in signs]
    asked += [(f"(process.exit_code {sign} process.pid)", False) for sign in signs]
    asked += [("(-process.exit_code)", False)]
    answers = {}
    for begin in range(0, len(asked), 30):
        some = [text for text, _ in asked[begin : begin + 30]]
        told = ", ".join(f"r{number} = {text}" for number, text in enumerate(some))
        kept = ", ".join(f"r{number}" for number in range(len(some)))
        query = f"from x | eval {told} | keep {kept}"
        (answer,) = tocsin.query(tocsin.events([EVENT]), query, language="esql")
        answers |= {text: answer[f"r{number}"] for number, text in enumerate(some)}
    wrong = [text for text, whole in asked if not whole and answers[text] is not None]
    assert wrong == []
    # most have a value where nothing is missing, so that the others mean something
    there = [answers[text] is not None for text, whole in asked if whole]
    assert sum(there) > 0.85 * len(there)
