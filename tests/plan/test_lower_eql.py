"""What EQL conditions become: which leaves, over which fields, joined how."""

import pytest

from tocsin.languages.eql import nodes as eql
from tocsin.languages.eql.parser import parse
from tocsin.languages.errors import QueryCheckError
from tocsin.languages.node import Literal
from tocsin.plan.lower_eql import lower
from tocsin.plan.plan import EventPlan, Key, SamplePlan, SequencePlan, Window
from tocsin.plan.predicate import (
    And,
    Compare,
    Constant,
    Exists,
    FieldRef,
    Flag,
    Length,
    Not,
    Or,
    Regex,
    Text,
    Within,
)
from tocsin.plan.predicate import Test as Scripted
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

KINDS = {
    "k": "keyword",
    "other": "keyword",
    "w": "wildcard",
    "n": "long",
    "d": "double",
    "b": "boolean",
    "t": "date",
    "tn": "date_nanos",
    "ip": "ip",
    "v": "version",
}
SCHEMA = Schema(KINDS)
REF = {name: FieldRef(name, Kind(kind)) for name, kind in KINDS.items()}
UNKNOWN = FieldRef("u", Kind.UNKNOWN)
K, N, IP = REF["k"], REF["n"], REF["ip"]
FALSE, TRUE = Constant(False), Constant(True)


def condition(text, schema=SCHEMA):
    text = "any where " + text
    return lower(parse(text), schema, text=text).stage.condition


