"""Numbers are those of JSON, and exactly those that a double can hold."""

from __future__ import annotations

import random

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from slow_scan import accepts, scanned

from tocsin.columns.cells import FieldSet

A = FieldSet(("a",))
LIMIT = 2**1024 - 2**970
"""What is at least this, is infinite."""


def finite(texts):
    """For each text whether the scanner takes it as a value."""
    cells = scanned([b'{"a":' + text.encode() + b"}" for text in texts], A)
    kept = [at not in cells.rejected for at in range(len(texts))]
    for at, text in enumerate(texts):
        if kept[at]:
            assert (
                cells.text[cells.start[cells.row_start[at]] :][: len(text)].tobytes()
                == text.encode()
            )
    return kept


@given(
    st.lists(st.from_regex(r"\A-?[0-9]{0,4}(\.[0-9]{0,3})?([eE][+-]?[0-9]{0,3})?\Z"), max_size=30)
)
def test_the_grammar_is_that_of_json(texts):
    assert finite(texts) == [accepts(b'{"a":' + text.encode() + b"}") for text in texts]


def near_the_limit():
    """Numbers around the first infinite one, written in many ways."""
    chance = random.Random(4)
    for value in (
        LIMIT - 1,
        LIMIT,
        LIMIT + 1,
        LIMIT // 10,
        LIMIT * 10,
        10**308,
        10**309,
        2**1024 - 1,
    ):
        digits = str(value)
        yield digits
        yield f"-{digits}.0"
        yield f"{digits}.{'9' * 400}e-0"
        for at in chance.sample(range(1, len(digits)), 12):
            yield f"{digits[:at]}.{digits[at:]}e{len(digits) - at}"
            yield f"0.{'0' * at}{digits}E+{len(digits) + at}"
            yield f"{digits}{'0' * at}e-{at}"
    yield from (
        "1e308",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
    )
    yield from ("1e309", "9e999999999999999999999", "0e999999999999999999", "0.000e+400", "1e-400")


@pytest.mark.parametrize("sign", ["", "-"])
def test_numbers_near_infinity_are_judged_exactly(sign):
    texts = [sign + text.removeprefix("-") for text in near_the_limit()]
    want = [float(text) not in (float("inf"), float("-inf")) for text in texts]
    assert finite(texts) == want
    assert True in want
    assert False in want


@given(st.integers(0, 9), st.integers(280, 330), st.integers(-30, 30), st.text("019", max_size=40))
@example(1, 309, 0, "")
def test_digits_and_exponents_weigh_each_other_out(first, digits, power, fraction):
    texts = [
        f"{first or 1}{'0' * (digits - 1)}.{fraction}1e{power}",
        f"0.{'0' * 400}{first or 1}{fraction}e{400 + digits + power}",
    ]
    assert finite(texts) == [abs(float(text)) != float("inf") for text in texts]


def test_what_orjson_makes_of_the_largest_numbers():
    texts = [text for text in near_the_limit() if len(text) < 700]
    for text, kept in zip(texts, finite(texts), strict=True):
        try:
            orjson.loads(text)
        except orjson.JSONDecodeError:
            assert not kept, text
        else:
            assert kept, text


@pytest.mark.parametrize("size", [1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 300, 301, 308])
def test_long_integers_keep_their_text(size):
    text = "1" + "7" * (size - 1)
    assert finite([text, f"-{text}", f"{text}.{text}", f"0.{text}e-{size}"]) == [True] * 4
