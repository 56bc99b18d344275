"""Taking long strings out before parsing changes no document, and makes none valid or invalid."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.rules.long_strings import MARK, Shortened


def outcome(parse, text):
    try:
        return parse(text)
    except tomllib.TOMLDecodeError:
        return "no TOML"


def shortened(text):
    return Shortened(text).parsed()


PLAIN = [
    'a = """\nsome\n"quoted" text""" # and """ this\nb = 1\n',
    "a = '''C:\\new ''x'''\nb.c = '''\n\n'''",
    '[[rule]]\nnote = """one"""\n[[rule]]\nnote = """two"""\n[rule.of]\nx = \'\'\'three\'\'\'',
    'a = {b = """x""", c = ["""y""", {d = """z"""}]}',
    "a = \"\"\"\"\"\"\nb = \"\"\nc = ''\nd = ''''''",
]


@pytest.mark.parametrize("text", PLAIN)
def test_long_strings_come_back(text):
    short = Shortened(text)
    assert MARK in short.text
    assert short.parsed() == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        'a = """x\\ty"""',
        'a = """x\\\n   y"""',
        'a = """x""""',
        "a = '''x'''''",
        '"k = """ = """x"""',
        "# = '''\na = 1\n# '''",
        'a = "b = """\nc = 1',
        'a = """x""" = 2',
        '"""x""" = 2',
        'a = """x"""\na = """y"""',
        'a = """x\x01y"""',
        'a = """x\ry"""',
        'a = """x\r\ny"""',
        "a = '''x",
        'a = """x\nb = """y"""',
        'a = [\n  """x""", # = """\n  """y"""]',
        f'a = "{MARK}0"\nb = """x"""',
        'a = "\\uF8FF0"\nb = """x"""',
        'a = "\\U0000f8ff0"\nb = """x"""',
        'a == """x"""',
        'a = """x"""b = 1',
    ],
)
def test_what_is_odd_is_as_tomllib_has_it(text):
    assert outcome(shortened, text) == outcome(tomllib.loads, text)


TOKENS = st.sampled_from(
    [
        *"\"'=#\\\n[]{},.ax0 ",
        '"""',
        "'''",
        'a = """',
        "b.c = '''",
        '"""\n',
        "'''\n",
        '\\"',
        "\\uf8ff",
        "\r\n",
        "\t",
        "\x02",
        MARK,
        "[[rule]]\n",
        "é",
    ]
)


@settings(max_examples=200)
@given(st.lists(TOKENS, max_size=24).map("".join))
@example('a = """\n"""\nb.c = \'\'\'"""\'\'\'\n')
def test_any_text_is_read_as_tomllib_reads_it(text):
    assert outcome(shortened, text) == outcome(tomllib.loads, text)


WORDS = st.text(st.sampled_from("\"'\\\n\t =#a0[]é"), max_size=12)


@settings(max_examples=200)
@given(st.lists(WORDS, min_size=1, max_size=4))
def test_strings_of_any_content_are_the_same(words):
    text = "".join(
        f"k{number} = \"\"\"{word}\"\"\"\nl{number} = '''{word}'''\n"
        for number, word in enumerate(words)
    )
    assert outcome(shortened, text) == outcome(tomllib.loads, text)


def test_many_opening_quotes_take_no_time_to_speak_of():
    for piece in ('="""', "='''", '="""\\', '"', "='''\x01", '=""" "'):
        text = "a = 1\n" + piece * 50_000
        assert outcome(shortened, text[:2_000]) == outcome(tomllib.loads, text[:2_000])
        Shortened(text)
