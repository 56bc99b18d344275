"""Functions of ES|QL that read texts, at their edges: as Java reads and replaces."""

import pytest

import tocsin


def one(expression):
    """The value of an expression of a text ``t``."""
    (row,) = tocsin.query([], f'row t = "kiwi" | eval r = {expression} | keep r', language="esql")
    return row["r"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        # where a match ends there may be an empty one
        ('replace(t, ".*", "x")', "xx"),
        ('replace(t, "i*", "-")', "-k--w--"),
        ('replace(t, "(i)?$", "<$1>")', "kiw<i><>"),
        ('replace(t, "", ".")', ".k.i.w.i."),
        ('replace(t, "i+", "o")', "kowo"),
        ('replace(t, null, "x")', None),
        ('replace(t, "x", null)', None),
    ],
)
def test_every_match_is_replaced(expression, value):
    assert one(expression) == value


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("%C0%AE%C0%AE/etc", "\ufffd\ufffd\ufffd\ufffd/etc"),
        ("caf%E9+%C3%A9", "caf\ufffd é"),
        ("%E2%82", "\ufffd"),
        ("%e2%82%ac", "€"),
        ("100%", None),
    ],
)
def test_an_address_may_hold_bytes_that_are_no_text(text, decoded):
    assert one(f'url_decode("{text}")') == decoded


@pytest.mark.parametrize(
    ("text", "decoded"),
    [("/3B3/w==", "\ufffdpw\ufffd"), ("cAB3AA==", "p\0w\0"), ("aGk=aGk=", None), ("", "")],
)
def test_base64_may_hold_bytes_that_are_no_text(text, decoded):
    assert one(f'from_base64("{text}")') == decoded


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ('locate(t, "i", -1)', 4),
        ('locate(t, "i", -3)', 2),
        ('locate(t, "k", -3)', 0),
        ('locate(t, "k", -30)', 1),
        ('locate(t, "", 3)', 3),
        ('locate(t, "", 30)', 5),
        ('locate(t, "i", 30)', 0),
        ('locate(t, "i", null)', None),
    ],
)
def test_a_part_may_be_sought_from_the_end_on(expression, place):
    assert one(expression) == place


@pytest.mark.parametrize(
    ("text", "whole", "decimal"),
    [
        ("12", 12, 12.0),
        (" 12\\t", 12, 12.0),
        ("+1.5e1", 15, 15.0),
        ("2.5f", 3, 2.5),
        (".5D", 1, 0.5),
        ("7.", 7, 7.0),
        ("0x1A", None, None),
        ("1_000", None, None),
        ("12L", None, None),
        ("1 2", None, None),
        ("e3", None, None),
        ("inf", None, None),
        ("", None, None),
    ],
)
def test_a_text_is_a_number_as_java_writes_it(text, whole, decimal):
    # out of a row the text is no constant
    row = {"user.name": text.replace("\\t", "\t")}
    query = "from x | keep user.name | eval i = to_integer(user.name), l = to_long(user.name), "
    query += "d = to_double(user.name) | keep i, l, d"
    (found,) = tocsin.query([row], query, language="esql")
    assert tuple(found.values()) == (whole, whole, decimal)
    assert one(f'to_long("{text}")') == whole
    assert one(f'to_double("{text}")') == decimal
