"""ES|QL questions about events: rows of a table."""

import pytest

import tocsin
from tocsin.engine.query_esql import esql_table
from tocsin.languages import QueryError
from tocsin.schema.fields import Schema

EVENTS = [
    {
        "@timestamp": "2026-01-01T00:00:01Z",
        "host": {"id": "h1"},
        "process": {"args": ["a", "b"], "pid": 5},
        "source": {"ip": "10.0.0.1"},
        "my": {"n": 1.5, "f": True},
    },
    {"@timestamp": "2026-01-01T00:00:02Z", "host.id": "h2", "process.pid": 7, "tags": ["c"]},
    {"host.id": "h1", "process.pid": 8},
]
NOON = 1_767_268_800_000


def rows(text, events=EVENTS, **options):
    options.setdefault("now", NOON)
    return list(tocsin.query(tocsin.events(events), text, language="esql", **options))


def one(expression, **options):
    """The value of an expression."""
    command = "stats by" if expression.startswith("bucket(") else "eval"
    (row,) = rows(f"row a = 1 | {command} r = {expression} | keep r", [], **options)
    return row["r"]


def test_all_columns_of_events_come_in_order_of_their_names():
    found = rows("from logs-* metadata _id | sort process.pid desc | limit 1")
    assert list(found[0]) == [
        *("@timestamp", "host.id", "my.f", "my.n", "process.args", "process.pid", "source.ip"),
        *("tags", "_id"),
    ]
    assert found[0]["process.pid"] == 8
    assert found[0]["@timestamp"] is None


@pytest.mark.parametrize("point", [{"lat": 1.5, "lon": 2}, "1.5, 2", [2, 1.5]])
def test_a_point_is_one_column_however_events_write_it(point):
    event = {"host.geo": {"location": point, "name": "n"}, "my.location": {"lat": 3, "lon": 4}}
    told = {"host.geo.location": "POINT (2.0 1.5)", "host.geo.name": "n"}
    assert rows("from x | drop my.*", [event]) == [told]
    assert rows("from x | keep my.*", [event]) == [{"my.location.lat": 3, "my.location.lon": 4}]


def test_fields_that_nobody_knows_have_the_types_of_their_values():
    (row,) = rows("from x | where my.f and my.n > 1")
    assert (row["my.n"], row["my.f"], row["source.ip"]) == (1.5, True, "10.0.0.1")


def test_fields_that_are_only_named_have_the_types_of_their_values_too():
    events = [
        {"n": number, "big": big, "mix": mix, "deep": {"er": [number, 2.5]}, "b": number == 1}
        for number, big, mix in ((1, 2**64 - 1, 1), (10, -(2**63), "x"))
    ]
    found = rows("from x | keep n, big, mix, deep.er, b | sort n desc | limit 1", events)
    assert found == [{"n": 10, "big": str(-(2**63)), "mix": "x", "deep.er": [10, 2.5], "b": False}]
    text = "from x | stats c = count(*) by n, big, b | where c == 1 | sort n"
    assert [(row["n"], row["big"]) for row in rows(text, events)] == [
        (1, str(2**64 - 1)),
        (10, str(-(2**63))),
    ]
    assert rows("from x | keep n, nothing", events[:1], rows=1) == [{"n": 1, "nothing": None}]


def test_what_a_query_asks_of_a_field_goes_before_its_values():
    assert rows('from x | where n == "5" | keep n, m', [{"n": 5, "m": 6}]) == [{"n": "5", "m": 6}]


@pytest.mark.parametrize(
    ("values", "greatest", "half"),
    [((5, 7), 7, 3), ((5, [7, 9]), 5, 2), ((5, 7.5), 7.5, 3.75), (("5", 7), 7.0, 3.5)],
)
def test_numbers_that_no_schema_knows_are_whole_where_all_of_them_are(values, greatest, half):
    text = "from x | where n > 4 | stats m = max(n) | eval h = m / 2"
    (found,) = rows(text, [{"n": value} for value in values])
    assert found == {"m": greatest, "h": half}
    assert type(found["m"]) is type(greatest)


def test_whole_numbers_beyond_64_bits_keep_their_digits():
    assert rows("from x", [{"n": 2**64 - 1}]) == [{"n": str(2**64 - 1)}]


