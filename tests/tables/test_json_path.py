"""What stands at a path of a JSON text."""

import pytest

from tocsin.tables.json_path import json_at


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ('{"port": 443}', "port", "443"),
        ('{"cost": 1.50}', "cost", "1.50"),
        ('{"cost": 2.5E+3}', "$.cost", "2.5E+3"),
        ('{"id": 123456789012345678901}', "id", "123456789012345678901"),
        ('{"on": true}', "on", "true"),
        # of a key that stands twice the first counts
        ('{"a": "first", "b": 0, "a": "last"}', "a", "first"),
        (
            '{"a": {"b": 2.0, "c": [1e2, 12345678901234567890]}}',
            "a",
            '{"b": 2.0, "c": [1e2, 12345678901234567890]}',
        ),
        # names in quotes
        ('{"it\'s": 1}', r"['it\'s']", "1"),
        (r'{"a\"b": 1}', r'["a\"b"]', "1"),
        (r'{"a\\b": 1}', r"['a\\b']", "1"),
        ('{"": {"x.y": 1}}', "['']['x.y']", "1"),
        ('{"a": 1}', "$.", '{"a": 1}'),
        ('"lone"', "$", "lone"),
        ("null", "$", None),
        ('{"a": NaN}', "a", None),
        ("[ 1 , [ 2 ,3 ] ]", "$[1][0]", "2"),
        # what comes behind the value is not read
        ('{"a": 1', "a", "1"),
        ('{"a": [1], "b": x}', "a", "[1]"),
        ('{"a": [1], "b": x}', "b", None),
        ('{"a" 1}', "a", None),
        ("{a: 1}", "a", None),
        ('{"a": "b', "a", None),
        ('{"a": 1}', "$..a", None),
        ('{"a": [1]}', "a[-1]", None),
        # half a character
        (r'{"a": "\ud800!"}', "a", "?!"),
        (r'{"a": ["\ud800"]}', "a", r'["\ud800"]'),
    ],
)
def test_a_value_is_told_as_it_was_written(text, path, found):
    assert json_at(text, path) == found


def test_a_text_that_is_too_deep_has_no_values():
    assert json_at('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "a") is None


def test_a_number_may_be_long():
    assert json_at('{"a": ' + "7" * 6000 + "}", "a") == "7" * 6000
