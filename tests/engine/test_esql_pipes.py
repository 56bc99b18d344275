"""Pipes of ES|QL: nulls without a type, groups and what is made of them, expanded values."""

import pytest

import tocsin
from tocsin.languages import QueryError

VISITS = [
    {"n": 1, "place": "Oslo", "tags": ["red", "blue"], "cost": 3.5},
    {"n": 2, "place": "Rome", "tags": "blue", "cost": 2.0},
    {"n": 3, "place": "oslo"},
]


def rows(text, events=VISITS):
    return list(tocsin.query(tocsin.events(events), text, language="esql", now=1_767_268_800_000))


def one(expression, columns="a = 1"):
    """The value of an expression over the columns of `row`."""
    (row,) = rows(f"row {columns} | eval r = {expression} | keep r", [])
    return row["r"]


@pytest.mark.parametrize(
    "expression",
    [
        "nil + 1",
        "2 - (nil * 3)",
        "-nil",
        "nil > 1",
        "nil == other",
        'nil == "x"',
        "nil < now()",
        "now() + nil",
        "nil + now() - 1 hour",
        "1 day + nil + now()",
        "now() - 2 months - nil",
        "not nil",
        "nil and true",
        "nil or false",
        "round(nil, 2) + 1",
        "abs(nil) / 2",
        'concat(nil, "x")',
        "length(nil)",
        "mv_count(nil)",
        "mv_append(nil, [1, 2])",
        "mv_first(mv_sort(nil))",
        "to_lower(nil)",
        "coalesce(nil, other)",
        "case(true, nil, 1)",
        "nil in (1, 2)",
        "date_trunc(1 hour, nil)",
        "cidr_match(nil, nil)",
        'starts_with(nil, "x")',
        "greatest(nil, 1)",
        "version > nil",
    ],
)
def test_a_column_of_nothing_but_null_goes_with_values_of_any_type(expression):
    columns = 'nil = null, other = null, version = "1.2"::version'
    assert one(expression, columns) is None


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("nil is null", True),
        ("nil or true", True),
        ("nil and false", False),
        ("coalesce(nil, 5)", 5),
        ('case(nil, "a", "b")', "b"),
        ("mv_union(nil, [1, 2])", [1, 2]),
    ],
)
def test_null_is_what_is_missing(expression, value):
    assert one(expression, "nil = null") == value


def test_aggregates_of_nothing_but_null_are_null_and_count_none():
    found = rows(
        "row nil = null, n = 2 | stats a = min(nil), b = sum(null), c = avg(nil), d = values(nil), "
        "e = count(nil), f = count_distinct(nil), g = present(nil), h = max(n) | eval i = a + b + 1"
    )
    nothing = dict.fromkeys(("a", "b", "c", "d", "i"))
    assert found == [{**nothing, "e": 0, "f": 0, "g": False, "h": 2}]
    assert rows("row nil = null | stats a = max(nil) by nil") == [{"a": None, "nil": None}]
    assert rows("row nil = null | stats a = max(nil)") == [{"a": None}]


def test_lengths_of_time_may_be_negated_together():
    assert one('"2026-03-31"::date + (-(1 month + 1 day))') == "2026-02-27T00:00:00.000Z"


@pytest.mark.parametrize(
    ("values", "expanded"),
    [("[3, 1, 2]", [3, 1, 2]), ('split("b,a,b", ",")', ["b", "a", "b"]), ("7", [7])],
)
def test_values_are_expanded_in_their_order(values, expanded):
    found = rows(f"row a = 1 | eval a = {values} | mv_expand a")
    assert [row["a"] for row in found] == expanded


def test_expanded_values_stay_in_the_order_of_their_rows():
    found = rows("from x | sort n desc | mv_expand tags | keep n, tags")
    assert [(row["n"], row["tags"]) for row in found] == [
        (3, None),
        (2, "blue"),
        (1, "red"),
        (1, "blue"),
    ]


def test_of_groups_with_one_name_the_last_counts():
    found = rows("from x | stats c = count(*) by g = n, g = to_lower(place) | sort g")
    assert found == [{"c": 2, "g": "oslo"}, {"c": 1, "g": "rome"}]


def test_what_is_made_of_groups_alone_stands_beside_aggregates():
    found = rows(
        "from x | stats size = length(p) + 1, c = count(*), low = to_lower(t) "
        "by p = place, t = tags | sort p, t | keep size, c, low"
    )
    assert [tuple(row.values()) for row in found] == [
        (5, 1, "blue"),
        (5, 1, "red"),
        (5, 1, "blue"),
        (5, 1, None),
    ]
    found = rows('from x | stats u = concat(to_upper(tags), "!") by tags | sort tags')
    assert [row["u"] for row in found] == ["BLUE!", "RED!", None]
    assert rows(
        "from x | stats twice = 2 * bucket(n, 2) by bucket(n, 2) | sort twice | keep twice"
    ) == [
        {"twice": 0.0},
        {"twice": 4.0},
    ]


def test_inline_stats_put_their_groups_last():
    (row, *_) = rows("from x | keep place, n, cost | inline stats m = max(cost) by place | sort n")
    assert list(row.items()) == [("n", 1), ("cost", 3.5), ("m", 3.5), ("place", "Oslo")]