LEAVES = [
    ('k == "a*"', Text(K, (r"a\*",))),
    ('k == "a\\\\"', Text(K, (r"a\\",))),
    ('"a" == k', Text(K, ("a",))),
    ('k != "a"', Not(Text(K, ("a",)))),
    ('k in ("b", "a", "b")', Text(K, ("a", "b"))),
    ('k not in ("a")', Not(Text(K, ("a",)))),
    ('k in~ ("A*")', Text(K, (r"a\*",), fold=True)),
    (r'k : "?:\\Windows\\*"', Text(K, (r"?:\\windows\\*",), fold=True)),
    ('k : ("a*", "b?")', Text(K, ("a*", "b?"), fold=True)),
    ('k like "A*"', Text(K, ("A*",))),
    ('k like~ "A*"', Text(K, ("a*",), fold=True)),
    ('k : "*%*"', Text(K, ("*%*",))),
    ('k : "*"', Exists(K)),
    ('k like ("a", "**")', Exists(K)),
    ('k regex "a.*"', Regex(K, ("a.*",))),
    ('k regex~ ("a.*", "b")', Regex(K, ("a.*", "b"), fold=True)),
    ('k regex~ ("a*b", "a*b")', Regex(K, ("a*b",), fold=True)),
    ('k regex~ "a\\\\*[b]\\\\?"', Text(K, ("a\\*b\\?",), fold=True)),
    ("k == null", Not(Exists(K))),
    ("null == k", Not(Exists(K))),
    ("k != null", Exists(K)),
    ("k == 5", Text(K, ("5",))),
    ("k == true", Text(K, ("true",))),
    ('k > "a"', Compare(K, ">", "a")),
    ('"a" > k', Compare(K, "<", "a")),
    ("n == 5", Compare(N, "==", 5)),
    ('n == "5"', Compare(N, "==", 5)),
    ('n == "five"', FALSE),
    ('n != "five"', TRUE),
    ("5 >= n", Compare(N, "<=", 5)),
    ("n > 4.5", Compare(N, ">", 4.5)),
    ("n > 2 * 2 + 1", Compare(N, ">", 5)),
    ("n == -5", Compare(N, "==", -5)),
    ("n in (1, 2)", Or((Compare(N, "==", 1), Compare(N, "==", 2)))),
    ("n in (1)", Compare(N, "==", 1)),
    ("n not in (1, 1)", Not(Compare(N, "==", 1))),
    ("b", Flag(REF["b"], True)),
    ("not b", Not(Flag(REF["b"], True))),
    ("b == false", Flag(REF["b"], False)),
    ('b == "true"', Flag(REF["b"], True)),
    ("b != true", Not(Flag(REF["b"], True))),
    ('t >= "1970-01-01T00:00:01Z"', Compare(REF["t"], ">=", 1000)),
    ("t < 1000", Compare(REF["t"], "<", 1000)),
    ('t < "1000"', Compare(REF["t"], "<", -30_610_224_000_000)),
    ('t <= "1970-01-01T00:00:01Z"', Compare(REF["t"], "<=", 1999)),
    ('t > "1970-01-02"', Compare(REF["t"], ">", 172_799_999)),
    ('t == "1970-01-01T00:00:01.5Z"', Compare(REF["t"], "==", 1500)),
    ('tn == "1970-01-01T00:00:00.000000001Z"', Compare(REF["tn"], "==", 1)),
    ('ip == "10.0.0.0/8"', Within(IP, ("10.0.0.0/8",))),
    ('ip == "10.0.0.1"', Within(IP, ("10.0.0.1",))),
    ('ip in ("10.0.0.1", "::1")', Within(IP, ("10.0.0.1", "::1"))),
    ('ip > "10.0.0.1"', Compare(IP, ">", "10.0.0.1")),
    ('cidrMatch(ip, "10.0.0.0/8", "::1/64")', Within(IP, ("10.0.0.0/8", "::1/64"))),
    ('cidrmatch(k, "10.0.0.0/8")', Within(K, ("10.0.0.0/8",))),
    ('cidrMatch(ip, "::/0") == true', Within(IP, ("::/0",))),
    ('true == cidrMatch(ip, "::/0")', Within(IP, ("::/0",))),
    ('v < "1.10"', Compare(REF["v"], "<", "1.10")),
    ('v == "1.0"', Compare(REF["v"], "==", "1.0")),
    ('u == "5"', Text(UNKNOWN, ("5",))),
    ("u == 5", Compare(UNKNOWN, "==", 5)),
    ("u == true", Flag(UNKNOWN, True)),
    ('u < "b"', Compare(UNKNOWN, "<", "b")),
    ('u in ("a", 1)', Or((Text(UNKNOWN, ("a",)), Compare(UNKNOWN, "==", 1)))),
    ('startsWith(k, "a*")', Text(K, (r"a\**",))),
    ('startsWith~(k, "A")', Text(K, ("a*",), fold=True)),
    ('endsWith(k, "a?b")', Text(K, ("*a?b",))),
    ('endsWith(k, "a\\\\")', Text(K, (r"*a\\",))),
    (r'stringContains(k, "a\\*b*c")', Text(K, (r"*a\*b*c*",))),
    ('stringContains(k, "a\\\\")', Text(K, (r"*a\*",))),
    ('stringContains~(u, "A")', Text(UNKNOWN, ("*a*",), fold=True)),
    ('stringContains(k, "")', Exists(K)),
    ('startsWith(string(k), "a")', Text(K, ("a*",))),
    ('string(k) : "a"', Text(K, ("a",), fold=True)),
    ("length(k) > 3", Length(K, ">", 3)),
    ("3 < length(k)", Length(K, ">", 3)),
    ("length(k) == 3.0", Length(K, "==", 3)),
    ("length(k) != 3", Not(Length(K, "==", 3))),
    ("true", TRUE),
    ("false", FALSE),
    ("1 == 1 and 2 > 1", TRUE),
    ('"a" : "A*"', TRUE),
    ('length("abc") == 3', TRUE),
    ("k == length(null)", Not(Exists(K))),
    ('indexOf("a", "b") != k', Exists(K)),
    ("length(null) == null", TRUE),
    ('length(null) == indexOf("a", "b")', TRUE),
    ("length(null) == 1", FALSE),
    ("not length(null) == 1", FALSE),
    ("null == null", TRUE),
    ("1 == null", FALSE),
    ("null > 1", FALSE),
    ("not (null > 1)", FALSE),
    ("n > null", FALSE),
    ("not (n > null)", TRUE),
    ("n in (null)", FALSE),
    ('k in (null, "a")', Text(K, ("a",))),
]


@pytest.mark.parametrize(
    ("text", "expected"), [row for row in LEAVES if row[1]], ids=lambda x: repr(x)[:60]
)
def test_leaves(text, expected):
    assert condition(text) == expected


TESTS = [
    ('concat(k, other) : "x*"', ("k", "other")),
    ("startsWith~(k, other)", ("k", "other")),
    ('startsWith(concat(k, "."), "a")', ("k",)),
    ("n + 1 == 5", ("n",)),
    ("5 == n % 2", ("n",)),
    ('substring(k, 0, 3) in ("abc")', ("k",)),
    ('string(n) : "4*"', ("n",)),
    ("length(n) > 3", ("n",)),
    ("length(k) > 2.5", ("k",)),
    ("null == (n > -1)", ("n",)),
    ("indexOf(k, other) == null", ("k", "other")),
    ("b > false", ("b",)),
    ("concat(?gone, k) == other", ("k", "other")),
]


