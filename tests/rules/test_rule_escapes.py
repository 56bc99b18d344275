"""Places in queries that a TOML or JSON text writes with escapes."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.rules.escaped import offsets

ESCAPES = {"\t": "\\t", "\n": "\\n", '"': '\\"', "\\": "\\\\", "\x00": "\\u0000"}


@given(st.text(st.sampled_from('ab"\\\n\té\U0001f514\x00'), max_size=20), st.booleans(), st.data())
def test_each_character_is_found_where_it_is_written(query, long, data):
    places, body = [], ""
    for character in query:
        if long and data.draw(st.booleans()):
            body += data.draw(st.sampled_from(["\\\n", "\\ \n\n  "]))
            # what follows the fold must not be white space as it stands
            plain = False
        else:
            plain = True
        places.append(len(body))
        bare = plain and character not in '"\\\x00' and (long or character != "\n")
        written = ESCAPES.get(character, f"\\U{ord(character):08x}")
        body += character if bare and character not in "\n\t" else written
    quotes = '"""' if long else '"'
    head = f'[rule]\nquery_x = "query"\nquery = {quotes}'
    text = f"{head}{body}{quotes}\nname = 'x'\n"
    assert tomllib.loads(text)["rule"]["query"] == query
    found = offsets(text, query)
    assert [text[at:] for at in found[:-1]] == [text[len(head) + at :] for at in places]
    assert text.startswith(quotes, found[-1])


@given(st.text(st.sampled_from('ab"\\/\n\t\u00e9\U0001f514\x00'), max_size=20), st.data())
def test_each_character_is_found_in_json(query, data):
    places, body = [], ""
    for character in query:
        places.append(len(body))
        plain = json.dumps(character)[1:-1]
        short = json.dumps(character, ensure_ascii=False)[1:-1]
        long = "".join(f"\\u{unit:04X}" for unit in _units(character))
        slash = ["\\/"] if character == "/" else []
        body += data.draw(st.sampled_from([plain, short, long, *slash]))
    head = '{"a": {"query": "x"}, "filters": [1e999, "\\"query"], \n"query": "'
    text = f'{head}{body}", "b": "query"}}'
    found = offsets(text, query)
    assert [at - len(head) for at in found] == [*places, len(body)]


def _units(character):
    code = character.encode("utf-16-be")
    return [int.from_bytes(code[at : at + 2], "big") for at in range(0, len(code), 2)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"query": "ab"}',
        '{"query": 7}',
        '{"query": ["a"]}',
        '{"rule": {"query": "a"}}',
        'query = "b"',
        'query = "ab"',
        'query = "\\u0062"',
        'query = "\\U00110000"',
        'query = "a',
        'query = "\\"a',
    ],
)
def test_a_file_that_does_not_say_the_query_has_no_places_of_it(text):
    assert not offsets(text, "a")
