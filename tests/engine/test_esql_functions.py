"""Functions of ES|QL: each has the value that Elasticsearch gives."""

import hashlib
import math
from fractions import Fraction

import pytest

import tocsin
from tocsin.languages import QueryError


def one(expression):
    """The value of an expression."""
    query = f"row a = 1 | eval r = {expression} | keep r"
    (row,) = tocsin.query(tocsin.events([]), query, language="esql", now=1_767_268_800_000)
    return row["r"]


NUMBERS = [
    ("log(10)", math.log(10)),
    ("log(2, 8)", 3.0),
    ("log(2.0, 8::unsigned_long)", 3.0),
    ("log(0)", None),
    ("log(-1, 2)", None),
    ("log(1, 5)", None),
    ("log(2, [2, 4])", None),
    ("cbrt(27)", 3.0),
    ("cbrt(-8.0)", -2.0),
    ("cbrt(null)", None),
    ("hypot(3, 4.0)", 5.0),
    ("hypot(1.0e308, 1.5e308)", None),
    ("copy_sign(5, -0.5)", -5),
    ("copy_sign(-5.5, 2)", 5.5),
    ("copy_sign(5.5, -0.0)", -5.5),
    ("scalb(3, 2)", 12.0),
    ("scalb(1.0, -1)", 0.5),
    ("scalb(1.0, 2000)", None),
    ("scalb(1, 9223372036854775807)", None),
    ("sin(0)", 0.0),
    ("cos(0)", 1.0),
    ("tan(0.0)", 0.0),
    ("asin(1)", math.pi / 2),
    ("asin(2)", None),
    ("acos(-1.5)", None),
    ("atan(1)", math.pi / 4),
    ("atan2(1, -1)", 3 * math.pi / 4),
    ("sinh(1000)", None),
    ("cosh(0)", 1.0),
    ("tanh(1000)", 1.0),
    ("asinh(0)", 0.0),
    ("acosh(1)", 0.0),
    ("acosh(0.5)", None),
    ("atanh(0)", 0.0),
    ("atanh(1)", None),
    ("e()", math.e),
    ("pi()", math.pi),
    ("tau()", math.tau),
    ("to_degrees([0.0, 1.0])", [0.0, math.degrees(1)]),
    ("to_degrees(1.0e308)", None),
    ("to_radians(180)", math.pi),
    ("round(18446744073709551615)", 2**64 - 1),
    ("round_to(17, 20, 10, 5)", 10),
    ("round_to(1, 10, 5)", 5),
    ("round_to(2.5, 1, 2)", 2.0),
    ("round_to(null, 1, 2)", None),
    ('round_to("2026-01-05"::datetime, "2026-01-01", "2026-02-01")', "2026-01-01T00:00:00.000Z"),
    ("clamp(5, 1, 3)", 3),
    ("clamp(0, 1, 3)", 1),
    ("clamp(2, 1.5, 10)", 2.0),
    ("clamp(2, null, 10)", None),
    ("clamp(5, 7, 3)", 3),
    ('clamp_min("a", "b")', "b"),
    ('clamp_max("1.10"::version, "1.9")', "1.9"),
    ('clamp_max("10.0.0.9"::ip, "10.0.0.10")', "10.0.0.9"),
    ('greatest("1.10"::version, "1.9"::version)', "1.10"),
    ('least("1.10"::version, "1.9"::version)', "1.9"),
    ('"1.10"::version > "1.9"', True),
]


TEXTS = [
    ('bit_length("é")', 16),
    ('hash("md5", "a")', "0cc175b9c0f1b6a831c399e269772661"),
    ('hash("SHA-1", "a")', "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    ('hash("sha-256", "a")', hashlib.sha256(b"a").hexdigest()),
    ('hash("sha3-512", "é")', hashlib.sha3_512("é".encode()).hexdigest()),
    ('hash(concat("sha", "-512"), "a")', hashlib.sha512(b"a").hexdigest()),
    ('hash(concat("no", "pe"), "a")', None),
    ('url_encode_component("a b~&é")', "a%20b%7E%26%C3%A9"),
    ('url_encode("a b~&")', "a+b%7E%26"),
]
ADDRESSES = [
    ('ip_prefix("1.2.3.4"::ip, 24, 0)', "1.2.3.0"),
    ('ip_prefix("131.2.3.4"::ip, 1, 128)', "128.0.0.0"),
    ('ip_prefix("fe80::cae2:65ff:fece:feb9"::ip, 0, 112)', "fe80::cae2:65ff:fece:0"),
    ('ip_prefix("1.2.3.4", 32, 0)', "1.2.3.4"),
    ('ip_prefix("1.2.3.4"::ip, 33, 0)', None),
    ('ip_prefix("1.2.3.4"::ip, 8, -1)', None),
    ('network_direction("127.0.0.1"::ip, "::1"::ip, ["loopback"])', "internal"),
    ('network_direction("127.0.0.1"::ip, "128.0.0.1"::ip, "loopback")', "outbound"),
    ('network_direction("fe80::1", "127.0.0.3", "loopback")', "inbound"),
    ('network_direction("fe80::1"::ip, "fe81::1"::ip, "loopback")', "external"),
    ('network_direction("8.8.8.8", "10.0.0.1", ["9.0.0.0/8", "private"])', "inbound"),
    ('network_direction("10.0.0.1", "fd12::1", "private")', "internal"),
    ('network_direction("255.255.255.255", "10.0.0.1", "unicast")', "inbound"),
    ('network_direction("169.254.1.1", "224.0.1.9", "public")', "inbound"),
    ('network_direction("224.0.0.9", "ff02::1", "link_local_multicast")', "internal"),
    ('network_direction("::", "0.0.0.1", "unspecified")', "outbound"),
    ('network_direction("8.8.8.8", "10.0.0.1", "nope")', None),
    ('network_direction("8.8.8.8", "10.0.0.1", null)', None),
]
DATES = [
    ('day_name("2026-01-01"::datetime)', "Thursday"),
    ('day_name("1969-12-31T23:59:59.999Z")', "Wednesday"),
    ('month_name("2026-09-30T23:59:59Z")', "September"),
    ("month_name(null)", None),
]


@pytest.mark.parametrize(("expression", "value"), [*NUMBERS, *TEXTS, *ADDRESSES, *DATES])
def test_a_function_has_the_value_that_elasticsearch_gives(expression, value):
    found = one(expression)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("number", [2.0, 27.0, 1000.0, 3.375, 1e-300, -(1e300), 5e-324])
def test_a_cube_root_is_the_nearest_number(number):
    root = one(f"cbrt({number!r})")
    near = (math.nextafter(root, -math.inf), math.nextafter(root, math.inf))
    errors = [abs(Fraction(each) ** 3 - Fraction(number)) for each in near]
    assert abs(Fraction(root) ** 3 - Fraction(number)) <= min(errors)


def test_a_hash_that_nobody_knows_is_told():
    with pytest.raises(QueryError, match="no hash is called `md9`"):
        one('hash("md9", "a")')
