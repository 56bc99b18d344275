"""Random EQL trees, such as the parser can give."""

from hypothesis import strategies as st

from tocsin.languages.eql.nodes import (
    And,
    Arithmetic,
    Call,
    Comparison,
    EventFilter,
    Field,
    Match,
    Membership,
    Negate,
    Not,
    Or,
    Pipe,
    Query,
    Sample,
    Sequence,
    Stage,
)
from tocsin.languages.functions import FUNCTIONS
from tocsin.languages.node import Literal

NAMES = st.one_of(
    st.sampled_from(
        ["a", "process.name", "@timestamp", "event.sequence", "my-field.x", "a`b", "in"]
    ),
    st.text(min_size=1, max_size=8),
)
FIELDS = st.builds(Field, NAMES, st.booleans())
STRINGS = st.one_of(
    st.sampled_from(
        ["", "*.exe", "C:\\Users\\*", 'say "hi"', "a\nb\r\t\x00\x1f\x7f\u2028", "\\u{41}"]
    ),
    st.text(max_size=10),
)
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
TEXTS = st.builds(Literal, STRINGS)
CONSTANTS = st.builds(Literal, st.one_of(STRINGS, NUMBERS, st.booleans(), st.none()))
# The parser gives `-5` as a literal, so it never negates a number.
POSITIVE = st.builds(Literal, st.one_of(STRINGS, st.booleans(), st.none()))
CALLED = st.sampled_from([*FUNCTIONS, "nobody"])


def _flat(kind, terms):
    """A chain without a chain of its own kind inside."""
    flat = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, kind) else (term,))
    return kind(tuple(flat))


def _wider(inner):
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        st.builds(lambda terms: _flat(And, terms), several),
        st.builds(lambda terms: _flat(Or, terms), several),
        st.builds(Not, inner),
        (inner.map(lambda node: node if isinstance(node, Literal) else Negate(node))),
        st.builds(Negate, POSITIVE),
        st.builds(Arithmetic, st.sampled_from("+-*/%"), inner, inner),
        st.builds(Comparison, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(
            Membership,
            inner,
            st.lists(inner, min_size=1, max_size=3).map(tuple),
            st.booleans(),
            st.booleans(),
        ),
        st.builds(
            Match,
            st.sampled_from([":", "like", "like~", "regex", "regex~"]),
            inner,
            st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
            st.booleans(),
        ),
        st.builds(Call, CALLED, st.lists(inner, max_size=3).map(tuple), st.booleans()),
    )


EXPRESSIONS = st.recursive(st.one_of(FIELDS, CONSTANTS), _wider, max_leaves=12)
EVENTS = st.builds(
    EventFilter,
    st.one_of(st.none(), st.sampled_from(["process", "any", "my event", "where"]), STRINGS),
    EXPRESSIONS,
)
KEYS = st.lists(FIELDS, max_size=2).map(tuple)
STAGES = st.builds(Stage, EVENTS, KEYS, st.booleans(), st.integers(1, 100))
SEQUENCES = st.builds(
    Sequence,
    st.lists(STAGES, min_size=1, max_size=3).map(tuple),
    KEYS,
    st.one_of(st.none(), st.integers(1, 10**9), st.sampled_from([60_000, 3_600_000, 86_400_000])),
    st.one_of(st.none(), st.builds(Stage, EVENTS, KEYS, st.booleans())),
)
SAMPLES = st.builds(
    Sample, st.lists(st.builds(Stage, EVENTS, KEYS), min_size=1, max_size=3).map(tuple), KEYS
)
PIPES = st.builds(Pipe, st.sampled_from(["head", "tail"]), st.integers(0, 1000))
QUERIES = st.builds(
    Query, st.one_of(EVENTS, SEQUENCES, SAMPLES), st.lists(PIPES, max_size=2).map(tuple)
)