def test_groups_count_a_row_once_for_each_value():
    found = rows("from x | stats n = count(*) by process.args | sort process.args")
    assert [(row["process.args"], row["n"]) for row in found] == [("a", 1), ("b", 1), (None, 2)]


def test_answers_never_depend_on_the_batches():
    text = "from x | stats n = count(*), p = values(process.pid) by host.id | sort host.id"
    assert (
        rows(text, rows=1)
        == rows(text)
        == [
            {"n": 2, "p": [5, 8], "host.id": "h1"},
            {"n": 1, "p": 7, "host.id": "h2"},
        ]
    )


def test_kql_is_asked_of_events():
    found = rows('from x | where not kql("host.id: h1 and process.pid > 5") | keep process.pid')
    assert [row["process.pid"] for row in found] == [5, 7]


def test_now_is_what_was_said():
    assert one("now()") == "2026-01-01T12:00:00.000Z"
    assert one('date_diff("hours", "2026-01-01T10:30:00Z"::datetime, now())') == 1


def test_a_query_of_no_events_is_a_row():
    assert rows('row a = 1, b = "x" | eval c = concat(b, to_string(a))', []) == [
        {"a": 1, "b": "x", "c": "x1"}
    ]


def test_an_empty_answer_still_has_columns():
    table = esql_table(tocsin.events(EVENTS), "from x | where process.pid > 99", Schema())
    assert "process.pid" in table.columns
    assert list(table.rows) == []


