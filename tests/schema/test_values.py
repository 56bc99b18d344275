"""What a value means as a time, an address, a version, a number or text."""

import datetime as dt
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.schema.values import (
    ip_text,
    number_of,
    parse_block,
    parse_ip,
    parse_time,
    parse_time_nanos,
    text_of,
    time_text,
    utf16_length,
    version_key,
)

NOON = 1_704_110_400_000  # 2024-01-01T12:00:00Z


@pytest.mark.parametrize(
    ("value", "millis"),
    [
        ("2024-01-01T12:00:00Z", NOON),
        ("2024-01-01T12:00:00", NOON),
        ("2024-01-01T12", NOON),
        ("2024-01-01T12:00", NOON),
        ("2024-01-01T12Z", NOON),
        ("2024-01-01T12:00:00.5Z", NOON + 500),
        ("2024-01-01T12:00:00,25Z", NOON + 250),
        ("2024-01-01T12:00:00.123456789Z", NOON + 123),
        ("2024-01-01T12:00:00.1239999999999999Z", NOON + 123),
        ("2024-01-01T14:30:00+02:30", NOON),
        ("2024-01-01T14:30:00+0230", NOON),
        ("2024-01-01T10:00:00-02", NOON),
        ("2024-01-01", NOON - 12 * 3_600_000),
        ("2024-01", NOON - 12 * 3_600_000),
        ("2024", NOON - 12 * 3_600_000),
        ("1969-12-31T23:59:59.999Z", -1),
        ("0001-01-01", -62_135_596_800_000),
        (NOON, NOON),
        (str(NOON), NOON),
        (NOON + 0.75, NOON),
        ("12.9", 12),
        ("-12.9", -13),
        (-1.5, -2),
        (0, 0),
        ("-1", -1),
        ("123", 123),
        ("20240101", 20_240_101),
    ],
    ids=repr,
)
def test_times(value, millis):
    assert parse_time(value) == millis


@pytest.mark.parametrize(
    "value",
    [
        "",
        " 2024-01-01",
        "2024-01-01 12:00:00",
        "2024-01-01T",
        "2024-01-01T24:00:00",
        "2024-01-01T12:60:00",
        "2024-01-01T12:00:60Z",
        "2024-02-30",
        "2024-13-01",
        "2024-1-1",
        "2024-01-01Z",
        "2024-01-01T12:00:00.Z",
        "2024-01-01T12:00:00z",
        "2024-01-01T12:00:00+19:00",
        "2024-01-01T12:00:00+02:60",
        "٢٠٢٤-01-01",
        "0000-01-01",
        "1e3",
        "now",
        "99999999999999999999",
        2**63,
        float("nan"),
        float("inf"),
        True,
        None,
        [],
    ],
)
def test_what_is_no_time(value):
    assert parse_time(value) is None
    assert parse_time_nanos(value) is None


def test_nanoseconds_are_kept():
    assert parse_time_nanos("1970-01-01T00:00:01.000000001Z") == 1_000_000_001
    assert parse_time_nanos("12.000001") == 12_000_001
    assert parse_time_nanos(1) == 1_000_000


def test_nanoseconds_beyond_64_bits_are_refused_but_milliseconds_are_not():
    assert parse_time("9999-01-01") == 253_370_764_800_000
    assert parse_time_nanos("9999-01-01") is None


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_a_time_written_by_python_is_read_exactly(moment):
    text = moment.isoformat()
    micros = (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // (dt.timedelta(microseconds=1))
    assert parse_time(text) == micros // 1000


@given(st.integers(0, 2**62))
def test_the_text_of_a_time_reads_back(nanos):
    assert parse_time_nanos(time_text(nanos)) == nanos


def test_addresses_are_one_number_line():
    assert parse_ip("10.0.0.1") == 0xFFFF_0A00_0001
    assert parse_ip("::ffff:10.0.0.1") == 0xFFFF_0A00_0001
    assert parse_ip("::1") == 1
    assert parse_ip("FE80::1") == parse_ip("fe80:0:0:0:0:0:0:1")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "10.0.0",
        "10.0.0.256",
        "010.0.0.1",
        "fe80::1%eth0",
        "[::1]",
        "host",
        "1.1.1.1/8",
        1,
        None,
    ],
)
def test_what_is_no_address(value):
    assert parse_ip(value) is None


