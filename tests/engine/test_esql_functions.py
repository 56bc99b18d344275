"""Functions of ES|QL: each has the value that Elasticsearch gives."""

import hashlib
import math
from fractions import Fraction

import pytest

import tocsin
from tocsin.languages import QueryError


def one(expression):
    """The value of an expression."""
    command = "stats by" if expression.startswith(("bucket(", "bin(")) else "eval"
    query = f"row a = 1 | {command} r = {expression} | keep r"
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
CASES = [
    ('to_upper("straße ﬁ")', "STRASSE FI"),
    ('to_upper("abc")', "ABC"),
    ('to_lower("ΟΔΟΣ É")', "οδος é"),
    ('to_lower(["É", "Ab", "c"])', ["é", "ab", "c"]),
    ("to_upper(null)", None),
]
OVERFLOWS = [
    ("18446744073709551615 + 1", None),
    ("9223372036854775808 - 9223372036854775809", None),
    ("18446744073709551615 - 1", 2**64 - 2),
    ("18446744073709551615 * 0", 0),
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


LISTS = [
    ('mv_zip(["a", "b", "c"], ["1", "2"], "-")', ["a-1", "b-2", "c"]),
    ('mv_zip("a", ["1", "2"])', ["a,1", "2"]),
    ('mv_zip(null, ["x", "y"])', ["x", "y"]),
    ('mv_zip("x", "y", null)', None),
    ("mv_median([1, 2])", 1),
    ("mv_median([-2, -1])", -2),
    ("mv_median([1.0, 2.5, 3.0])", 2.5),
    ("mv_median([9223372036854775807, 9223372036854775805])", 2**63 - 2),
    ("mv_median(null)", None),
    ("mv_median_absolute_deviation([0, 2, 5, 6])", 2),
    ("mv_median_absolute_deviation([1.0, 2.0, 4.0])", 1.0),
    ("mv_percentile([5, 5, 10, 12, 5000], 50)", 10),
    ("mv_percentile([1, 4], 50)", 2),
    ("mv_percentile([-1.0, 2.0], 50)", 0.5),
    ("mv_percentile([3, 1, 2], 100)", 3),
    ("mv_percentile([3, 1, 2], 0.0)", 1),
    ("mv_percentile([3, 1, 2], 101)", None),
    ("mv_percentile([9223372036854775807, 9223372036854775805], 50)", 2**63 - 2),
    ("mv_pseries_weighted_sum([70.0, 45.0, 21.0, 21.0, 21.0], 1.5)", 94.45465156212452),
    ("mv_pseries_weighted_sum([1.0e308, 1.0e308], 0.0)", None),
    ("mv_intersects([1, 2], [2, 3])", True),
    ("mv_intersects([1, 2], 3)", False),
    ("mv_intersects(null, 3)", False),
    ("mv_union([2, 1, 2], [3, 1])", [2, 1, 3]),
    ("mv_union([1, 2], 2.5)", [1.0, 2.0, 2.5]),
    ("mv_union(null, [2, 2, 1])", [2, 1]),
    ("mv_union(null, null)", None),
    ('mv_difference(["a", "b", "c", "b"], "a")', ["b", "c", "b"]),
    ("mv_difference([1, 2], [2, 1])", None),
    ("mv_difference([1, 1], null)", [1, 1]),
    ("mv_difference(null, [1])", None),
    ("mv_append([1], [2.5])", [1.0, 2.5]),
    ('mv_sort(["1.10", "1.9"]::version)', ["1.9", "1.10"]),
    ('mv_sort(["1.9", "1.10"]::version, "desc")', ["1.10", "1.9"]),
    ('mv_max(["1.10", "1.9"]::version)', "1.10"),
]
SPANS = [
    ('"2026-01-01"::datetime + "3 days"::date_period', "2026-01-04T00:00:00.000Z"),
    ('"2026-01-01"::datetime - "3 HOURS"::time_duration', "2025-12-31T21:00:00.000Z"),
    ('"2026-01-31"::datetime + to_dateperiod("1 month")', "2026-02-28T00:00:00.000Z"),
    ('"2026-01-01"::datetime + to_timeduration("90 min")', "2026-01-01T01:30:00.000Z"),
    ('"2026-01-01"::datetime - "1 day"', "2025-12-31T00:00:00.000Z"),
    ('date_trunc("1 month", "2026-03-31"::datetime)', "2026-03-01T00:00:00.000Z"),
    # several months or years are counted from the year 1 on
    ('date_trunc(2 years, "2026-07-01"::datetime)', "2025-01-01T00:00:00.000Z"),
    ('date_trunc(5 months, "2026-07-01"::datetime)', "2026-06-01T00:00:00.000Z"),
    ('date_trunc(1 quarter, "1969-12-31"::datetime)', "1969-10-01T00:00:00.000Z"),
    ('bucket("1985-07-09"::datetime, "1 week")', "1985-07-08T00:00:00.000Z"),
    ('bucket("1985-07-09"::datetime, 20, "1985-01-01", "1986-01-01")', "1985-07-01T00:00:00.000Z"),
    ('bucket("1985-07-09"::datetime, 100, "1985-01-01", "1986-01-01")', "1985-07-08T00:00:00.000Z"),
    ('bucket("1985-07-09"::datetime, 12, "1985-01-01", "1986-01-01")', "1985-07-01T00:00:00.000Z"),
    ('bucket("1985-07-09"::datetime, 11, "1985-01-01", "1986-01-01")', "1985-01-01T00:00:00.000Z"),
    ("bucket(now() - 5 minutes, 24, now() - 1 day, now())", "2026-01-01T11:00:00.000Z"),
    ("bucket(now() - 5 minutes, 23, now() - 1 day, now())", "2026-01-01T09:00:00.000Z"),
    ("bucket(now(), 5, null, now())", None),
    ("bucket(27000, 20, 25324, 74999)", 25000.0),
    ("bucket(27000, 5000)", 25000.0),
    ("bucket(-0.5, 2)", -2.0),
    ("bucket(5, 0)", None),
    ("bucket(5, 10, 3, 3)", None),
    ("bin(27, 10)", 20.0),
]


@pytest.mark.parametrize(
    ("expression", "value"),
    [*NUMBERS, *TEXTS, *ADDRESSES, *DATES, *LISTS, *SPANS, *CASES, *OVERFLOWS],
)
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
    with pytest.raises(QueryError, match="`algorithm` of `hash` is not `md9`"):
        one('hash("md9", "a")')


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("1 day", "no column holds a value of type time span"),
        ("date_trunc(0 days, now())", "a length of time above 0"),
        ('"soon"::time_duration', "a length of time is written as `5 minutes`"),
        ('bucket("a", 5)', "`field` of `bucket` is double"),
        ("bucket(now(), 5)", "`size` of `bucket` is"),
        ("bucket(now(), 5, 1, 2)", "`from` of `bucket` is date"),
        ("now() - now()", "date_diff"),
        ('mv_sort([1, 2], "up")', "`order` of `mv_sort` is not `up`; there is asc, desc"),
        ('["a", 1]', "a list holds values of one type"),
        ('date_extract("day_of_weak", now())', "did you mean `day_of_week`"),
        ('date_diff("fortnight", now(), now())', "is not `fortnight`"),
        ('now() > "now-1d"', "write `now\\(\\) - 1 day`"),
        ('to_ip("10.0.0.1") == "10.0.0.0/8"', "cidr_match"),
        ('categorize("a")', "`categorize` is not supported"),
        ("st_geohash(to_geopoint(null), 2)", "Tocsin knows points"),
        ("avg_over_time(a)", "time series"),
        ("any_value(a)", "no function is called `any_value`"),
    ],
)
def test_what_cannot_be_is_told_with_what_to_write_instead(expression, told):
    with pytest.raises(QueryError, match=told):
        one(expression)