def test_a_group_counts_before_an_aggregate_of_its_name():
    found = rows("from x | stats place = count(*) by place | sort place")
    assert [row["place"] for row in found] == ["Oslo", "Rome", "oslo"]
    found = rows("from x | inline stats place = count(*) by place | sort n | keep place")
    assert [row["place"] for row in found] == ["Oslo", "Rome", "oslo"]


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ('tags like "*"', [1, 2]),
        ('tags rlike ".*"', [1, 2]),
        ('tags like ("x", "**")', [1, 2]),
        ('tags not like "*"', [3]),
        ('not tags rlike ".*"', [3]),
        ('tags like "?*"', [2]),
        ('tags not like "x*"', [2]),
        ('to_upper(tags) like "*" and n < 3', [1, 2]),
    ],
)
def test_a_pattern_that_all_values_meet_asks_whether_there_are_any(condition, numbers):
    assert [row["n"] for row in rows(f"from x | where {condition} | sort n")] == numbers


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("round(25, -1)", 30),
        ("round(7, -40)", 0),
        ("round(-9223372036854775807, -9000000000000000000)", 0),
        ("round(12, 9000000000000000000)", 12),
        ("round(12, null)", None),
        ("round(18446744073709551615, -18)", 18000000000000000000),
        ("round(18446744073709551615, -19)", None),
        ("round(2.5, -400)", 0.0),
        ("round(2.5, 400)", 2.5),
        ("round(1.5e300, 20)", 1.5e300),
        ("mv_sum([18446744073709551615, 0])", 18446744073709551615),
        ("mv_sum([18446744073709551615, 1])", None),
        ("mv_max([+3, - 4, -5])", 3),
    ],
)
def test_numbers_stay_in_the_bounds_of_their_type(expression, value):
    found = one(expression)
    assert found == value
    assert type(found) is type(value)


def test_a_sum_beyond_what_its_type_holds_is_null():
    found = rows("row a = [18446744073709551615, 1] | stats s = sum(a), m = max(a)")
    assert found == [{"s": None, "m": 18446744073709551615}]


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ('place like concat("O", "*")', [1]),
        ('to_lower(place) like to_lower("OSL?")', [1, 3]),
        ('to_lower(place) rlike (concat(start, ".*"), "x")', [1, 3]),
        ("place not like whole", [1, 2]),
    ],
)
def test_a_pattern_may_be_made_of_constants(condition, numbers):
    text = 'from x | eval o = "o", start = concat(o, "s"), whole = concat(start, "*")'
    assert [row["n"] for row in rows(f"{text} | where {condition} | sort n")] == numbers


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("65536 * 65536", None),
        ("1 + 65536 * 65536", None),
        ("n + 1", None),
        ("-n - 2", None),
        ("n - 1 + 1", 2**31 - 1),
        ("65536::long * 65536", 2**32),
        ("2147483648 * 2", 2**32),
        ("length(concat(t, t)) * n", 2 * (2**31 - 1)),
    ],
)
def test_constants_of_32_bits_give_as_many(expression, value):
    assert one(expression, 'n = 2147483647, t = "x"') == value


def test_bounds_lengths_of_time_and_forms_of_dates_may_be_made_of_constants():
    (row,) = rows(
        'row at = "2026-03-04"::date, year = "2026", length = "3 days" '
        '| eval low = concat(year, "-01-01"), form = concat("yyyy", "/MM") '
        "| eval b = at + length::date_period, "
        'c = at - to_timeduration(concat("1 ", "hour")), d = date_format(form, at) '
        "| stats by a = bucket(at, 12, low, at), b, c, d"
    )
    assert list(row.values()) == [
        *("2026-03-02T00:00:00.000Z", "2026-03-07T00:00:00.000Z", "2026-03-03T23:00:00.000Z"),
        "2026/03",
    ]


def test_a_text_that_doubles_is_not_made_before_the_query_runs():
    doubled = " | ".join(["eval a = concat(a, a)"] * 30)
    with pytest.raises(QueryError, match="a pattern of `like` is a constant text"):
        rows(f'row a = "ab" | {doubled} | where "x" like a')


@pytest.mark.parametrize(
    ("part", "value"), [("year", 2026), ("month", 12), ("day", 31), ("hour", 23)]
)
def test_parts_of_a_date_have_functions_of_their_own(part, value):
    assert one(f'{part}("2026-12-31T23:59:59.999Z"::date)') == value
    assert one(f"{part}(nil)", "nil = null") is None
    (row,) = rows(f'row d = ["2026-12-31", "2027-01-01"]::date | eval r = {part}(d) | keep r')
    assert row["r"] is None


def test_the_first_row_by_a_version_is_that_of_the_least_version():
    events = [{"n": 1, "v": "1.10"}, {"n": 2, "v": "1.9"}, {"n": 3, "v": ["1.20", "1.2"]}]
    found = rows("from x | stats f = first(n, v::version), l = last(n, v::version)", events)
    assert found == [{"f": 3, "l": 3}]
    found = rows("from x | stats f = first(n, v::version), l = last(n, v::version)", events[:2])
    assert found == [{"f": 2, "l": 1}]


def test_of_rows_at_one_place_the_first_is_that_with_the_least_value():
    events = [{"n": 1}, {"n": 1, "c": 5}, {"n": 1, "c": 3}, {"n": 1, "c": 4}]
    for some in (events, events[::-1]):
        found = rows("from x | stats f = first(c, n), l = last(c, n)", some)
        assert found == [{"f": 3, "l": 3}]


@pytest.mark.parametrize("order", ["", ", null", ", 7", ", nil"])
def test_without_an_order_the_first_row_is_the_one_that_came_first(order):
    events = [{"c": 4}, {"c": 5}, {"c": 3}]
    found = rows(
        f"from x | eval nil = null | stats f = first(c{order}), l = last(c{order})", events
    )
    assert found == [{"f": 4, "l": 3}]