def test_without_groups_there_is_always_a_row():
    assert rows("from x | where process.pid > 99 | stats n = count(*), m = max(process.pid)") == [
        {"n": 0, "m": None}
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("from x | where a ==", "ESQ001"),
        ("from x | where length(process.pid) > 1", "ESQ102"),
        ('from x | where user.name rlike "(a"', "ESQ112"),
        ('from x | eval a = replace(user.name, "(a)", "$2")', "ESQ112"),
        ('from x | grok message "%{NOPE:a}"', "ESQ112"),
        ('from x | eval a = date_format("yyyy-QQ", @timestamp)', "ESQ112"),
        ('from x | eval a = date_parse("[yyyy", user.name)', "ESQ112"),
        ('from x | eval a = date_parse(user.name, "2026")', "ESQ107"),
        ('from x | where kql("a : (b or")', "ESQ113"),
        ('from x | where date_extract("hour", @timestamp) > 20', "ESQ114"),
        ('from x | where date_diff("lightyear", @timestamp, now()) > 20', "ESQ114"),
        ("from x | completion a = message with {}", "ESQ120"),
    ],
)
def test_what_cannot_be_asked_is_told_before_events_are_read(text, code):
    with pytest.raises(QueryError) as caught:
        rows(text)
    assert code in [found.code for found in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        # comparisons of several values are null, and so are calls of single-value functions
        ("[1, 2] == 1", None),
        ('concat(["a", "b"], "c")', None),
        ('to_upper(["a", "b"])', ["A", "B"]),
        ("null == null", None),
        ("null or true", True),
        ("not (null and true)", None),
        ("1 in (2, null)", None),
        ("1 in (1, null)", True),
        # numbers
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 / 2.0", 3.5),
        ("7 % 0", None),
        ("1 / 0", None),
        ("9223372036854775807 + 1", None),
        ("1.0e308 * 10.0", None),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -3.0),
        ("round(1234.567, -2)", 1200.0),
        ("round(17, -1)", 20),
        ("abs(-3)", 3),
        ("ceil(1.2)", 2.0),
        ("floor(-1.2)", -2.0),
        ("pow(2, 10)", 1024.0),
        ("sqrt(-1)", None),
        ("log10(100)", 2.0),
        ("signum(-3)", -1.0),
        ("greatest(1, 3, 2)", 3),
        ("greatest([4, 9], 7)", 9),
        ("greatest([4, 9], 7, null)", None),
        ('least("b", ["c", "a"])', "a"),
        ("greatest([true, false])", True),
        ('least(["1.10", "1.9"]::version, "1.11")', "1.9"),
        ('to_text(["x", "y"])', ["x", "y"]),
        ("least(1, null)", None),
        # texts
        ('length("a🔥é")', 3),
        ('byte_length("é")', 2),
        ('substring("hello", 2, 3)', "ell"),
        ('substring("hello", -3)', "llo"),
        ('substring("hello", 0, 1)', "h"),
        ('left("hello", 2)', "he"),
        ('right("hello", 2)', "lo"),
        ('trim("\\t a ")', "a"),
        ('ltrim(" a ")', "a "),
        ('rtrim(" a ")', " a"),
        ('starts_with("abc", "ab")', True),
        ('ends_with("abc", "bc")', True),
        ('contains("abc", "d")', False),
        ('locate("hello", "l")', 3),
        ('locate("hello", "l", 4)', 4),
        ('locate("hello", "x", 2)', 0),
        ('replace("a1b22", "[0-9]+", "<$0>")', "a<1>b<22>"),
        ('replace("aXb", "(?i)x(?=b)", "-")', "a-b"),
        ('split("a,b,,c", ",")', ["a", "b", "", "c"]),
        ('concat("x", space(2), "y")', "x  y"),
        ('repeat("ab", 2)', "abab"),
        ('reverse("abc")', "cba"),
        ('url_decode("a%20b+c")', "a b c"),
        ('url_decode("%zz")', None),
        ('url_decode("%ff%c3%a9+%2F")', "\ufffdé /"),
        ('url_encode("a b&c")', "a+b%26c"),
        ('from_base64("aGk=")', "hi"),
        ('from_base64("aGk")', "hi"),
        ('from_base64("###")', None),
        ('from_base64("MIIPcm9vdMOp")', "0\ufffd\x0frooté"),
        ('to_base64("hi")', "aGk="),
        ('sha256("")', "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ('md5("")', "d41d8cd98f00b204e9800998ecf8427e"),
        # patterns
        ('"abc" like "a*"', True),
        ('"a*c" like """a\\*c"""', True),
        ('"abc" like """a\\*c"""', False),
        ('"abc" like "a?c"', True),
        ('"abc" like "?"', False),
        ('"a%b" like "*%*"', True),
        ('"abc" not like ("x*", "*c")', False),
        ('"abc" rlike "a.c|x"', True),
        ('"abc" rlike "b"', False),
        ('"ab12" rlike """[a-z]+\\d{2}"""', True),
        # lists
        ("mv_first([3, 1, 2])", 3),
        ("mv_last([3, 1, 2])", 2),
        ("mv_min([3, 1, 2])", 1),
        ("mv_max([3, 1, 2])", 3),
        ("mv_sum([3, 1, 2])", 6),
        ("mv_avg([1, 2])", 1.5),
        ("mv_count([3, 1])", 2),
        ('mv_concat(["a", "b"], "-")', "a-b"),
        ("mv_dedupe([2, 1, 2])", [2, 1]),
        ('mv_sort([2, 1, 3], "desc")', [3, 2, 1]),
        ("mv_slice([1, 2, 3, 4], 1, 2)", [2, 3]),
        ("mv_slice([1, 2, 3, 4], -2, -1)", [3, 4]),
        ("mv_slice([1, 2], 5, 6)", None),
        ("mv_slice([1, 2], 0, 9)", [1, 2]),
        ("mv_append([1], [2, 3])", [1, 2, 3]),
        ("mv_contains([1, 2, 3], [3, 1])", True),
        ("mv_contains([1, 2], 4)", False),
        ("mv_intersection([1, 2, 2, 3], [3, 2])", [2, 3]),
        ("mv_intersection([1], [2])", None),
        # conditions
        ('case(false, "a", true, "b", "c")', "b"),
        ('case(null, "a")', None),
        ("case(1 > 2, 1, 3)", 3),
        ('coalesce(null, "a", "b")', "a"),
        # types
        ('to_integer("12")', 12),
        ('to_integer("12.7")', 13),
        ('to_long("-2.5")', -2),
        ("to_integer(-2.5)", -2),
        ("to_long(-3.5)", -3),
        ("to_long(4503599627370497.0)", 4503599627370497),
        ('"2.5"::long', 3),
        ('to_integer("x")', None),
        ("to_integer(3000000000)", None),
        ("to_long(2.5)", 3),
        ('to_double("1e3")', 1000.0),
        ('to_boolean("TRUE")', True),
        ("to_boolean(0)", False),
        ("to_string(1.0)", "1.0"),
        ("to_string(true)", "true"),
        ("to_string([1, 2])", ["1", "2"]),
        ('to_string(to_ip("::ffff:10.0.0.1"))', "10.0.0.1"),
        ('to_ip("nope")', None),
        ('to_ip("10.0.0.9") > "10.0.0.10"::ip', False),
        ('to_version("1.10") > "1.9"::version', True),
        ('cidr_match("10.1.2.3"::ip, "10.0.0.0/8", "::1")', True),
        ('cidr_match("11.1.2.3"::ip, "10.0.0.0/8")', False),
        ('"2026-01-01"::datetime == "2026-01-01T00:00:00.000Z"', True),
        ("to_long(to_datetime(5))", 5),
        # dates
        ('date_trunc(1 hour, "2026-01-02T03:04:05Z"::datetime)', "2026-01-02T03:00:00.000Z"),
        ('date_trunc(1 week, "2026-01-04T03:04:05Z"::datetime)', "2025-12-29T00:00:00.000Z"),
        ('date_trunc(1 month, "2026-01-31T03:04:05Z"::datetime)', "2026-01-01T00:00:00.000Z"),
        ('date_trunc(1 year, "1969-07-31T03:04:05Z"::datetime)', "1969-01-01T00:00:00.000Z"),
        ('date_trunc(5 minutes, "1969-12-31T23:59:59Z"::datetime)', "1969-12-31T23:55:00.000Z"),
        ('"2026-03-31"::datetime - 1 month', "2026-02-28T00:00:00.000Z"),
        ('"2026-03-31"::datetime + 1 day', "2026-04-01T00:00:00.000Z"),
        ('date_diff("month", "2026-01-31"::datetime, "2026-03-30"::datetime)', 1),
        ('date_diff("month", "2026-01-31"::datetime, "2026-02-28"::datetime)', 0),
        ('date_diff("month", "2026-03-01"::datetime, "2026-01-31T01:00:00Z"::datetime)', -1),
        ('date_diff("mm", "2026-01-31T12:00:00Z"::datetime, "2026-03-01"::datetime)', 0),
        ('date_diff("yyyy", "2024-02-29"::datetime, "2025-02-28"::datetime)', 0),
        ('date_diff("quarters", "2026-12-31"::datetime, "2025-12-30"::datetime)', -4),
        ('date_diff("ns", "2026-01-01T00:00:01Z"::datetime, "2026-01-01"::datetime)', -(10**9)),
        ('date_diff("ns", "2026-01-02"::datetime, "2026-01-01"::datetime)', None),
        ('date_diff("ms", "2026-01-01"::datetime, "2026-01-20"::datetime)', 19 * 86_400_000),
        ('date_diff("ms", "2026-01-01"::datetime, "2026-01-26"::datetime)', None),
        ('date_diff("weekdays", "2026-01-01"::datetime, "2026-01-26"::datetime)', 25),
        ('date_diff("s", "2026-01-02"::datetime, "2026-01-01"::datetime)', -86400),
        ('date_extract("HOUR_of_day", "2026-01-02T03:04:05Z"::datetime)', 3),
        ('date_extract("aligned_week_of_year", "2027-01-01"::datetime)', 1),
        ('date_extract("aligned_week_of_month", "2027-01-08"::datetime)', 2),
        ('date_extract("minute_of_day", "1969-12-31T03:04:05Z"::datetime)', 184),
        ('date_extract("milli_of_second", "1969-12-31T03:04:05.678Z"::datetime)', 678),
        ('bucket("2026-01-02T03:04:05Z"::datetime, 1 day)', "2026-01-02T00:00:00.000Z"),
        ('date_format("2026-01-02T03:04:05Z"::datetime)', "2026-01-02T03:04:05.000Z"),
        ('date_format("yyyy-MM", "2026-01-02T03:04:05Z"::datetime)', "2026-01"),
        ('date_format(null, "2026-01-02"::datetime)', None),
        ('date_format("HH", ["2026-01-02", "2026-01-03"]::datetime)', None),
        ('date_parse("yyyy-MM-dd", "2026-01-02")', "2026-01-02T00:00:00.000Z"),
        ('date_parse("yyyy-MM-dd", "2026-02-30")', None),
        ('date_parse("2026-01-02T03:04:05Z")', "2026-01-02T03:04:05.000Z"),
        ('date_parse("yyyy", "nope")', None),
        # places
        ('st_x(to_geopoint("POINT(12.5 41.9)"))', 12.5),
        ('st_y(to_geopoint("POINT(12.5 41.9)"))', 41.9),
        (
            'round(st_distance(to_geopoint("POINT(0 0)"), to_geopoint("POINT(0 1)")) / 1000.0)',
            111.0,
        ),
        # JSON
        ('json_extract("""{"a": {"b": [1, "x"]}}""", "a.b[1]")', "x"),
        ('json_extract("nope", "a")', None),
    ],
)
def test_an_expression_has_the_value_that_elasticsearch_gives(expression, value):
    found = one(expression)
    assert found == value
    assert type(found) is type(value)


