"""Patterns as codes, and the grams by which they are found."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.match.matcher import Matcher
from tocsin.plan.literals import ANY, STAR, find_grams, is_exact, pattern_code
from tocsin.plan.predicate import And, Compare, Exists, FieldRef, Not, Regex, Text, Within
from tocsin.plan.program import ROUTING_FIELDS, compile_program
from tocsin.plan.wildcard import Wildcard, normal
from tocsin.schema.kinds import Kind

NAME = FieldRef("process.name", Kind.KEYWORD)


@pytest.mark.parametrize(
    ("pattern", "fold", "code"),
    [
        ("", False, b""),
        ("Cmd.EXE", False, b"Cmd.EXE"),
        ("Cmd.EXE", True, b"cmd.exe"),
        ("ÉX*", True, "Éx".encode() + bytes((STAR,))),
        ("a?**b", False, b"a" + bytes((ANY, STAR)) + b"b"),
        (r"a\*\?\\\x\é", False, "a*?\\xé".encode()),
        (r"\\*", False, b"\\" + bytes((STAR,))),
        ("\\", False, b"\\"),
    ],
)
def test_codes(pattern, fold, code):
    assert pattern_code(pattern, fold=fold) == code
    assert pattern_code(normal(pattern), fold=fold) == code


def gram(pattern, *others):
    code = pattern_code(pattern, fold=False)
    found = find_grams([code, *(pattern_code(other, fold=False) for other in others)])[0]
    if found is None:
        return None
    return found.value.to_bytes(found.size, "little"), found.before, found.after, found.alone


def test_grams():
    assert gram("exact") is None
    assert gram("*") is None
    assert gram("?*?") is None
    assert gram("*ABCD*") == (b"abcd", -1, -1, True)
    assert gram("ABCD*") == (b"abcd", 0, -1, False)
    assert gram("*abcd") == (b"abcd", -1, 4, False)
    assert gram("?abcd*") == (b"abcd", -1, -1, False)
    assert gram("ab*") == (b"ab", 0, -1, False)
    assert gram("*ab") == (b"ab", -1, 2, False)
    assert gram("a?*") == (b"a", 0, -1, False)
    assert gram("*@*") == (b"@", -1, -1, True)
    assert gram("*ab*c?d*") == (b"ab", -1, -1, False)


def test_the_gram_that_fewest_patterns_hold_is_taken():
    assert gram(
        "*.exe rare*", "*.exe", "*.exe", "*x.exe", "*exe *", "*xe r*", "*e ra*", "* rare*"
    ) == (b" rar", -1, -1, True)


texts = st.text("abAB?*é", max_size=12)


@given(texts, st.lists(texts, max_size=3), st.text("abABé", max_size=12))
def test_a_text_that_matches_has_the_gram_where_it_must_be(pattern, others, text):
    codes = [pattern_code(each, fold=False) for each in (pattern, *others)]
    found = find_grams(codes)[0]
    assert (found is None) == (is_exact(codes[0]) or not pattern.strip("*?"))
    if found is None or not Wildcard(pattern).matches(text):
        return
    data, value = text.encode().lower(), found.value.to_bytes(found.size, "little")
    places = [at for at in range(len(data)) if data.startswith(value, at)]
    assert any(
        (found.before in (-1, at)) and (found.after in (-1, len(data) - at)) for at in places
    )
    run = codes[0][found.run : found.run + found.length]
    assert run[found.at :][: found.size].lower() == value
    assert found.alone == (codes[0] == bytes((STAR,)) + run + bytes((STAR,)))


CONDITIONS = [
    And((Text(NAME, ("cmd*", "x"), True), Not(Regex(NAME, ("c[a-z]+",))))),
    Within(FieldRef("source.ip", Kind.IP), ("10.0.0.0/8",)),
    Compare(FieldRef("process.pid", Kind.LONG), ">", 4.5),
]


def test_fields():
    program = compile_program(CONDITIONS, [()] * 3, ["host.id", "process.name"], "event.created")
    wanted = {"process.name", "source.ip", "process.pid", "host.id", *ROUTING_FIELDS}
    assert set(program.fields.names) == wanted
    assert program.fields.timestamp == "event.created"
    assert [program.slot(name) for name in program.fields.names] == list(range(len(wanted)))
    with pytest.raises(KeyError):
        program.slot("event.created")


def test_programs_pickle_and_come_out_the_same():
    program = compile_program(CONDITIONS, [("logs-*",), (), ()])
    again = pickle.loads(pickle.dumps(program))  # noqa: S301 - our own bytes
    assert again.conditions == program.conditions
    assert again.patterns == program.patterns
    for name in ("ints", "longs", "codes"):
        assert (getattr(again, name) == getattr(program, name)).all()
    assert Matcher(again).events == 0
    twice = compile_program(CONDITIONS, [("logs-*",), (), ()])
    assert (twice.ints == program.ints).all()


def test_equal_leaves_of_all_rules_are_one():
    one = compile_program([Exists(NAME)], [()])
    many = compile_program([Exists(NAME)] * 60, [()] * 60)
    assert len(many.ints) < len(one.ints) + 60 * 5