EVENTS = [
    {"g": "a", "process.pid": 1, "@timestamp": "2026-01-01T00:00:03Z", "source.bytes": 1},
    {"g": "a", "process.pid": [2, 6], "@timestamp": "2026-01-01T00:00:01Z", "source.bytes": 3},
    {"g": "a", "@timestamp": "2026-01-01T00:00:02Z", "user.name": "y", "source.bytes": 1},
    {"g": "a", "process.pid": 5, "@timestamp": "2026-01-01T00:00:04Z", "source.bytes": 3},
    {"g": "b", "process.pid": 9, "@timestamp": "2026-01-01T00:00:02Z", "user.name": ["y", "z"]},
]


@pytest.mark.parametrize(
    ("aggregate", "a", "b"),
    [
        ("variance(process.pid)", 4.25, 0.0),
        ("median_absolute_deviation(process.pid)", 2.0, 0.0),
        ("mv_median(values(process.pid))", 3, 9),
        # a value of several has no product, but its weight counts
        ("weighted_avg(process.pid, source.bytes)", 2.0, None),
        ("weighted_avg(process.pid, 2)", 3.5, 9.0),
        ("present(user.name)", True, True),
        ("absent(user.name)", False, False),
        ('absent(user.name) where user.name == "x"', True, True),
        ("present(process.exit_code)", False, False),
        ("sample(process.pid, 2)", [1, 2], 9),
        ("sample(user.name, 5)", "y", ["y", "z"]),
        ("sample(user.name, 5) where process.pid > 0", None, ["y", "z"]),
        ("earliest(process.pid)", [2, 6], 9),
        ("latest(process.pid)", 5, 9),
        ("latest(process.pid) where process.pid < 5", 1, None),
        ("round(median_absolute_deviation(process.pid) / 3, 1)", 0.7, 0.0),
    ],
)
def test_an_aggregate_has_the_value_that_elasticsearch_gives(aggregate, a, b):
    query = f"from x | stats r = {aggregate} by g | sort g"
    found = list(tocsin.query(tocsin.events(EVENTS), query, language="esql"))
    assert [row["r"] for row in found] == [a, b]
    assert [type(row["r"]) for row in found] == [type(a), type(b)]