AGGREGATED = [
    {"g": "a", "process.pid": 1, "@timestamp": "2026-01-01T00:00:03Z", "user.name": "x"},
    {"g": "a", "process.pid": [2, 2, 5], "@timestamp": "2026-01-01T00:00:01Z"},
    {"g": "a", "@timestamp": "2026-01-01T00:00:02Z", "user.name": "y"},
    {"g": "b", "process.pid": 9, "@timestamp": "2026-01-01T00:00:02Z", "user.name": ["y", "z"]},
]


@pytest.mark.parametrize(
    ("aggregate", "a", "b"),
    [
        ("count(*)", 3, 1),
        ("count(process.pid)", 4, 1),
        ("count_distinct(process.pid)", 3, 1),
        ("count_distinct(user.name)", 2, 2),
        ("sum(process.pid)", 10, 9),
        ("avg(process.pid)", 2.5, 9.0),
        ("min(process.pid)", 1, 9),
        ("max(process.pid)", 5, 9),
        ("median(process.pid)", 2.0, 9.0),
        ("percentile(process.pid, 100)", 5.0, 9.0),
        ("percentile(process.pid, 100.5)", None, None),
        ("percentile(process.pid, -1)", None, None),
        ("percentile(process.pid, -(50 - 1) + 2 * 49 + 1)", 2.0, 9.0),
        ("top(process.pid, 3 - 1)", [5, 2], 9),
        ("count_distinct(process.pid, 10 * 10)", 3, 1),
        ("round(std_dev(process.pid), 1)", 1.5, 0.0),
        ("round(std_var(process.pid), 2)", 2.25, 0.0),
        ("values(user.name)", ["x", "y"], ["y", "z"]),
        ("top(process.pid, 2)", [5, 2], 9),
        ('top(process.pid, 2, "asc")', [1, 2], 9),
        ("first(process.pid, @timestamp)", [2, 2, 5], 9),
        ("last(user.name, @timestamp)", "x", ["y", "z"]),
        ("first(user.name, @timestamp)", None, ["y", "z"]),
        ("first(user.name, process.pid)", "x", ["y", "z"]),
        ("first(user.name, null)", "x", ["y", "z"]),
        ("last(mv_max(process.pid), process.pid)", 5, 9),
        ("last(@timestamp, process.pid)", "2026-01-01T00:00:01.000Z", "2026-01-01T00:00:02.000Z"),
        ("count(*) where process.pid > 3", 0, 1),
        ("sum(process.pid) / count(*)", 3, 9),
        ("max(@timestamp)", "2026-01-01T00:00:03.000Z", "2026-01-01T00:00:02.000Z"),
        ('max(case(user.name == "x", 1, 0)) + 1', 2, 1),
        ("mv_first(values(user.name))", "x", "y"),
    ],
)
def test_an_aggregate_is_about_all_values_of_a_group(aggregate, a, b):
    found = rows(f"from x | stats r = {aggregate} by g | sort g", AGGREGATED)
    assert [row["r"] for row in found] == [a, b]