@given(st.ip_addresses())
def test_addresses_read_back(address):
    number = parse_ip(str(address))
    assert parse_ip(ip_text(number)) == number


@pytest.mark.parametrize(
    ("block", "inside", "outside"),
    [
        ("10.6.48.157/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.1.1"], ["11.0.0.0", "::10"]),
        ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "fe80::1"]),  # noqa: S104
        ("192.168.1.1", ["192.168.1.1"], ["192.168.1.2"]),
        ("192.168.1.1/32", ["192.168.1.1"], ["192.168.1.0"]),
        ("fe80::/10", ["fe80::1", "febf::1"], ["fec0::", "10.0.0.1"]),
        ("::/0", ["::", "10.0.0.1", "ffff::"], []),
        ("::ffff:10.0.0.0/104", ["10.1.2.3"], ["11.1.2.3"]),
    ],
)
def test_blocks(block, inside, outside):
    low, high = parse_block(block)
    assert all(low <= parse_ip(address) <= high for address in inside)
    assert not any(low <= parse_ip(address) <= high for address in outside)


@pytest.mark.parametrize(
    "block", ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "/8", "x/8", "1.1.1.1/8/9", 8]
)
def test_what_is_no_block(block):
    assert parse_block(block) is None


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6), st.data())
def test_blocks_agree_with_python(address, data):
    length = data.draw(st.integers(0, address.max_prefixlen))
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    low, high = parse_block(f"{address}/{length}")
    assert (low, high) == (parse_ip(str(network[0])), parse_ip(str(network[-1])))


VERSIONS = [
    "0.9",
    "1",
    "1.0.0-1",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.0+build",
    "1.2",
    "1.2.0",
    "1.10.0",
    "11.0",
    "",
    "01.2",
    "1..2",
    "1.2.x",
    "v1.0",
]


def test_versions_are_ordered_and_what_is_none_comes_last():
    keys = [version_key(text) for text in VERSIONS]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert [version_key(text)[0] for text in VERSIONS] == [False] * 16 + [True] * 5


def test_a_version_of_too_many_parts_is_none():
    assert not version_key(".".join(["1"] * 32))[0]
    assert version_key(".".join(["1"] * 33))[0]
    assert not version_key("1" * 127)[0]
    assert version_key("1" * 128)[0]


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=5),
    st.lists(st.integers(0, 300), min_size=1, max_size=32),
)
def test_versions_compare_number_by_number(left, right):
    texts = [".".join(map(str, numbers)) for numbers in (left, right)]
    assert (version_key(texts[0]) < version_key(texts[1])) == (left < right)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("4624", 4624),
        ("-7", -7),
        ("+7", 7),
        ("007", 7),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("9" * 30, 1e30),
        (2**70, 2.0**70),
        (-(2**63), -(2**63)),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 2.0**64),
        ("0" * 200 + "7", 7.0),
        (10**400, None),
        (1.5, 1.5),
        ("", None),
        (" 1", None),
        ("0x10", None),
        ("1_000", None),
        ("1e999", None),
        ("9" * 5000, None),
        ("٤", None),
        ("nan", None),
        (float("inf"), None),
        (True, None),
        (None, None),
    ],
    ids=repr,
)
def test_numbers(value, number):
    found = number_of(value)
    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        (4624, "4624"),
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        (41.0, "41.0"),
        (1e16, "1e16"),
        (1.5e-7, "1.5e-7"),
        (-0.0, "-0.0"),
    ],
)
def test_texts(value, text):
    assert text_of(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_is_the_number(value):
    assert float(text_of(value)) == value


@given(st.text())
def test_length_is_in_utf16_units(text):
    assert utf16_length(text) == sum(2 if ord(char) > 0xFFFF else 1 for char in text)
