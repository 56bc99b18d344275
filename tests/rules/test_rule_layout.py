"""Places of keys in a TOML text."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.rules.layout import MOST_DOTS, Layout, unsafe

TEXT = '''
top = 1
[a]
b = "x" # a comment with c = 5
"quo.ted" = [1, 2, { c = "]" }, """
b = 7
"""]
\'lit\' = \'\'\'
c = 9\'\'\'\'
d.e.f = { g = 1 }
[[list]]
x = 1
[[list.inner]]
y = 1
[[list]]
x = 2
[[list.inner]]
y = 2
[[list.inner]]
y = 3
[list.table]
z = 1
'''


@pytest.mark.parametrize(
    ("path", "line", "key"),
    [
        (("top",), 2, "top"),
        (("a",), 3, "[a]"),
        (("a", "b"), 4, "b"),
        (("a", "quo.ted"), 5, '"quo.ted"'),
        (("a", "lit"), 8, "'lit'"),
        (("a", "d", "e", "f"), 10, "d.e.f"),
        (("a", "d", "e", "f", "g"), 10, "d.e.f"),
        (("list", 0), 11, "[[list]]"),
        (("list", 0, "inner", 0, "y"), 14, "y"),
        (("list", 1, "x"), 16, "x"),
        (("list", 1, "inner", 1, "y"), 20, "y"),
        (("list", 1, "table", "z"), 22, "z"),
        (("a", "missing", "deeper"), 3, "[a]"),
    ],
)
def test_a_key_is_found_where_it_stands(path, line, key):
    assert tomllib.loads(TEXT)
    found = Layout(TEXT).find(path)
    assert found is not None
    assert TEXT[found.key.start : found.key.end] == key
    assert TEXT.count("\n", 0, found.key.start) + 1 == line


def test_what_is_nowhere_has_no_place():
    assert Layout(TEXT).find(("nothing",)) is None
    assert Layout("").find(()) is None
    assert Layout("x = ").find(("y",)) is None


def test_a_value_s_place_is_all_of_it():
    found = Layout(TEXT).find(("a", "quo.ted"))
    assert TEXT[found.value.start : found.value.end].startswith("[1, 2")
    assert TEXT[found.value.start : found.value.end].endswith('"""]')


_KEYS = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
_VALUES = st.recursive(
    st.sampled_from(
        ['"a = 1"', "'x]'", '"""\nz = 1\n"""', "'''[t]\n'''", "1", "1.5", "true", "2026-01-01"]
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: "[" + ",\n".join(parts) + "]"),
    max_leaves=4,
)


@given(st.dictionaries(_KEYS, st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=4), max_size=4))
def test_every_key_that_tomllib_knows_has_a_place(tables):
    text = "".join(
        f"[{name}] # {name}\n" + "".join(f"{key} = {value}\n" for key, value in table.items())
        for name, table in tables.items()
    )
    layout = Layout(text)
    for name, table in tomllib.loads(text).items():
        for key in table:
            found = layout.find((name, key))
            assert text[found.key.start : found.key.end] == key
    assert layout.unsafe is None


@given(st.text("[]{}\"'=.#\n\\ ab1", max_size=80))
def test_no_text_is_too_much_for_it(text):
    Layout(text).find(("a", "b"))
    unsafe(text)


@pytest.mark.parametrize(
    "before", ["", "[rule]\n", "x = '''\n'''\n", "x = [\n", "broken\n", "x = {", "["]
)
def test_long_dotted_keys_are_found_whatever_stands_before(before):
    assert unsafe(before + "a." * (2 * MOST_DOTS) + "a = 1") is not None


def test_dots_in_strings_are_harmless():
    dots = "a." * 1000
    assert unsafe(f'x = "{dots}"\n# {dots}\ny = """\n{dots}\n"""\nz = [\'{dots}\']') is None