@pytest.mark.parametrize(
    ("pipes", "expected"),
    [
        ('where user.name == "x" | keep g', [{"g": "a"}]),
        ('where not user.name == "x" | keep g, user.name', [{"g": "a", "user.name": "y"}]),
        ("where user.name is null | keep g", [{"g": "a"}]),
        ('where user.name : "z" | keep g', [{"g": "b"}]),
        ('where match(user.name, "z") | keep g', [{"g": "b"}]),
        ("sort process.pid | keep process.pid | limit 1", [{"process.pid": 1}]),
        (
            "sort @timestamp desc | keep @timestamp | limit 1",
            [{"@timestamp": "2026-01-01T00:00:03.000Z"}],
        ),
        (
            "sort user.name desc nulls last, process.pid | keep user.name | limit 1",
            [{"user.name": ["y", "z"]}],
        ),
        (
            'where g == "b" | mv_expand user.name | keep user.name',
            [{"user.name": "y"}, {"user.name": "z"}],
        ),
        ("inline stats n = count(*) by g | where n == 1 | keep g, n", [{"g": "b", "n": 1}]),
        ("inline stats m = max(process.pid) | keep m | limit 1", [{"m": 9}]),
        ("rename g as h | stats n = count(*) by h | sort h | drop n", [{"h": "a"}, {"h": "b"}]),
        ("stats n = count(*) by g | stats m = max(n), s = sum(n)", [{"m": 3, "s": 4}]),
        ('where g == "b" | eval g = concat(g, "!"), h = g | keep g, h', [{"g": "b!", "h": "b!"}]),
        (
            'where g == "b" | eval m = "k=1 v=x" | dissect m "k=%{k} v=%{v}" | keep k, v',
            [{"k": "1", "v": "x"}],
        ),
        ('where g == "b" | grok g "(?<c>[a-z])%{INT:n:int}?" | keep c, n', [{"c": "b", "n": None}]),
        (
            r'''where g == "b" | eval m = """\\b(?<""" | grok m """\\\\(?<c>.)\(\?<""" | keep c''',
            [{"c": "b"}],
        ),
        ("stats by g | sort g", [{"g": "a"}, {"g": "b"}]),
        (
            "stats n = count(*) by t = date_trunc(2 seconds, @timestamp) | sort t | keep n",
            [{"n": 1}, {"n": 3}],
        ),
    ],
)
def test_pipes_do_what_they_say(pipes, expected):
    assert rows(f"from x | {pipes}", AGGREGATED) == expected


