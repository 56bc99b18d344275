"""Plain TOML is read as ``tomllib`` reads it; what is not plain, or no TOML, is left to that."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.rules.plain_toml import plain_document

PLAIN = [
    "",
    "# only this",
    'a = """\nsome\n"quoted" text""" # and """ this\nb = 1\n',
    "a = '''C:\\new ''x'''\nb = '''\n\n'''",
    '[[rule]]\nnote = """one"""\n[[rule]]\nnote = """two"""\n[rule.of]\nx = \'\'\'three\'\'\'',
    'a = {b = """x""", c = ["""y""", {d = """z"""}]}',
    "a = \"\"\"\"\"\"\nb = \"\"\nc = ''\nd = ''''''",
    'a = "x\\ty\\\\" # this\nb = """\\"\\"\\"\\n"""\n',
    'a = ["x",\n  "y", # this\n  ]\nb = []\nc = [ "x" , ]\nd = [[1, -2], [true, false, 0]]',
    'a = [\n  """x""", # = """\n  """y"""]',
    '[a.b.c]\nx = 1\n[a.b]\ny = 2\n[a]\nz = 3\n[ "d e" . f ]\n"g h" = 4',
    "[[a]]\nb = 1\n[a.c]\nd = 2\n[[a.e]]\n[[a.e]]\nf = 3\n[[a]]\n[a.c]\nd = 4",
    'a = {}\nb = { c = 1,d = "x" }\t\n',
]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_is_read(text):
    assert plain_document(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        'a = """x\\\n   y"""',
        'a = "\\u0041"',
        "a.b = 1",
        "a = 1979-05-27",
        "a = 1.5",
        "a = 0x10",
        "a = 1_000",
        'a = """x""""',
        "a = {b.c = 1}",
        "a = " + "[" * 10 + "]" * 10,
        "['a']",
        "[" + "a." * 10 + "a]",
    ],
)
def test_other_toml_is_not_plain(text):
    assert tomllib.loads(text)
    assert plain_document(text) is None


@pytest.mark.parametrize(
    "text",
    [
        'a = "b = """\nc = 1',
        'a = """x""" = 2',
        '"""x""" = 2',
        "a = 1\na = 2",
        'a = """x\x01y"""',
        'a = "x\x7fy"',
        'a = """x\ry"""',
        "# x\x01",
        "a = '''x",
        'a = """x\nb = """y"""',
        'a == """x"""',
        'a = """x"""b = 1',
        "a = 1 b = 2",
        "a = 01",
        "a = [1,, 2]",
        "a = [1 2]",
        "a = {b = 1,}",
        "a = {b = 1, b = 2}",
        "a = {\nb = 1}",
        "[a]\n[a]",
        "[a]\n[[a]]",
        "[[a]]\n[a]",
        "[a.b]\n[[a]]",
        "[[a.b]]\n[[a]]",
        "a = 1\n[a.b]",
        "a = {}\n[a.b]",
        "a = [{}]\n[[a]]",
        "a = [{}]\n[a.b]",
        "[a]\nb = 1\n[a.b]",
        "[a.b]\n[a]\nb = 1",
        "[a]b = 1",
        "[a",
        "[]",
    ],
)
def test_errors_are_left_to_tomllib(text):
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert plain_document(text) is None


def agrees(text):
    """Whether the document is that of ``tomllib``, if the text is plain."""
    found = plain_document(text)
    return found is None or found == tomllib.loads(text)


TOKENS = st.sampled_from(
    [
        *"\"'=#\\\n[]{},.ax0- ",
        '"""',
        "'''",
        'a = """',
        "b = '''",
        "c = [",
        '"""\n',
        "'''\n",
        '\\"',
        "\r\n",
        "\t",
        "\x02",
        "[[rule]]\n",
        "é",
        "true",
    ]
)


@settings(max_examples=200)
@given(st.lists(TOKENS, max_size=24).map("".join))
@example('a = """\n"""\nb = \'\'\'"""\'\'\'\n')
def test_any_text_that_is_plain_is_read_as_tomllib_reads_it(text):
    assert agrees(text)


NAMES = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(".".join)
LINES = st.one_of(
    NAMES.map("[{}]".format),
    NAMES.map("[[{}]]".format),
    st.sampled_from("abc").map("{} = 1".format),
    st.sampled_from("abc").map("{} = {{a = 1}}".format),
    st.sampled_from("abc").map("{} = [{{}}]".format),
)


@settings(max_examples=200)
@given(st.lists(LINES, max_size=8).map("\n".join))
def test_tables_are_nested_as_tomllib_nests_them(text):
    assert agrees(text)


WORDS = st.text(st.sampled_from("\"'\\\n\t =#a0[]é"), max_size=12)


@settings(max_examples=200)
@given(st.lists(WORDS, min_size=1, max_size=4))
def test_strings_of_any_content_are_the_same(words):
    text = "".join(
        f'k{number} = """{word}"""\nl{number} = \'\'\'{word}\'\'\'\nm{number} = ["{word}"]\n'
        for number, word in enumerate(words)
    )
    assert agrees(text)


def test_many_opening_quotes_take_no_time_to_speak_of():
    for piece in ('="""', "='''", '="""\\', '"', "='''\x01", '=""" "', "a=[", "[", "#\n", "{a="):
        text = "a = 1\n" + piece * 50_000
        assert agrees(text[:2_000])
        plain_document(text)