@pytest.mark.parametrize(("text", "names"), TESTS, ids=[text for text, _ in TESTS])
def test_what_is_no_simple_leaf_is_one_test(text, names):
    found = condition(text, Schema(KINDS, frozenset(KINDS)))
    assert isinstance(found, Scripted)
    assert tuple(field.name for field in found.fields) == names


def test_a_negative_comparison_of_results_is_not_a_leaf():
    found = condition('concat(k, other) != "ab"')
    assert isinstance(found, Not)
    assert isinstance(found.term, Scripted)
    assert isinstance(found.term.expression, eql.Comparison)
    assert found.term.expression.operator == "=="


def test_constants_in_tests_are_folded_and_fields_become_paths():
    found = condition('concat(process.name.caseless, string(1 + 1)) == "a"')
    expected = eql.Call("concat", (eql.Field("process.name"), Literal("2")))
    assert found.expression == eql.Comparison("==", expected, Literal("a"))
    assert found.fields == (FieldRef("process.name", Kind.KEYWORD),)


def test_caseless_fields_fold():
    name = FieldRef("process.name", Kind.KEYWORD)
    assert condition('process.name.caseless == "CMD"') == Text(name, ("cmd",), fold=True)
    assert condition('process.name.caseless in ("B")') == Text(name, ("b",), fold=True)
    assert condition('startsWith(process.name.caseless, "B")') == Text(name, ("b*",), fold=True)


STRICT = Schema(KINDS, frozenset(KINDS))
A = Text(K, ("a",), fold=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("?gone == null", TRUE),
        ("?gone != null", FALSE),
        ("k == ?gone", Not(Exists(K))),
        ("length(?gone) != k", Exists(K)),
        ('?gone == "a"', FALSE),
        ('?gone != "a"', FALSE),
        ('not ?gone == "a"', FALSE),
        ('not ?gone : "a*"', FALSE),
        ('?gone not in ("a")', FALSE),
        ("length(?gone) == 1", FALSE),
        ("length(?gone) == null", TRUE),
        ("not length(?gone) == 1", FALSE),
        ("?gone", FALSE),
        ("not ?gone", FALSE),
        ('?gone : "x" and k : "a"', FALSE),
        ('not (?gone : "x" and k : "a")', FALSE),
        ('?gone : "x" or k : "a"', A),
        ('not (?gone : "x" or k : "a")', Not(A)),
        ("not (?gone == 1 and false)", TRUE),
        ("?gone == 1 or true", TRUE),
        ("not (?gone == 1 or false)", FALSE),
        ("not (startsWith(k, ?gone))", None),
        ('concat(k, ?gone) == "a"', None),
        ('?k : "a"', A),
        ("not (k == ?gone)", Exists(K)),
    ],
)
def test_unmapped_optional_fields(text, expected):
    found = condition(text, STRICT)
    if expected is None:
        assert isinstance(found.term if isinstance(found, Not) else found, Scripted)
    else:
        assert found == expected


def test_by_default_every_field_is_mapped():
    assert condition("not ?gone == 1") == Not(Compare(FieldRef("gone", Kind.UNKNOWN), "==", 1))


def test_trees_are_flat_and_lists_for_one_field_join():
    found = condition('(k : "a" and (n == 1 and k : "a")) and not (not b)')
    assert found == And((A, Compare(N, "==", 1), Flag(REF["b"], True)))
    found = condition('k : "a" or (n == 1 or k : "b*") or k == "c" or ip == "::1" or ip == "::2"')
    assert found == Or(
        (
            Text(K, ("a", "b*"), fold=True),
            Compare(N, "==", 1),
            Text(K, ("c",)),
            Within(IP, ("::1", "::2")),
        )
    )


def test_not_is_never_pushed_down():
    assert condition("not (n > 5)") == Not(Compare(N, ">", 5))
    assert condition("not (n > 5 or b)") == Not(Or((Compare(N, ">", 5), Flag(REF["b"], True))))


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ('k  :  ("a",\n"b")', 'k  :  ("a",\n"b")'),
        ('k : "a" or k : "b"', 'k : "a" or k : "b"'),
        ("?k != null", "?k != null"),
        ("startsWith( k, other )", "startsWith( k, other )"),
    ],
)
def test_leaves_quote_their_clause(text, clause):
    assert condition(text).clause == clause