def test_a_text_field_is_asked_for_words():
    events = [{"message": "Failed password for root"}, {"message": "Accepted"}]
    found = rows('from x | where message : "PASSWORD nope" | stats n = count(*)', events)
    assert found == [{"n": 1}]


@pytest.mark.parametrize(
    ("value", "options", "held"),
    [
        ("svch0st.exe", '{"fuzziness": 1}', True),
        ("scvhost.exe", '{"fuzziness": 1}', True),
        ("svch0st.exe", '{"fuzziness": 0}', False),
        ("svchostx.exes", '{"fuzziness": "AUTO", "max_expansions": 10}', True),
        ("xvchostx.exes", '{"fuzziness": "AUTO"}', False),
        ("svchost.exe", "{}", True),
    ],
)
def test_a_word_may_be_nearly_right(value, options, held):
    query = f'from x | where match(process.name, "svchost.exe", {options}) | keep process.name'
    assert bool(rows(query, [{"process.name": value}])) == held


SEARCHED = {
    "message": "Failed: password for ROOT from 10.0.0.1, v.2",
    "user.name": ["Ann Smith", "bob"],
    "process.pid": 5,
    "my.note": "a new Note",
}


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ('message : "root nobody"', True),
        ('message : "passwor"', False),
        # words are cut as the standard analyser cuts them
        ('message : "2"', True),
        ('message : "0.1"', False),
        ('message : "10.0.0.1"', True),
        ('match(message, "root nobody", {"operator": "AND"})', False),
        ('match(message, "root from nobody", {"minimum_should_match": 2})', True),
        ('match(message, "root nobody", {"minimum_should_match": "100%"})', False),
        ('match(message, "root nobody", {"minimum_should_match": "-1"})', True),
        ('match(message, "pasword", {"fuzziness": "AUTO"})', True),
        ('match(message, "apssword", {"fuzziness": 1})', True),
        ('match(message, "pasword", {"fuzziness": "AUTO:8,9"})', False),
        ('match(message, "pasword", {"fuzziness": "AUTO:7,9"})', True),
        ('match(message, "pssword", {"fuzziness": "AUTO:1,2"})', True),
        ('match(message, "apssword", {"fuzziness": 1, "fuzzy_transpositions": false})', False),
        ('match(message, "bassword", {"fuzziness": 1, "prefix_length": 1})', False),
        ('match_phrase(message, "PASSWORD for root")', True),
        ('match_phrase(message, "password root")', False),
        ('match_phrase(message, "...")', False),
        # a keyword is searched as it stands
        ('user.name : "bob"', True),
        ('user.name : "Bob"', False),
        ('user.name : "Smith"', False),
        ('match_phrase(user.name, "Ann Smith")', True),
        ('match_phrase(user.name, "Ann")', False),
        ('match(user.name, "Ann Smyth", {"fuzziness": 1})', True),
        ('match(user.name, "ann smyth", {"fuzziness": 1})', False),
        ("match_phrase(process.pid, 5)", True),
        # a field that nobody knows is taken for a text
        ('my.note : "note"', True),
        ('multi_match("root bob", user.name, my.note)', False),
        ('multi_match("bob", user.name, message)', True),
        ('multi_match("new note", message, my.note, {"type": "phrase"})', True),
        ('multi_match("note new", message, my.note, {"type": "phrase"})', False),
        ('multi_match("root note", message, my.note, {"operator": "and"})', False),
        ('qstr("user.name:bob AND process.pid:>4")', True),
        ('qstr("user.name:ann*")', False),
        ('not qstr("user.name:ann*") and kql("user.name: bob")', True),
        ('qstr("user.name:bob") and kql("user.name:bob") and not kql("user.name:x")', True),
    ],
)
def test_a_search_is_about_words_of_texts_and_whole_keywords(condition, held):
    assert bool(rows(f"from x | where {condition}", [SEARCHED])) == held
    # the same where no filter leaves events out before
    assert rows(f"from x | stats n = count(*) where {condition}", [SEARCHED]) == [{"n": held}]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ('match(message, "a", {"slop": 1})', "`match` has no option `slop`"),
        ('match(message, "a", {"fuzziness": 7})', "cannot be `7`"),
        ('match(message, "a", {"analyzer": "whitespace"})', "cannot be `whitespace`"),
        ('match_phrase(message, "a", {"slop": 2})', "cannot be `2`"),
        ('multi_match("a", message, {"type": "cross_fields"})', "cannot be `cross_fields`"),
        ('qstr("user.name:(")', "the Lucene query cannot be used"),
        ("match_phrase(message, user.name)", "`query` of `match_phrase` is a constant"),
    ],
)
def test_what_a_search_cannot_do_is_told(call, told):
    with pytest.raises(QueryError, match=told):
        rows(f"from x | where {call}", [SEARCHED])


