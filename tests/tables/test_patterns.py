"""Patterns match what their dialects say, in time that no pattern can blow up."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.tables.dissect import Dissector
from tocsin.tables.grok import Grokker
from tocsin.tables.json_path import json_at
from tocsin.tables.patterns import LONGEST, REMEMBERED, Patterns, template_parts
from tocsin.tables.regex.matcher import Pattern
from tocsin.tables.regex.parse import parse_pattern
from tocsin.tables.regex.re2 import re2_text
from tocsin.tables.regex.tree import PatternError


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"a(b)?c", "xac", ["ac", None]),
        (r"(?i)ABC", "xabC", ["abC"]),
        (r"(?i:a)B", "AB ab", ["AB"]),
        (r"(?<w>\w++)-", "ab-c", ["ab-", "ab"]),
        (r"\Qa.b\E+", "a.bbb", ["a.bbb"]),
        (r"[a-z&&[^b]]+", "bacb", ["ac"]),
        (r"[\d\-x]+", "a1-x", ["1-x"]),
        (r"(?<=a)b", "cb ab", ["b"]),
        (r"(?<!a)b", "ab cb", ["b"]),
        (r"x(?!y)", "xy xz", ["x"]),
        (r"a$", "a\n", ["a"]),
        (r"(?m)^b", "a\r\nb", ["b"]),
        (r"a.b", "a\u2028b", None),
        (r"(?s)a.b", "a\nb", ["a\nb"]),
        (r"\x41\u0042\x{1F525}", "AB🔥", ["AB🔥"]),
        (r"\p{Lu}\p{IsAlphabetic}", "aÄß", ["Äß"]),
        (r"(?>a|ab)c", "abc", None),
        (r"(?x) a b # c", "ab", ["ab"]),
        (r"\bab\b", "cab ab", ["ab"]),
        (r"a{2,3}?", "aaaa", ["aa"]),
    ],
)
def test_java_s_expressions_find_what_they_say(pattern, text, found):
    assert Pattern(pattern).find(text) == found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^b", "a\nb", ["b"]),
        ("a.b", "a\nb", None),
        ("(?m)a.b", "a\nb", ["a\nb"]),
        (r"\h+", "xyz1f", ["1f"]),
        (r"\w+", "-é_1-", ["é_1"]),
        ("[[:alpha:]]+", "12ab", ["ab"]),
        ("a{,2}", "aaa", ["aa"]),
    ],
)
def test_oniguruma_s_expressions_differ_where_ruby_s_do(pattern, text, found):
    assert Pattern(pattern, oniguruma=True).find(text) == found


@pytest.mark.parametrize(
    "pattern", ["(a", "a)", "[a", "*a", r"(a)\1", r"\k<a>", "a{3,2}", "a{9999}", r"\y", "(?q)a"]
)
def test_what_is_no_expression_is_told(pattern):
    with pytest.raises(PatternError):
        parse_pattern(pattern)


def test_no_pattern_takes_exponential_time():
    assert Pattern("(a+)+$").find("a" * 2000 + "b") is None
    assert Pattern("(a|aa)+c").find("a" * 2000) is None
    assert Pattern(r"(\w+\s?)+:").find("word " * 500) is None


def test_a_pattern_that_needs_too_much_counts_as_not_matching():
    pattern = Pattern("(?=(?:.*a){300}b).")
    assert pattern.find("a" * 20_000) is None
    assert pattern.given_up == 1


ATOMS = st.sampled_from(["a", "b", ".", "[^a]", "\\b", "(?=b)", "(?!a)", "(?<=a)", "(?:)", "ab"])


@st.composite
def patterns(draw, depth=2):
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.booleans()):
            inner = draw(patterns(depth - 1))
            part = draw(st.sampled_from(["({})", "(?:{})", "(?:{}|b)"])).format(inner)
        else:
            part = draw(ATOMS)
        quantifier = draw(st.sampled_from(["", "", "*", "+?", "?", "{1,2}"]))
        # engines differ in which groups an empty turn of a loop leaves
        never_empty = not any(
            not found[0] for text in ("", "a", "b", "ab c") for found in re.finditer(part, text)
        )
        parts.append(f"(?:{part}){quantifier}" if quantifier and never_empty else part)
    return "".join(parts)


@given(patterns(), st.text(alphabet="abc ", max_size=8))
@settings(max_examples=150, deadline=None)
def test_matches_are_those_of_a_backtracking_engine(pattern, text):
    found = re.search(pattern, text)
    ours = Pattern(pattern).find(text)
    assert (None if ours is None else ours[0]) == (None if found is None else found[0])


def test_replacements_take_groups():
    assert template_parts(r"$1x\$$12${n}", 1, {"n": 1}) == (1, "x", "$", 1, "2", 1)
    assert Pattern("(a)(b)?").replaced("ab a", ("<", 1, 2, ">")) == "<ab> <a>"
    assert Pattern("x*").replaced("axb", ("-",)) == "-a--b-"
    with pytest.raises(PatternError):
        template_parts("$2", 1, {})


def test_re2_is_given_what_it_can_say():
    assert re2_text(parse_pattern(r"a+?(b|[^c])\d").tree) == (
        r"(?:[a])+?((?:[b]|[\x{0}-bd-\x{10ffff}]))[0-9]"
    )
    for pattern in ("a(?=b)", "a++", "(?m)^a", "a$", "(?:a{999}){999}"):
        assert re2_text(parse_pattern(pattern).tree) is None


@pytest.mark.parametrize(
    ("pattern", "text", "parts"),
    [
        ("%{INT:a}-%{DATA:b}\\.%{GREEDYDATA:c}", "x 12-ab.c.d", ["12", "ab", "c.d"]),
        ("%{IP:a}", "at fe80::1%eth0 or 10.0.0.1", ["fe80::1%eth0"]),
        ("%{IPV4:a}", "1.2.3.4.5 999.1.1.1 10.20.30.40", ["1.2.3.4"]),
        ("%{IP:a}:%{POSINT:b}", "1.2.3.4-5.6.7.8:443", ["5.6.7.8", "443"]),
        (
            "%{URIPROTO:a}://%{URIHOST:b}(?:/%{GREEDYDATA:c})?$",
            "curl http://x.y.org:80/z",
            ["http", "x.y.org:80", "z"],
        ),
        ("%{NUMBER:a} %{WORD:b} %{QS:c}", 'v -1.5 ab "q r"', ["-1.5", "ab", '"q r"']),
        (
            "%{TIMESTAMP_ISO8601:a} %{LOGLEVEL:b}",
            "2026-01-02T03:04:05.678Z WARN",
            ["2026-01-02T03:04:05.678Z", "WARN"],
        ),
        ("%{HTTPDATE:a}", "[02/Jan/2026:03:04:05 +0000]", ["02/Jan/2026:03:04:05 +0000"]),
        (
            "%{SYSLOGTIMESTAMP:a} %{SYSLOGHOST:b} %{SYSLOGPROG:c}:",
            "Jan  2 03:04:05 h-1 sshd[12]: x",
            ["Jan  2 03:04:05", "h-1", "sshd[12]"],
        ),
        (
            "%{MAC:a} %{UUID:b}",
            "aa:bb:cc:dd:ee:ff 01234567-89ab-cdef-0123-456789abcdef",
            ["aa:bb:cc:dd:ee:ff", "01234567-89ab-cdef-0123-456789abcdef"],
        ),
        ("%{WINPATH:a}", r"C:\Windows\x.exe", [r"C:\Windows\x.exe"]),
        ("%{EMAILADDRESS:a}", "to a.b@c.org!", ["a.b@c.org"]),
        ("(?<a>x)?y", "y", [None]),
        ("%{INT:a}", "none", None),
    ],
)
def test_grok_takes_texts_apart(pattern, text, parts):
    keys = tuple("abc"[: 1 if parts is None else len(parts)])
    assert Grokker((pattern,), keys).parts(text) == parts


def test_of_several_patterns_the_first_that_fits_counts():
    grok = Grokker(("a=%{INT:n}", "%{WORD:w}"), ("n", "w"))
    assert grok.parts("a=1") == ["1", None]
    assert grok.parts("b=1") == [None, "b"]
    with pytest.raises(PatternError, match="no pattern is called `NOPE`"):
        Grokker(("%{NOPE:a}",), ("a",))


@pytest.mark.parametrize(
    ("pattern", "text", "parts"),
    [
        ("%{a} %{b}", "x y z", ["x", "y z"]),
        ("<%{a}>%{}", "<x>y", ["x"]),
        ("%{a->} %{b}", "x   y", ["x", "y"]),
        ("%{+a/2} %{+a/1}", "x y", ["y,x"]),
        ("%{a} %{?b} %{c}", "x y z", ["x", "z"]),
        ("%{a}=%{b}", "x", None),
        ("a%{a}", "b", None),
        ("%{a}|", "x|", ["x"]),
        ("%{a}|", "x|||", ["x"]),
        ("%{a}", "", None),
        ("x%{a}", "x", None),
        # a delimiter that is repeated makes the next parts empty
        ("%{a} %{b}", "x  y", ["x", ""]),
        ("%{a} %{b} %{c}", "x  y z", ["x", "", "y z"]),
        ("%{a} %{b}:%{c}", "x  y:z", ["x", "", "y:z"]),
        ("%{a} %{b}:%{c}", "x  y", ["x", "", "y"]),
        ("%{a},%{b},%{c}", ",,x", ["", "", "x"]),
        ("%{a},%{b},%{c}", "x,,", ["x", "", ""]),
        ("%{a},%{b},%{c}", "x,y,,,,", ["x", "y", ""]),
        ("%{a->},%{b},%{c}", "x,,,y,,z", ["x", "y", ""]),
        ("%{a->},%{b}", ",,x", ["", "x"]),
        ("%{->},%{a}", ",,x", ["x"]),
        ("%{a} %{b->},", "x y,,,", ["x", "y"]),
        ("%{a->} xy%{b}", "q xy xy xyz", ["q", "z"]),
        # of parts of one name the last counts, unless they are appended
        ("%{a} %{a}", "x y", ["y"]),
        ("%{a} %{+a}", "x y", ["x,y"]),
        ("%{+a/1} %{a} %{+a/2} %{b}", "December 31 1999 z", ["31,December,1999", "z"]),
        ("%{+a/2} %{+a/4} %{+a/1} %{+a/3}", "bar quux foo baz", ["foo,bar,baz,quux"]),
        ("%{a},%%{b}", "x,%y", ["x", "y"]),
    ],
)
def test_dissect_takes_texts_apart(pattern, text, parts):
    keys = tuple(dict.fromkeys(re.findall(r"%\{\+?([a-c])", pattern)))
    assert Dissector(pattern, keys, ",").parts(text) == parts


def test_json_paths_find_nested_and_dotted_keys():
    text = '{"a": {"b.c": [1, {"d": "x"}]}, "e.f": true, "g": null, "h": 1.50}'
    assert json_at(text, "a.b.c[1].d") == "x"
    assert json_at(text, "$.a['b.c'][0]") == "1"
    assert json_at(text, "e.f") == "true"
    assert json_at(text, "a.b.c") == '[1, {"d": "x"}]'
    assert json_at(text, "h") == "1.50"
    assert [json_at(text, path) for path in ("g", "x", "a[0]", "a.b.c[9]", "a..")] == [None] * 5
    assert json_at("no json", "a") is None


def test_a_text_that_comes_again_is_not_tested_again():
    patterns, asked = Patterns(), []
    patterns.searched("v", lambda text: bool(asked.append(text)) or text.startswith("a"))
    several = ["a", "b"] * 3 + ["a" * (LONGEST + 1)] * 2
    assert [patterns.matches_kept(0, text) for text in several] == [True, False] * 3 + [True] * 2
    assert asked == ["a", "b", *several[-2:]], "long ones are not kept"
    for number in range(REMEMBERED):
        patterns.matches_kept(0, str(number))
    patterns.matches_kept(0, "b")
    assert asked[-1] == "b", "only so many are kept"