def test_versions_are_sorted_as_versions():
    query = 'row v = ["1.10", "1.9", "1.2"]::version | mv_expand v | sort v desc'
    found = list(tocsin.query(tocsin.events([]), query, language="esql"))
    assert [row["v"] for row in found] == ["1.10", "1.9", "1.2"]
    query = query.replace("sort v desc", 'stats t = top(v, 2), l = top(v, 2, "asc")')
    found = list(tocsin.query(tocsin.events([]), query, language="esql"))
    assert found == [{"t": ["1.10", "1.9"], "l": ["1.2", "1.9"]}]


def test_time_is_cut_into_buckets_without_being_named():
    query = "from x | stats n = count(*) by b = tbucket(2 seconds) | sort b"
    found = list(tocsin.query(tocsin.events(EVENTS), query, language="esql"))
    assert [(row["b"][17:19], row["n"]) for row in found] == [("00", 1), ("02", 3), ("04", 1)]


@pytest.mark.parametrize(
    ("moment", "parts"),
    [
        (
            "2026-08-30T13:45:06.789Z",
            {
                "aligned_day_of_week_in_month": 2,
                "aligned_day_of_week_in_year": 4,
                "aligned_week_of_month": 5,
                "aligned_week_of_year": 35,
                "ampm_of_day": 1,
                "clock_hour_of_ampm": 1,
                "clock_hour_of_day": 13,
                "day_of_month": 30,
                "day_of_week": 7,
                "DAY_OF_YEAR": 242,
                "epoch_day": 20695,
                "era": 1,
                "hour_of_ampm": 1,
                "hour_of_day": 13,
                "instant_seconds": 1788097506,
                "micro_of_second": 789_000,
                "milli_of_day": 49_506_789,
                "milli_of_second": 789,
                "minute_of_day": 825,
                "minute_of_hour": 45,
                "month_of_year": 8,
                "nano_of_second": 789_000_000,
                "offset_seconds": 0,
                "proleptic_month": 24319,
                "second_of_day": 49_506,
                "second_of_minute": 6,
                "year": 2026,
                "year_of_era": 2026,
            },
        ),
        (
            "1969-12-31T00:00:00.001Z",
            {
                "ampm_of_day": 0,
                "clock_hour_of_ampm": 12,
                "clock_hour_of_day": 24,
                "epoch_day": -1,
                "hour_of_day": 0,
                "instant_seconds": -86400,
                "micro_of_day": 1000,
                "milli_of_second": 1,
                "nano_of_day": 1_000_000,
            },
        ),
    ],
)
def test_every_part_of_a_date_can_be_asked_for(moment, parts):
    told = ", ".join(f'r{number} = date_extract("{part}", d)' for number, part in enumerate(parts))
    query = f'row d = "{moment}"::datetime | eval {told} | drop d'
    (row,) = tocsin.query(tocsin.events([]), query, language="esql")
    assert list(row.values()) == list(parts.values())


@pytest.mark.parametrize(
    ("aggregate", "told"),
    [
        ('top(process.pid, 2, "up")', "`order` of `top` is not `up`"),
        ("top(process.pid, 0)", "`limit` of `top` is 1 at least"),
    ],
)
def test_what_an_aggregate_cannot_give_is_told(aggregate, told):
    with pytest.raises(QueryError, match=told):
        list(tocsin.query(tocsin.events(EVENTS), f"from x | stats {aggregate}", language="esql"))