def test_all_words_may_be_asked_for():
    query = 'from x | where match(message, "a b", {"operator": "AND"}) | keep message'
    assert rows(query, [{"message": "B x a"}, {"message": "a"}]) == [{"message": "B x a"}]


def test_what_stands_around_aggregates_may_be_what_rows_are_grouped_by():
    query = (
        'from x | stats r = concat(host.id, "-", to_string(count(*))), m = max(process.pid) - p '
        "by host.id, p = process.pid % 2 | sort host.id, p | keep r, m"
    )
    assert rows(query) == [
        {"r": "h1-1", "m": 8},
        {"r": "h1-1", "m": 4},
        {"r": "h2-1", "m": 6},
    ]
    query = (
        'from x | stats r = date_diff("hour", bucket(@timestamp, 1 day), max(@timestamp)) '
        "by bucket(@timestamp, 1 day) | keep r"
    )
    assert rows(query)[0] == {"r": 0}
    with pytest.raises(QueryError, match="neither in an aggregate nor behind `by`"):
        rows("from x | stats r = max(process.pid) - process.pid by host.id")


def test_parts_of_one_name_are_several_values():
    query = 'row a = "1 2 x" | grok a "%{NUMBER:n:int} %{NUMBER:n:int}" | eval s = mv_sum(n)'
    assert rows(f"{query} | keep n, s", []) == [{"n": [1, 2], "s": 3}]
    events = [{"process": {"args": ["-p", "user=root", "user=bin"]}}, {"process": {"args": "-x"}}]
    query = 'from x | dissect process.args "user=%{name}" | stats n = count(*) by name | sort name'
    assert [(row["name"], row["n"]) for row in rows(query, events)] == [
        ("bin", 1),
        ("root", 1),
        (None, 1),
    ]


