"""Random KQL trees, such as the parser can give."""

from hypothesis import strategies as st

from tocsin.languages.kql.nodes import (
    AllOf,
    And,
    AnyOf,
    Field,
    FieldPattern,
    Is,
    Literal,
    Nested,
    NoneOf,
    Not,
    Or,
    Range,
    Wildcard,
)

STRIPPED = st.text(min_size=1, max_size=10).filter(lambda text: text == text.strip())
"""White space around a value is no part of it; inside it may stand as an escape."""

WORDS = st.one_of(
    st.sampled_from(
        ["a", "5", "true", "x y", "and", "Or", "not", "x or y", 'say "hi"', "C:\\x", "a:b", "(x)",
         "{y}", "<=5", "*", "a*b", "\t", "\u00a0", "a\nb", "é😀", "nothing", "\\", "?"]
    ),
    STRIPPED,
)  # fmt: skip
NAMES = st.one_of(st.sampled_from(["a", "a.b", "@timestamp", "x-y/z", "and"]), WORDS)
PARTS = st.lists(st.one_of(st.just(""), WORDS), min_size=2, max_size=4).map(tuple)
LITERALS = st.one_of(
    st.builds(Literal, WORDS, st.just(False)),
    st.builds(Literal, st.one_of(WORDS, st.text(max_size=10)), st.just(True)),
)
VALUES = st.one_of(LITERALS, st.builds(Wildcard, PARTS))
FIELDS = st.builds(Field, NAMES)


def _lists(inner):
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(AnyOf, several), st.builds(AllOf, several), st.builds(NoneOf, inner))


LISTS = st.recursive(VALUES, _lists, max_leaves=6)
CLAUSES = st.one_of(
    st.builds(Is, FIELDS, LISTS),
    st.builds(Is, st.builds(FieldPattern, PARTS), LISTS),
    st.builds(Is, st.none(), VALUES),
    st.builds(Range, FIELDS, st.sampled_from(["<", "<=", ">", ">="]), LITERALS),
)


def _wider(inner):
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, inner),
        st.builds(Nested, FIELDS, inner),
    )


QUERIES = st.recursive(CLAUSES, _wider, max_leaves=10)
