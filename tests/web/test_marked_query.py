"""A query whose clauses that held are marked."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from tocsin.schema.fields import Schema
from tocsin.web.marked_query import marked_query

SEQUENCE = """sequence by host.id with maxspan=1m
  // said before: process.name == "a"
  [process where process.name == "a" and process.parent.name in ("x",
      "y")] with runs=2
  ![file where file.name : "[b]*"]
  [network where   destination.port == 10250 and process.name == "a"]"""


class Held(NamedTuple):
    stage: int
    clause: str
    field: str
    value: str


def marks(query, *clauses, language="eql"):
    found = marked_query(query, clauses, {one.field for one in clauses}, Schema(), language)
    assert text(found) == query
    return [(text([run]), [value for _, value in run.because]) for run in found if run.because]


def text(runs):
    return "".join(piece.text for run in runs for piece in run.pieces)


def test_each_clause_is_marked_in_its_own_stage():
    found = marks(
        SEQUENCE,
        Held(1, 'process.name == "a"', "process.name", "A"),
        Held(2, 'process.name == "a"', "process.name", "a"),
        Held(1, 'process.parent.name in ("x", "y")', "process.parent.name", "y"),
        Held(4, "destination.port == 10250", "destination.port", "10250"),
    )
    assert found == [
        ('process.name == "a"', ["A", "a"]),
        ('process.parent.name in ("x",\n      "y")', ["y"]),
        ("destination.port == 10250", ["10250"]),
    ]
    last = marks(SEQUENCE, Held(4, 'process.name == "a"', "process.name", "a"))
    before = SEQUENCE.rindex("process.name")
    assert last == [('process.name == "a"', ["a"])]
    assert SEQUENCE[before:].startswith('process.name == "a"]')


def test_a_part_of_a_longer_word_is_not_the_clause():
    query = "process.name_of == 1 and x.process.name == 1 and process.name == 12"
    assert marks(query, Held(1, "process.name == 1", "process.name", "1")) == []
    whole = Held(1, "process.name == 12", "process.name", "12")
    assert marks(query, whole) == [("process.name == 12", ["12"])]


def test_a_clause_in_other_words_is_not_marked():
    assert marks("any where true", Held(1, "not false", "", "")) == []


def test_a_clause_that_was_cut_short_is_marked_as_far_as_it_goes():
    query = 'process.name in ("a", "b", "c")'
    cut = Held(1, 'process.name in ("a", "b…', "process.name", "a")
    assert marks(query, cut) == [('process.name in ("a", "b', ["a"])]


def test_of_two_that_overlap_the_shorter_is_marked():
    query = "process.name: (a or b)"
    both = Held(1, query, "process.name", "a"), Held(1, "(a or b)", "process.name", "a")
    assert marks(query, *both, language="kuery") == [("(a or b)", ["a"])]


words = st.sampled_from(
    ['"', "[", "]", " ", "\n", "// x\n", "a.b", "==", '"q"', " with runs=3", "…"]
)


@given(st.lists(words, max_size=30), st.lists(st.lists(words, max_size=5), max_size=5))
def test_nothing_of_a_query_is_lost(query, clauses):
    held = [Held(n, "".join(clause), "a.b", "v") for n, clause in enumerate(clauses)]
    marks("".join(query), *held)