@pytest.mark.parametrize(
    ("text", "clause", "inner"),
    [
        ('k != "a"', 'k != "a"', 'k == "a"'),
        ('not k == "a"', 'not k == "a"', 'k == "a"'),
        ('k not in ("a")', 'k not in ("a")', 'k not in ("a")'),
        ("k == null", "k == null", "k != null"),
        ('concat(k) != "a"', 'concat(k) != "a"', 'concat(k) == "a"'),
    ],
)
def test_negations_quote_theirs(text, clause, inner):
    found = condition(text)
    assert (found.clause, found.term.clause) == (clause, inner)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('t > "soon"', "a time, and `soon` is none"),
        ('ip == "localhost"', "an IP address or a block of them, and `localhost` is none"),
        ('ip < "10.0.0.0/8"', "an IP address, and"),
        ('k : "a" and cidrMatch(ip, "10.0.0.0/33")', "a block of IP addresses"),
    ],
)
def test_constants_that_cannot_be_read_are_told_with_their_place(text, message):
    with pytest.raises(QueryCheckError) as raised:
        condition(text)
    (diagnostic,) = raised.value.diagnostics
    assert message in diagnostic.message
    assert diagnostic.text[diagnostic.span.start : diagnostic.span.end] in text


def test_the_category_is_a_leaf():
    text = 'process where k : "a"'
    category = FieldRef("event.category", Kind.KEYWORD)
    plan = lower(parse(text), SCHEMA, text=text)
    assert plan.stage.condition == And((Text(category, ("process",)), A))
    plan = lower(parse(text), SCHEMA, text=text, category_field="other")
    assert plan.stage.condition == And((Text(REF["other"], ("process",)), A))
    plan = lower(parse('"a*" where true'), SCHEMA)
    assert plan.stage.condition == Text(category, (r"a\*",))
    assert lower(parse("process where false"), SCHEMA).stage.condition == FALSE
    assert lower(parse("any where true"), SCHEMA).stage.condition == TRUE


def test_sequences_keep_their_shape_and_global_keys_come_first():
    text = """
    sequence by k with maxspan=5m
      [any where b] by n
      ![any where b] by ?other
      [any where not b] by n with runs=3
    until [any where n == 1] by n
    """
    plan = lower(parse(text), SCHEMA, text=text, look_back=1000)
    assert isinstance(plan, SequencePlan)
    flag = Flag(REF["b"], True)
    assert [stage.condition for stage in plan.stages] == [flag, flag, Not(flag)]
    assert plan.stages[0].keys == (Key(K), Key(N))
    assert plan.stages[1].keys == (Key(K), Key(REF["other"], optional=True))
    assert [stage.missing for stage in plan.stages] == [False, True, False]
    assert [stage.runs for stage in plan.stages] == [1, 1, 3]
    assert plan.until.condition == Compare(N, "==", 1)
    assert plan.until.keys == (Key(K), Key(N))
    assert (plan.maxspan, plan.reach) == (300_000, 300_000)


def test_without_maxspan_the_look_back_bounds_what_is_kept():
    text = "sequence [any where b] [any where b]"
    assert lower(parse(text), SCHEMA, look_back=1000).reach == 1000
    assert lower(parse(text), SCHEMA).reach is None
    plan = lower(parse("sample by k [any where b] [any where n == 1]"), SCHEMA, look_back=7)
    assert plan == SamplePlan(plan.stages, 7, Window(), 1)


@pytest.mark.parametrize(
    ("pipes", "size", "position", "cuts"),
    [
        ("", None, "tail", ()),
        ("", 10, "tail", (("tail", 10),)),
        ("", 10, "head", (("head", 10),)),
        ("| head 50", 10, "tail", (("head", 10), ("head", 50))),
        ("| head 20 | tail 5", 10, "tail", (("head", 10), ("head", 20), ("tail", 5))),
        ("| tail 5 | head 0", None, "head", (("tail", 5), ("head", 0))),
    ],
)
def test_size_and_pipes(pipes, size, position, cuts):
    plan = lower(parse("any where b " + pipes), SCHEMA, size=size, result_position=position)
    assert isinstance(plan, EventPlan)
    assert plan.window == Window(cuts)


def test_long_lists_and_chains_are_no_trouble():
    many = ", ".join(f'"value{number}"' for number in range(5_000))
    assert len(condition(f"k in ({many})").patterns) == 5_000
    chain = " or ".join(f'k : "a{number}*"' for number in range(3_000))
    assert len(condition(chain).patterns) == 3_000
    mixed = " and ".join(f"n != {number}" for number in range(3_000))
    assert len(condition(mixed).terms) == 3_000


def test_the_deepest_tree_that_the_parser_lets_through_is_lowered():
    text = "not (b and " * 95 + "b" + ")" * 95
    assert isinstance(condition(text), Not)
