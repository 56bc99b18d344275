"""Each leaf on single values, and what missing and several values mean."""

import pytest

from tocsin.languages.eql.parser import parse
from tocsin.match import evaluate
from tocsin.match.evaluate import Evaluator
from tocsin.plan import predicate as p
from tocsin.plan.lower_eql import lower
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

SCHEMA = Schema({"k": "keyword", "m": "keyword", "n": "long", "ip": "ip", "t": "date"})


def ref(kind):
    return p.FieldRef("f", Kind(kind))


KEYWORD, LONG, DATE, NANOS, IP = map(ref, ("keyword", "long", "date", "date_nanos", "ip"))
VERSION, UNKNOWN, BOOLEAN = map(ref, ("version", "unknown", "boolean"))

WORDS = [
    (p.Exists(KEYWORD), ["", 0, False], []),
    (p.Text(KEYWORD, ("a*", r"\*")), ["a", "ab", "*"], ["A", "b", ""]),
    (p.Text(KEYWORD, ("a*", "é"), fold=True), ["AB", "é"], ["É"]),
    (p.Text(KEYWORD, ("4624", "true", "1.5")), [4624, "4624", True, 1.5], [4624.0, "True"]),
    (p.Text(KEYWORD, ("a?c",)), ["abc", "a\nc", "a😀c"], ["ac", "abbc"]),
    (p.Regex(KEYWORD, ("[0-9]+", "x")), ["12", 12, "x"], ["", "12x"]),
    (p.Regex(KEYWORD, ("[a-c]x",), fold=True), ["ax", "aX"], ["Ax"]),
    (p.Compare(LONG, "==", 5), [5, 5.0, "5", "5.0"], [4, "five", True, ""]),
    (p.Compare(LONG, ">", 4.5), [5, "4.6", 2**70, "9" * 30], [4, float("-1e300")]),
    (p.Compare(LONG, "<=", -1), [-1, "-1"], [0]),
    (p.Compare(KEYWORD, "<", "b"), ["a", "", "B", 10], ["b", "ba", "é"]),
    (p.Compare(KEYWORD, ">=", "￿"), ["😀"], ["a"]),
    (p.Compare(DATE, ">=", 1000), ["1970-01-01T00:00:01Z", 1000, "2020"], [999, "soon", True]),
    (p.Compare(DATE, "==", 1000), ["1970-01-01T00:00:01.0009Z"], ["1970-01-01T00:00:01.001Z"]),
    (p.Compare(NANOS, "==", 1), ["1970-01-01T00:00:00.000000001Z"], [0, 1]),
    (p.Compare(IP, ">", "10.0.0.1"), ["10.0.0.2", "::ffff:10.0.0.2"], ["10.0.0.1", "::1", "x"]),
    (p.Compare(VERSION, "<", "1.10.0"), ["1.9.0", "1.10.0-rc", 1], ["1.10.0", "x", ""]),
    (p.Compare(VERSION, "==", "1.0"), ["1.0"], ["1.0.0"]),
    (p.Compare(UNKNOWN, "==", 5), [5, "5"], ["five", True]),
    (p.Compare(UNKNOWN, "<", "b"), ["a", 5], ["c"]),
    (p.Flag(BOOLEAN, value=True), [True, "true"], [False, "false", "yes", 1, "True"]),
    (p.Flag(BOOLEAN, value=False), [False, "false"], [True, "", 0]),
    (p.Within(IP, ("10.0.0.0/8", "::1")), ["10.9.9.9", "::1"], ["11.0.0.1", "", 10, "::2"]),
    (p.Length(KEYWORD, "==", 2), ["ab", "é!", "😀", 42], ["a", "😀!", ""]),
]


@pytest.mark.parametrize(
    ("leaf", "yes", "no"), WORDS, ids=[str(number) for number in range(len(WORDS))]
)
def test_words(leaf, yes, no):
    evaluator = Evaluator()
    assert [value for value in yes if not evaluator.word(leaf, value)] == []
    assert [value for value in no if evaluator.word(leaf, value)] == []
    assert [value for value in yes if not evaluator.leaf(leaf, lambda _, one=value: [one])] == []
    assert not evaluator.leaf(leaf, lambda _: [])


def holds(text, event, schema=SCHEMA):
    condition = lower(parse("any where " + text), schema).stage.condition
    return Evaluator().holds(condition, lambda name: event.get(name, []))


