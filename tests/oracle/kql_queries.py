"""Random KQL queries and events that have a fair chance to meet."""

from hypothesis import strategies as st

from oracle.kql_rows import RELATIVE, SPANS
from tocsin.languages.kql import nodes as kql
from tocsin.schema.fields import Schema

KINDS = {
    "k": "keyword",
    "t": "text",
    "n": "long",
    "f": "double",
    "b": "boolean",
    "i": "ip",
    "d": "date",
    "v": "version",
    "flat": "flattened",
    "o": "nested",
    "o.n": "long",
}
WORDS = ["a", "ab", "A", "b c", "x*y", "a?", "5", "5.0", "true", "1.2.0", "1.10", "", "née"]
TEXTS = ["Get-Item C:\\x", "one two", "Two; one", "a", "b c", "A a b", "_ a_b"]
NUMBERS = ["5", "5.0", "6", "-1", "0.5", "1e1"]
ADDRESSES = ["10.1.2.3", "10.0.0.0/8", "::1", "::/0", "1.1.1.1"]
TIMES = [*SPANS, *RELATIVE, "2026-03-10T12:00:00Z"]
GLOBS = [
    ("", ""),
    ("a", ""),
    ("", "b"),
    ("", "e", ""),
    ("x*", ""),
    ("5", ""),
    ("t", "e"),
    ("A", ""),
    ("", " b c"),
    ("b ", " c"),
]
BY_KIND = {
    "keyword": WORDS,
    "text": [*TEXTS, "two", "ONE TWO", "item", "it"],
    "long": NUMBERS,
    "double": NUMBERS,
    "boolean": ["true", "false"],
    "ip": ADDRESSES,
    "date": TIMES,
    "version": ["1.2.0", "1.10", "1.9"],
    "flattened": WORDS,
}
NAMES = ["k", "t", "n", "f", "b", "i", "d", "v", "u", "flat", "flat.x", "u.x", "o", "o.k", "o.n"]
PATTERNS = [("", ""), ("o.", ""), ("", ".k"), ("u", ""), ("f", "x"), ("", "x", "")]


def _kind(name):
    kind = KINDS.get(name, "keyword")
    return "keyword" if kind == "nested" else kind


def _literals(name):
    given = st.sampled_from(BY_KIND[_kind(name)])
    return st.builds(kql.Literal, given, st.booleans()).map(_stripped)


def _stripped(literal):
    plain = literal.text == literal.text.strip() and literal.text
    return literal if plain or literal.quoted else kql.Literal(literal.text, quoted=True)


def _values(name):
    globs = [("", "")] if _kind(name) in ("long", "double", "boolean", "ip", "date") else GLOBS
    one = st.one_of(_literals(name), st.sampled_from(globs).map(kql.Wildcard))
    some = st.lists(one, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        one,
        st.builds(kql.AnyOf, some),
        st.builds(kql.AllOf, some),
        st.builds(kql.NoneOf, st.one_of(one, st.builds(kql.AnyOf, some))),
    )


def _of_field(name):
    ranged = st.sampled_from(["<", "<=", ">", ">="])
    asked = st.builds(kql.Is, st.just(kql.Field(name)), _values(name))
    if _kind(name) in ("boolean", "ip", "text"):
        return asked
    return st.one_of(asked, st.builds(kql.Range, st.just(kql.Field(name)), ranged, _literals(name)))


_ANY = st.sampled_from([*WORDS, *NUMBERS, *ADDRESSES, "2026-03", "two"])
_OF_SOME = st.one_of(
    st.builds(kql.Is, st.none(), st.builds(kql.Literal, _ANY, st.just(True))),
    st.builds(
        kql.Is,
        st.sampled_from(PATTERNS).map(kql.FieldPattern),
        st.one_of(
            st.builds(kql.Literal, _ANY, st.booleans()).map(_stripped),
            st.sampled_from(GLOBS).map(kql.Wildcard),
        ),
    ),
    st.builds(
        kql.Range,
        st.sampled_from(PATTERNS).map(kql.FieldPattern),
        st.sampled_from(["<", ">="]),
        st.builds(kql.Literal, st.sampled_from([*NUMBERS, "2026-03", "now-1d"])),
    ),
)
_IN_OBJECTS = st.builds(
    kql.Nested,
    st.just(kql.Field("o")),
    st.recursive(
        st.one_of(
            st.builds(kql.Is, st.just(kql.Field("k")), _values("k")),
            st.builds(kql.Is, st.just(kql.Field("n")), _values("n")),
            st.builds(
                kql.Is, st.none(), st.builds(kql.Literal, st.sampled_from(WORDS), st.just(True))
            ),
        ),
        lambda inner: st.one_of(
            st.builds(kql.And, st.tuples(inner, inner)),
            st.builds(kql.Not, inner),
            st.builds(kql.Nested, st.just(kql.Field("p")), inner),
        ),
        max_leaves=3,
    ),
)
_CLAUSES = st.one_of(
    st.sampled_from(NAMES[:-1]).flatmap(_of_field),
    st.sampled_from(NAMES).flatmap(_of_field),
    _OF_SOME,
    _IN_OBJECTS,
)


def _wider(inner):
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(kql.And, several), st.builds(kql.Or, several), st.builds(kql.Not, inner)
    )


def queries():
    """Trees over the fields of `schema`."""
    return st.recursive(_CLAUSES, _wider, max_leaves=5)


_SCALARS = st.sampled_from(
    [
        *WORDS, *TEXTS, 5, 5.0, 6, -1, 0.5, True, False, "10.1.2.3", "::1", "10.9.9.9",
        "2026-03-10T12:00:00Z", "2026-03-09T12:30:00.500Z", "2026-03-11", 1_773_144_000_000, None,
        "y" * 1025 + "a", "a" * 1024,
    ]
)  # fmt: skip


def _several(inner):
    return st.one_of(inner, inner, st.lists(inner, max_size=3))


_OBJECTS = st.recursive(
    st.dictionaries(st.sampled_from(["k", "n", "x"]), _several(_SCALARS), max_size=3),
    lambda inner: st.fixed_dictionaries({"p": _several(inner)}, optional={"k": _SCALARS}),
    max_leaves=2,
)
_TIMES = st.sampled_from(["2026-03-10T12:00:00Z", "2026-03-10T00:00:00Z"])


def events():
    """Events with some of the fields, in any shape."""
    fields = {name: _several(_SCALARS) for name in ("k", "t", "n", "f", "b", "i", "d", "v", "u")}
    fields |= {
        "flat": _several(_OBJECTS),
        "flat.x": _several(_SCALARS),
        "o": _several(_OBJECTS),
        "u.x": _SCALARS,
        "event": st.fixed_dictionaries({"ingested": _TIMES}),
        "@timestamp": _TIMES,
    }
    return st.fixed_dictionaries({}, optional=fields)


def schema(text="raw"):
    """The kinds of the fields."""
    return Schema(KINDS, text=text)
