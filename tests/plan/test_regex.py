"""Lucene's dialect of regular expressions: each construct, and agreement with `re`."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.plan.regex import RegexError, compile_regex, regex_error
from tocsin.plan.regex_texts import needed_texts, only_text

CASES = {
    "abc": (["abc"], ["ab", "abcd", "xabc", "ABC", ""]),
    "": ([""], ["a"]),
    "()": ([""], ["()"]),
    "a.c": (["abc", "a\nc", "a😀c"], ["ac", "abbc"]),
    "^a$": (["^a$"], ["a"]),
    "a|b|": None,
    "ab?": (["a", "ab"], ["abb"]),
    "ab*?": (["a", "abb"], ["b"]),
    "(ab)+": (["ab", "abab"], ["", "aba"]),
    "a{2}": (["aa"], ["a", "aaa"]),
    "a{2,}": (["aa", "aaaa"], ["a"]),
    "a{1,3}": (["a", "aa", "aaa"], ["", "aaaa"]),
    "a{0}": ([""], ["a"]),
    "a{2,2}": (["aa"], ["a", "aaa"]),
    "(a?){2,3}b": (["b", "ab", "aaab"], ["aaaab"]),
    "[a-c]": (["a", "b", "c"], ["d", "B", "-"]),
    "[^a-c]": (["d", "\n", "😀"], ["a", ""]),
    "[]a]": (["]", "a"], ["[]a]"]),
    "[a^]": (["a", "^"], ["b"]),
    r"[\]\-\\]": (["]", "-", "\\"], ["a"]),
    r"[\w-]": (["a", "_", "-", "9"], ["é", " "]),
    r"[\w\.-]": (["a", ".", "-"], ["]", "/", "\\"]),
    r"[\.-9]": ([".", "-", "9"], ["/", "5"]),
    r"[\\-z]": (["\\", "-", "z"], ["a", "]"]),
    r"[^\.-9]": (["5", "/"], [".", "-", "9"]),
    r"[!-\.]": (["!", "-", ".", "#"], ["/", "\\"]),
    r"[.*+?(){}|&@#~<>]": ([*".*+?(){}|&@#~<>"], ["a", ""]),
    r"\d\D": (["1a"], ["11", "٣a", "a1"]),
    r"\s\S": ([" a", "\ta", "\ra", "\na"], ["\u00a0a", "\x0ba", "  "]),
    r"\w\W": (["_-", "aé"], ["é-", "ab"]),
    r"\\": (["\\"], ["\\\\"]),
    r"\.\*\"\/\-\1": (['.*"/-1'], ["a"]),
    '"a.b*"': (["a.b*"], ["axb"]),
    '"a""b"c': (["abc"], ["ab"]),
    "@": (["", "anything\n"], []),
    "a@b": (["ab", "a...b"], ["a"]),
    "#": ([], ["", "#", "a"]),
    "a|#": (["a"], [""]),
    "#*": ([""], ["a"]),
    ".*a&.*b": ([], ["ab", "ba"]),
    "(.*a.*)&(.*b.*)": (["ab", "xbxa"], ["a", "b"]),
    "~(abc)": (["", "ab", "abcd"], ["abc"]),
    "~ab": (["b", "bb", "aab"], ["ab", "a"]),
    "a~b*": (["a", "ac", "abb"], []),
    "x(~(.*b.*))y": (["xy", "xaay"], ["xby"]),
    "x~(a|b)?y": (["xy", "xaby"], ["xay", "xby"]),
    "~~a": (["a"], ["", "b"]),
    "<1-99>": (["1", "99", "07", "0042"], ["0", "100", "", "a"]),
    "<01-10>": (["01", "10", "09"], ["1", "00", "11", "010"]),
    "<0-0>": (["0"], ["", "1", "00"]),
    "<20-5>": (["5", "20", "10"], ["4", "21"]),
    "v<8-123>": (["v8", "v123", "v99"], ["v7", "v124"]),
    "*a": (["*a"], ["a"]),
    "(|a)": (["|a"], ["", "a"]),
    "a|*b": (["a", "*b"], ["b"]),
    "{a}": None,
    "a]b}": (["a]b}"], []),
    ">": ([">"], []),
    "&a": (["&a"], ["a"]),
}


@pytest.mark.parametrize("pattern", [p for p, case in CASES.items() if case], ids=repr)
def test_what_a_pattern_matches(pattern):
    matching, other = CASES[pattern]
    automaton = compile_regex(pattern)
    assert [text for text in matching if not automaton.matches(text)] == []
    assert [text for text in other if automaton.matches(text)] == []


@pytest.mark.parametrize(
    ("pattern", "message", "offset"),
    [
        ("a|b|", "ends where a character", 4),
        ("(a", "expected `)`", 2),
        ("a)", "closes nothing", 1),
        ("[a", "expected `]`", 2),
        ("[", "ends where a character", 1),
        ("[z-a]", "z-a runs backwards", 1),
        ("[a-]", "a-] runs backwards", 1),
        ("a{x}", "expected a number", 2),
        ("a{1", "expected `}`", 3),
        ("a{3,1}", "3 to 1 times runs backwards", 6),
        ("a{99999999999}", "not a number", 2),
        ("a{4294967296}", "too large", 2),
        (r"\n", "`\\n` means nothing", 0),
        (r"a\b", "`\\b` means nothing", 1),
        (r"[\t]", "`\\t` means nothing", 1),
        ("a\\", "ends where a character", 2),
        ('"a', 'expected `"`', 1),
        ("<1-9", "expected `>`", 1),
        ("<abc>", "expected an interval", 1),
        ("<1-2-3>", "not a number", 1),
        ("<-2>", "not a number", 1),
        ("(" * 60 + "a" + ")" * 60, "nested too deeply", 50),
        ("~" * 60 + "a", "nested too deeply", 50),
        ("a" + "?" * 60, "too many quantifiers", 51),
        ("(.*a.{25}){2}", "too complex", 0),
        ("((a{100}){100}){100}", "too complex", 0),
        ("(~(.*a.{9})~(.*b.{9})){20}", "too complex", 0),
        ("(a?){100000}", "too complex", 0),
    ],
    ids=repr,
)
def test_what_is_wrong_with_a_pattern(pattern, message, offset):
    with pytest.raises(RegexError, match=re.escape(message)) as raised:
        compile_regex(pattern)
    assert raised.value.offset == offset
    assert regex_error(pattern) == raised.value.message


def test_a_right_pattern_has_no_error():
    assert regex_error("(a|b)+") is None


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("ab", ["AB", "aB"], []),
        ("[uz]", ["u", "U", "Z"], ["A"]),
        ("[^u]", ["z"], ["u", "U"]),
        ("[a-z]", ["q"], ["Q"]),
        ("[A-Z]", ["Q"], ["q"]),
        (r"\w", ["q", "Q"], []),
        ('"ab"', ["AB"], []),
        ("é", ["é", "É"], ["e"]),
        ("[éz]", ["É", "Z"], ["e"]),
        ("[^é]", ["e"], ["é", "É"]),
        ("[é-ë]", ["é", "ê"], ["É"]),
        ("\u03c3", ["\u03c3", "\u03c2", "\u03a3"], ["s"]),
        ("\u03a9", ["\u03c9", "\u2126"], ["o"]),
        ("k", ["K", "\u212a"], ["c"]),
        ("s", ["S", "\u017f"], ["\u00df"]),
        ("\u00df", ["\u00df", "\u1e9e"], ["s", "ss"]),
        ("\u1fb3", ["\u1fb3", "\u1fbc"], ["\u03b1"]),
        ("i", ["I"], ["\u0131", "\u0130"]),
        ("\u0130", ["i", "\u0130"], ["I", "\u0131"]),
        ("\u04364", ["\u04164"], ["\u04365"]),
        ("\ufb01", ["\ufb01"], ["FI", "fi"]),
        (r"[\é]", ["É"], []),
        (r"[\éz]", ["é", "Z"], ["É"]),
        ("[a-zX]y", ["qY", "xy", "XY"], ["Qy"]),
    ],
)
def test_folding_is_for_single_letters_and_not_for_ranges(pattern, matching, other):
    automaton = compile_regex(pattern, fold=True)
    assert [text for text in matching if not automaton.matches(text)] == []
    assert [text for text in other if automaton.matches(text)] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("", ""),
        ("()", ""),
        ("cmd\\.exe", "cmd.exe"),
        ('"a.b"c', "a.bc"),
        ("[x](y){2}", "xyy"),
        ("ab|ab", "ab"),
        ("a|b", None),
        ("a?", None),
        ("[ab]", None),
        (".", None),
        ("#", None),
        ("~a", None),
        ("a&a", None),
        ("(abc){2000000000}", None),
        ("a)", None),
    ],
    ids=repr,
)
def test_the_one_text_that_a_pattern_matches(pattern, text):
    assert only_text(pattern) == text


def patterns():
    """Pairs of the same pattern as Lucene and as Python write it."""
    leaf = st.sampled_from(
        [
            ("a", "a"),
            ("b", "b"),
            (".", "."),
            ("^", r"\^"),
            ("[ab]", "[ab]"),
            ("[^a]", "[^a]"),
            (r"\d", "[0-9]"),
            (r"\W", "[^a-zA-Z0-9_]"),
            ('"b."', r"b\."),
            ("()", "(?:)"),
            ("#", "(?!)"),
            ("@", ".*"),
            ("<1-3>", "[1-3]"),
            ("😀", "😀"),
        ]
    )

    def grow(inner):
        pair = st.tuples(inner, inner)
        return st.one_of(
            pair.map(lambda p: (p[0][0] + p[1][0], p[0][1] + p[1][1])),
            pair.map(lambda p: (f"({p[0][0]}|{p[1][0]})", f"(?:{p[0][1]}|{p[1][1]})")),
            st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}"])).map(
                lambda p: (f"({p[0][0]}){p[1]}", f"(?:{p[0][1]}){p[1]}")
            ),
        )

    return st.recursive(leaf, grow, max_leaves=5)


texts = st.text(alphabet="ab1.^😀\n", max_size=6)


@given(patterns(), st.lists(texts, min_size=3, max_size=10))
def test_agrees_with_python(pair, candidates):
    lucene, python = pair
    automaton = compile_regex(lucene)
    expected = re.compile(python, re.DOTALL)
    for text in candidates:
        assert automaton.matches(text) == (expected.fullmatch(text) is not None), text


@given(patterns(), patterns(), texts)
def test_intersection_and_complement(one, other, text):
    left, right = (compile_regex(pair[0]).matches(text) for pair in (one, other))
    assert compile_regex(f"(({one[0]})&({other[0]}))").matches(text) == (left and right)
    assert compile_regex(f"~({one[0]})").matches(text) == (not left)
    assert compile_regex(f"(~({one[0]})|({other[0]}))()").matches(text) == (not left or right)


@given(patterns(), st.lists(texts, min_size=3, max_size=6))
def test_the_arrays_say_the_same(pair, candidates):
    automaton = compile_regex(pair[0])
    assert automaton.classes.dtype == np.int32
    assert automaton.transitions.dtype == np.int32
    assert automaton.transitions.shape == (len(automaton.accepting), len(automaton.classes))
    for text in candidates:
        state = 0
        for char in text:
            found = int(np.searchsorted(automaton.classes, ord(char), side="right")) - 1
            state = int(automaton.transitions[state, found])
            if state < 0:
                break
        assert automaton.matches(text) == (state >= 0 and bool(automaton.accepting[state]))


@pytest.mark.parametrize(
    ("pattern", "states", "classes"),
    [
        ("a*", 1, 3),
        ("(a|b)*(a|b)*", 1, 3),
        ("(a|b)", 2, 3),
        ("ab|cb", 3, 5),
        (".*x.*", 2, 3),
        ("#", 1, 1),
        ("~(#)", 1, 1),
        ("@", 1, 1),
        (r"\.[a-z]{1,254}", 256, 5),
    ],
)
def test_automata_are_minimal(pattern, states, classes):
    automaton = compile_regex(pattern)
    assert automaton.transitions.shape == (states, classes)


def test_a_text_of_a_million_characters_is_no_trouble():
    assert not compile_regex("(a|a)*(aa|a)*b").matches("a" * 1_000_000)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r".*\.(vbs|bat)\.exe", (".exe",)),
        ("(vbs|scripts?)", ("script", "vbs")),
        ("(vbs|a)", None),
        ("[eE]xes", ("xes",)),
        ("a(bcd)+e", ("bcd",)),
        ("a(bcd)*e", None),
        ("abc@defg", ("defg",)),
        ("(.*(abc|def).*){40}{40}", ("abc", "def")),
        ("", None),
        ("(", None),
    ],
)
def test_texts_of_which_a_match_holds_one(pattern, texts):
    assert needed_texts(pattern) == texts


@given(patterns(), patterns(), st.text(alphabet="ab1.^", max_size=8))
def test_a_match_holds_a_needed_text(one, other, text):
    pattern = f"aab{one[0]}|{other[0]}bba"
    needed = needed_texts(pattern)
    if needed is not None and compile_regex(pattern).matches(text):
        assert any(part in text for part in needed)