@pytest.mark.parametrize(
    ("text", "missing", "several"),
    [
        ('k == "a"', False, True),
        ('k : "A"', False, True),
        ('k != "a"', True, False),
        ('k != "z"', True, True),
        ('not k : "a*"', True, False),
        ('k not in ("a")', True, False),
        ('k == "a" and k == "b"', False, True),
        ("k == null", True, False),
        ("k != null", False, True),
        ("length(k) > 0", False, True),
        ("length(k) > 1", False, False),
        ("not length(k) > 1", True, True),
        ('concat(k, "!") == "a!"', False, True),
        ('concat(k, "!") != "a!"', True, False),
        ('concat(k, "!") != "z!"', True, True),
        ('concat(k, "!") == null', True, False),
        ('indexOf(k, "a") == null', True, True),
        ('(k == "a" and k == "b") == true', False, True),
        ('(k : "a") == false', True, False),
        ('(k : "a") != true', True, False),
        ('(k : "a") != false', False, True),
        ('false == (k : "a")', True, False),
        ('startsWith(k, "a") == false', True, False),
        ('(k == "a" or k == "z") == false', True, False),
        ("(length(k) > 1) == false", True, True),
        ('null == (k : "a")', True, False),
        ("startsWith(k, m)", False, False),
    ],
)
def test_missing_and_several_values(text, missing, several):
    assert holds(text, {}) is missing
    assert holds(text, {"k": ["a", "b"]}) is several


def test_elements_that_satisfy_a_range_may_differ():
    assert holds("n > 1 and n < 5", {"n": [0, 9]})
    assert not holds("not (n > 5)", {"n": [0, 9]})
    assert holds("not (n > 5)", {})


def test_fields_of_one_test_are_chosen_together():
    event = {"k": ["ab", "x"], "m": ["y", "a"]}
    assert holds("startsWith(k, m)", event)
    assert not holds('startsWith(k, m) and concat(k, m) == "zz"', event)
    assert holds('concat(k, m) == "xa"', event)
    assert not holds('concat(k, m) == "aa"', event)


def test_values_are_read_as_the_kind_of_their_field():
    assert holds('string(n) == "7"', {"n": ["7"]})
    assert holds("n + 1 == 8", {"n": ["seven", "7"]})
    assert not holds("n + 1 != 8", {"n": ["seven", "7"]})
    assert holds("string(n) == null", {"n": ["seven"]})
    assert holds('string(ip) == "::1"', {"ip": ["0:0:0:0:0:0:0:1"]})
    assert holds('endsWith(string(t), "T00:00Z")', {"t": [0]})
    assert holds('(ip == "10.0.0.0/8") == true', {"ip": ["10.1.1.1"]})
    assert holds('null == (ip == "10.0.0.0/8")', {"ip": ["host"]})


def test_index_folds_ascii_and_results_fold_all_letters():
    assert not holds('k : "ÉA"', {"k": ["éa"]})
    assert holds('concat(k) : "ÉA"', {"k": ["éa"]})
    assert not holds('k in~ ("ÉA")', {"k": ["éa"]})
    assert holds('concat(k) in~ ("ÉA")', {"k": ["éa"]})


def test_text_functions_have_wildcards_on_bare_fields_only():
    event = {"k": ["a-b*c"]}
    assert holds('stringContains(k, "a*c")', event)
    assert not holds('stringContains(concat(k), "a*c")', event)
    assert holds(r'endsWith(k, "b\\*c")', event)
    assert holds('startsWith(k, "a-")', event)
    assert not holds('startsWith(k, "a*b")', event)


def test_what_elasticsearch_fails_on_is_null():
    assert holds("number(k) == null and not number(k) == 1", {"k": ["many"]})
    assert holds("n / 0 == null", {"n": [1]})


def test_choices_are_bounded():
    many = [f"v{number}" for number in range(200)]
    assert holds('concat(k, m) == "v49v199"', {"k": many, "m": many})
    assert evaluate.MOST_CHOICES == 50 * 200
    assert not holds('concat(k, m) == "v50v0"', {"k": many, "m": many})


def test_equal_values_are_one_choice():
    many = ["a"] * 20_000
    assert holds('concat(k, m) == "ab"', {"k": many, "m": [*many, "b"]})


def test_one_and_true_are_different_values():
    assert holds('concat(u, k) == "trueb"', {"u": [1, True], "k": ["b"]})


def test_a_leaf_over_several_fields_has_no_words():
    leaf = lower(parse("any where startsWith(k, m)"), SCHEMA).stage.condition
    with pytest.raises(ValueError, match="several fields"):
        Evaluator().word(leaf, "a")


def test_a_test_over_one_field_has_words():
    leaf = lower(parse("any where n % 2 == 1"), SCHEMA).stage.condition
    evaluator = Evaluator()
    assert [value for value in (1, 2, "3", "x") if evaluator.word(leaf, value)] == [1, "3"]


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(evaluate, "MOST_KEPT", 3)
    evaluator = Evaluator()
    leaves = [p.Compare(LONG, "==", number) for number in range(10)]
    for _ in range(2):
        found = [leaf.value for leaf in leaves if evaluator.leaf(leaf, lambda _: [4, 7])]
        assert found == [4, 7]