@pytest.mark.parametrize(
    ("read", "values", "rising"),
    [
        ("process.pid", [5, [2, 9], 3, None, [10, 4]], [[2, 9], 3, [10, 4], 5, None]),
        ("process.name", ["b", ["z", "a"], None, "c"], [["z", "a"], "b", "c", None]),
        (
            "source.ip",
            ["10.0.0.10", "10.0.0.9", ["200.0.0.1", "1.1.1.1"]],
            [["200.0.0.1", "1.1.1.1"], "10.0.0.9", "10.0.0.10"],
        ),
        (
            "to_version(process.name)",
            ["1.10", "1.9", ["1.2", "1.11"], "x"],
            [["1.2", "1.11"], "1.9", "1.10", "x"],
        ),
    ],
)
def test_rows_are_sorted_by_the_least_value_or_falling_by_the_greatest(read, values, rising):
    field = read.removeprefix("to_version(").removesuffix(")")
    events = [{"@timestamp": 0, field: value} for value in values]
    found = rows(f"from x | eval v = {read} | sort v | keep v", events)
    assert [row["v"] for row in found] == rising
    if None in values:
        found = rows(f"from x | eval v = {read} | sort v desc | keep v", events)
        assert found[0]["v"] is None
    found = rows(f"from x | eval v = {read} | sort v desc nulls last | limit 1 | keep v", events)
    assert found[0]["v"] in ([10, 4], ["z", "a"], ["200.0.0.1", "1.1.1.1"], "x")


def test_versions_in_a_cell_are_sorted_as_versions():
    text = '["1.10", "x", "1.9"]::version'
    assert one(f"mv_sort({text})") == ["1.9", "1.10", "x"]
    assert one(f'mv_sort({text}, "desc")') == ["x", "1.10", "1.9"]


@pytest.mark.parametrize(
    ("step", "numbers"),
    [
        ('dissect process.args "%{w} %{n}"', ["1", ["2", "3"], "4", None, ["1", "1"]]),
        ('grok process.args "%{WORD:w} %{INT:n:int}"', [1, [2, 3], 4, None, [1, 1]]),
    ],
)
def test_each_of_several_values_is_taken_apart(step, numbers):
    cells = ["a 1", ["b 2", "c 3"], ["nope", "d 4"], None, ["x 1", "x 1"]]
    events = [{"@timestamp": at, "process.args": cell} for at, cell in enumerate(cells)]
    found = rows(f"from x | {step} | keep w, n", events)
    assert [row["w"] for row in found] == ["a", ["b", "c"], "d", None, ["x", "x"]]
    assert [row["n"] for row in found] == numbers
    assert rows(f'from x | {step} | where w == "d" | keep w', events) == [{"w": "d"}]
    text = f"from x | {step} | mv_expand w | where w is not null | stats c = count(*)"
    assert rows(text, events) == [{"c": 6}]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("%{WORD:x} (?:%{INT:x}|z)", ["a", "1", "c", "3"]), ("nothing%{WORD:x}", None)],
)
def test_what_is_found_in_several_values_is_one_cell(pattern, found):
    query = f'row a = ["a 1", "b", "c 3"] | grok a "{pattern}" | drop a'
    assert rows(query, []) == [{"x": found}]


def test_numbers_that_a_query_asks_for_are_whole_where_their_values_are():
    events = [{"n": 7, "d": 7, "at": "2026-01-01"}, {"n": 4, "d": 0.5, "at": "2025-12-31"}]
    found = rows("from x | eval a = n / 2, b = n + 1, c = d / 2 | keep n, a, b, c | sort n", events)
    assert [list(map(repr, row.values())) for row in found] == [
        ["4", "2", "5", "0.25"],
        ["7", "3", "8", "3.5"],
    ]
    assert rows("from x | stats m = max(n) by odd = n % 2 | sort odd", events) == [
        {"m": 4, "odd": 0},
        {"m": 7, "odd": 1},
    ]


@pytest.mark.parametrize("end", ["", " | keep n"])
def test_texts_are_compared_to_dates_as_dates(end):
    events = [{"n": 1, "at": "2025-12-31"}, {"n": 2, "at": "2026-01-01"}]
    text = 'from x | where at < "2026-01-01"::date and at > now() - 1 year'
    assert [row["n"] for row in rows(text + end, events)] == [1]


@pytest.mark.parametrize(
    "told",
    [
        "41.5,12.25",
        "POINT (12.25 41.5)",
        [12.25, 41.5],
        [12.25, 41.5, 80.0],
        {"lat": 41.5, "lon": 12.25},
        {"type": "Point", "coordinates": [12.25, 41.5]},
    ],
)
def test_a_point_may_be_written_in_many_ways(told):
    query = "from x | keep source.geo.location | eval x = st_x(source.geo.location)"
    query += " | eval y = st_y(source.geo.location) | keep x, y"
    events = [{"@timestamp": 0, "source": {"geo": {"location": told}}}]
    assert rows(query, events) == [{"x": 12.25, "y": 41.5}]
