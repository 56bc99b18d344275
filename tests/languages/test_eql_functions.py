"""Each function does what its row says, with null and with odd values too."""

import inspect
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.languages.eql.folding import fold_constant
from tocsin.languages.eql.parser import parse_expression
from tocsin.languages.functions import ARITHMETIC, FUNCTIONS, Wants, canonical_name, function
from tocsin.languages.node import Literal

EXAMPLES = [(row.name, call, value) for row in FUNCTIONS.values() for call, value in row.examples]
SAMPLES = {
    Wants.ANYTHING: "x",
    Wants.STRING: "12",
    Wants.NUMBER: 6,
    Wants.INTEGER: 16,
    Wants.BOOLEAN: True,
    Wants.IP: "10.0.0.1",
}


def value_of(text):
    literal = fold_constant(parse_expression(text))
    assert literal is not None, f"{text} is no constant"
    return literal


@pytest.mark.parametrize(("name", "call", "value"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_each_example_of_the_table_holds(name, call, value):
    assert value_of(call) == Literal(value)
    assert call.lower().startswith(name.lower())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_row_is_whole(name):
    row = FUNCTIONS[name]
    assert row.name == name
    assert row.summary.endswith(".")
    assert row.examples
    assert row.folds == any("~(" in call for call, _ in row.examples)
    required = [parameter.optional for parameter in row.parameters]
    assert required == sorted(required), "optional parameters come last"
    inspect.signature(row.run).bind(False, *range(row.least))
    if row.most is not None:
        inspect.signature(row.run).bind(False, *range(row.most))
        with pytest.raises(TypeError):
            inspect.signature(row.run).bind(False, *range(row.most + 1))


def test_names_are_found_in_any_letter_case():
    assert function("CIDRMATCH") is FUNCTIONS["cidrMatch"]
    assert function("nobody") is None
    assert canonical_name("stringcontains") == "stringContains"
    assert canonical_name("Nobody") == "Nobody"
    assert list(FUNCTIONS) == sorted(FUNCTIONS, key=str.lower)


def test_signatures_and_counts():
    assert FUNCTIONS["between"].signature == "between~(source, left, right[, greedy])"
    assert FUNCTIONS["concat"].signature == "concat(value, …)"
    assert [FUNCTIONS["between"].takes_count(count) for count in range(2, 6)] == [
        False,
        True,
        True,
        False,
    ]
    assert FUNCTIONS["cidrMatch"].takes_count(100)
    assert not FUNCTIONS["cidrMatch"].takes_count(1)
    assert FUNCTIONS["cidrMatch"].parameter(17).name == "block"


NULL_IS_A_DEFAULT = {
    ("substring", 1),
    ("substring", 2),
    ("between", 3),
    ("number", 1),
    ("indexOf", 2),
}
"""Arguments for which null stands for what is left out."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_null_argument_gives_null(name):
    row = FUNCTIONS[name]
    arguments = [SAMPLES[parameter.wants] for parameter in row.parameters]
    for fold in (False, True)[: 1 + row.folds]:
        assert row.run(fold, *arguments) is not None or name == "indexOf"
        for index in range(len(arguments)):
            with_null = [*arguments[:index], None, *arguments[index + 1 :]]
            result = row.run(fold, *with_null)
            if (name, index) in NULL_IS_A_DEFAULT:
                assert result == row.run(fold, *arguments[:index]) if index >= row.least else True
            elif (name, index) != ("cidrMatch", 1):
                assert result is None, (name, index)


ROWS = [
    # between
    ('between("abcabc", "a", "c")', "b"),
    ('between("abcabc", "a", "c", true)', "bcab"),
    ('between("abcabc", "a", "c", false)', "b"),
    ('between("abcabc", "c", "a")', ""),
    ('between("c-a", "a", "c", true)', ""),
    ('between("aa", "a", "a", true)', ""),
    ('between("", "a", "c")', ""),
    ('between("abc", "a", "")', "abc"),
    ('between("ABC", "a", "c")', ""),
    ('between~("xABCx", "a", "c")', "B"),
    ('between~("\\u{130}ABC", "a", "c")', "B"),
    # concat and string
    ('concat(1, 2.5, true, "x")', "12.5truex"),
    ("concat(1)", "1"),
    ("concat(null)", None),
    ("string(1.0)", "1.0"),
    ("string(1e7)", "1.0E7"),
    ("string(12345678.9)", "1.23456789E7"),
    ("string(9999999999.999998)", "9.999999999999998E9"),
    ("string(0.001)", "0.001"),
    ("string(0.0001)", "1.0E-4"),
    ("string(-0.00012)", "-1.2E-4"),
    ("string(0.0)", "0.0"),
    ("string(-0.0)", "-0.0"),
    ("string(1e300)", "1.0E300"),
    ("string(18446744073709551615)", "18446744073709551615"),
    ("string(false)", "false"),
    ("string(null)", None),
    # beginnings, ends, parts
    ('startsWith("abc", "abc")', True),
    ('startsWith("ab", "abc")', False),
    ('startsWith("a*c", "a*")', True),
    ('startsWith("abc", "a*")', False),
    ('startsWith~("\\u{c4}pfel", "\\u{e4}P")', True),
    ('startsWith~("\\u{212a}g", "k")', True),
    ('endsWith("abc", "")', True),
    ('endsWith("abc", "bc")', True),
    ('endsWith~("aBC", "Bc")', True),
    ('endsWith~("\\u{e9}", "\\u{c9}")', True),
    ('stringContains("", "")', False),
    ('stringContains("a", "")', False),
    ('stringContains("a*b", "*")', True),
    ('stringContains~("\\u{e9}A", "\\u{c9}a")', True),
    ("startsWith(1234, 12)", True),
    # positions, in UTF-16 units
    ('length("\\u{1f600}x")', 3),
    ('length("\\u{e9}")', 1),
    ("length(1234)", 4),
    ('indexOf("abcabc", "c", 3)', 5),
    ('indexOf("abcabc", "c", 6)', None),
    ('indexOf("abcabc", "a", -5)', 0),
    ('indexOf("abc", "", 2)', 2),
    ('indexOf("abc", "", 9)', 3),
    ('indexOf("\\u{1f600}x", "x")', 2),
    ('indexOf("\\u{1f600}x", "x", 2)', 2),
    ('indexOf("\\u{1f600}x", "y")', None),
    ('indexOf("\\u{1f600}x", "", 9)', 3),
    ('indexOf("ABC", "c")', None),
    ('indexOf~("ABC", "c")', 2),
    ('substring("\\u{1f600}xyz", 2, 3)', "x"),
    ('substring("\\u{1f600}xyz", -2)', "yz"),
    ('substring("abc", 1)', "bc"),
    ('substring("abc", -2, -1)', "b"),
    ('substring("abc", -9, 9)', "abc"),
    ('substring("abc", 9)', ""),
    ('substring("abc", null)', "abc"),
    ('substring("abc", null, 1)', "abc"),
    ('substring("abc", 1, null)', "bc"),
    ('substring("", 0)', ""),
    ("substring(1234, 1, 3)", "23"),
    # numbers
    ('number("-17")', -17),
    ('number("+17")', 17),
    ('number("1e3")', 1000.0),
    ('number(" 1.5 ")', 1.5),
    ('number(" 1 ")', 1.0),
    ('number("0x1F")', 31),
    ('number("0X1F")', None),
    ('number("0x1f", 16)', 31),
    ('number("0x1f", 10)', None),
    ('number("-0x1f", 16)', None),
    ('number("0X1f", 16)', None),
    ('number("0x0x1f", 16)', None),
    ('number("0o17", 8)', None),
    ('number("0b11", 2)', None),
    ('number("0b11", 16)', 2833),
    ('number("1f")', 1.0),
    ('number("1g")', None),
    ('number("31", 13)', 40),
    ('number("zz", 36)', 1295),
    ('number("-ff", 16)', -255),
    ('number("1.5", 16)', None),
    ('number("1", 1)', None),
    ('number("1", 37)', None),
    ('number("")', None),
    ('number("1_000")', None),
    ('number("9223372036854775807")', 2**63 - 1),
    ('number("9223372036854775808")', float(2**63)),
    ('number("9223372036854775808", 8)', None),
    ('number("17", null)', 17),
    # arithmetic
    ("7 / 2", 3),
    ("-7 / 2", -3),
    ("7 / -2", -3),
    ("7 % 3", 1),
    ("-7 % 3", -1),
    ("7 % -3", 1),
    ("7 / 2.0", 3.5),
    ("7.5 % 2", 1.5),
    ("-7.5 % 2", -1.5),
    ("1 / 0", None),
    ("1 % 0", None),
    ("1 / 0.0", math.inf),
    ("-1 / 0.0", -math.inf),
    ("1 + null", None),
    ("-null", None),
    ("18446744073709551615 + 1", float(2**64)),
    ("2 * 3 + 4 * 5 - 1", 25),
    ('1 + "2"', 3),
    ('1 + "x"', None),
    ("1 + true", None),
    ("add(1, 2) * subtract(5, 3)", 6),
    # addresses
    ('cidrMatch("10.0.0.1", "10.0.0.1")', True),
    ('cidrMatch("10.0.0.1", "10.0.0.0/31")', True),
    ('cidrMatch("10.0.0.2", "10.0.0.0/31")', False),
    ('cidrMatch("10.9.9.9", "10.1.2.3/8")', True),
    ('cidrMatch("::ffff:10.0.0.1", "10.0.0.0/8")', True),
    ('cidrMatch("::1", "0.0.0.0/0")', False),
    ('cidrMatch("2001:db8::1", "2001:db8::/32", "10.0.0.0/8")', True),
    ('cidrMatch("localhost", "10.0.0.0/8")', None),
    ('cidrMatch("10.0.0.1", "rubbish", null)', False),
]


@pytest.mark.parametrize(("text", "value"), ROWS, ids=range(len(ROWS)))
def test_values(text, value):
    assert value_of(text) == Literal(value)


def test_division_of_nothing_by_nothing_is_no_number():
    assert math.isnan(ARITHMETIC["/"](0, 0.0))
    assert math.isnan(ARITHMETIC["%"](1.5, 0))


@pytest.mark.parametrize(
    "text",
    ["a", "length(a)", "1 + a", "-a", 'a : "x"', "1 == 1", "nobody(1)", "length()", "length~(1)"],
)
def test_what_has_a_field_or_a_condition_is_no_constant(text):
    assert fold_constant(parse_expression(text)) is None


WORDS = st.text(alphabet="aAbB\u00e9\u00c9\U0001f600 .", max_size=8)


@given(WORDS, st.integers(-10, 10), st.integers(-10, 10))
def test_a_substring_is_a_slice_of_utf16_units(text, start, end):
    units = text.encode("utf-16-le")
    pieces = [units[index : index + 2] for index in range(0, len(units), 2)]
    found = FUNCTIONS["substring"].run(False, text, start, end)
    assert found.encode("utf-16-le", "surrogatepass") == b"".join(pieces[start:end])


@given(WORDS, WORDS)
def test_positions_agree_with_lengths(text, part):
    length, index_of = FUNCTIONS["length"].run, FUNCTIONS["indexOf"].run
    assert length(False, text) == len(text.encode("utf-16-le")) // 2
    before, found, _ = text.partition(part) if part else ("", True, "")
    assert index_of(False, text, part) == (length(False, before) if found else None)


@given(WORDS, WORDS)
def test_the_forms_without_case_agree_with_upper_case(text, part):
    upper, other = text.upper(), part.upper()
    for name in ("startsWith", "endsWith", "stringContains", "indexOf"):
        run = FUNCTIONS[name].run
        assert run(True, text, part) == run(False, upper, other), name


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("0x")
)


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(VALUES, min_size=4, max_size=4), st.booleans())
def test_no_value_makes_a_function_fail(name, values, fold):
    row = FUNCTIONS[name]
    for count in range(row.least, (row.most or 4) + 1):
        result = row.run(fold, *values[:count])
        assert result is None or isinstance(result, str | int | float)
