"""The checks type every column, and refuse what cannot be with a place and a hint."""

import pytest

from tocsin.diagnostics import Severity
from tocsin.diagnostics.esql_codes import ESQL_CODES
from tocsin.languages import QueryError
from tocsin.languages.esql.check import check
from tocsin.languages.esql.extracts import dissect_pieces, grok_names
from tocsin.languages.esql.functions import FUNCTIONS
from tocsin.languages.esql.parser import parse
from tocsin.languages.esql.places import BUCKETS
from tocsin.languages.esql.searches import SEARCHES
from tocsin.languages.esql.typed import Filter
from tocsin.languages.esql.types import Type
from tocsin.schema.fields import Schema

SCHEMA = Schema()
LATER = ("ESQ112", "ESQ113")
"""What is found when patterns and KQL are compiled."""


def checked(text, **options):
    return check(parse(text), SCHEMA, text, **options)


def columns(text, **options):
    found = checked(text, **options)
    assert found.pipeline is not None, found.diagnostics
    return {column.name: column for column in found.pipeline.result}


def types(text, **options):
    return {name: str(column.type) for name, column in columns(text, **options).items()}


def test_columns_have_the_types_that_the_schema_and_the_functions_say():
    assert types(
        "from x | eval a = process.pid + 1, b = process.pid * 1.0, c = to_lower(user.name), "
        'd = @timestamp - 5 minutes, e = event.category == "x", f = 7 / 2, g = length("x") '
        "| keep a, b, c, d, e, f, g"
    ) == {
        "a": "long",
        "b": "double",
        "c": "keyword",
        "d": "date",
        "e": "boolean",
        "f": "long",
        "g": "long",
    }


def test_cells_may_hold_several_values_where_fields_and_lists_do():
    found = columns(
        "from x | eval a = process.args, b = to_upper(process.args), c = concat(user.name), "
        'd = mv_first(process.args), e = coalesce(process.args, "x"), f = split(user.name, " ") '
        "| keep a, b, c, d, e, f, @timestamp"
    )
    assert {name for name, column in found.items() if column.multi} == {"a", "b", "e", "f"}


def test_a_field_that_no_schema_knows_has_the_type_that_is_asked_of_it():
    found = types(
        'from x | where my.count > 5 and cidr_match(my.address, "10.0.0.0/8") and my.flag '
        "| keep my.count, my.address, my.flag, my.name"
    )
    assert found == {
        "my.count": "double",
        "my.address": "ip",
        "my.flag": "boolean",
        "my.name": "keyword",
    }
    assert types("from x | stats m = max(my.count) | where m > 5")["m"] == "double"
    observed = {"my.count": Type.LONG}
    assert types("from x | stats m = max(my.count) | where m > 5", observed=observed)["m"] == "long"


def test_keep_drop_rename_and_stats_leave_what_they_name():
    assert list(columns("from x | keep b, a, b.c | rename a as d | drop b")) == ["d", "b.c"]
    found = columns("from x | eval Esql.a = 1, Esql.b = 2, c = 3 | keep c, Esql.*")
    assert list(found) == ["c", "Esql.a", "Esql.b"]
    assert list(columns("from x | stats n = count(*), max(a) by b, c = b")) == [
        *("n", "max(a)", "b", "c")
    ]
    assert list(columns("from x | keep a, b | inline stats n = count(*) by b")) == ["a", "n", "b"]


def test_names_of_events_stand_for_the_star():
    names = ["b.c", "a", "b.d"]
    assert list(columns("from x | keep b.*, a", names=names)) == ["b.c", "b.d", "a"]
    assert list(columns("from x metadata _id | drop b.d", names=names)) == ["a", "b.c", "_id"]
    found = checked("from x | where b.e == 1", names=names)
    assert [each.code for each in found.diagnostics] == ["ESQ151"]
    assert found.diagnostics[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ('a like "%x%"', '"%x%"'),
        ('a not like ("b*", "%x")', '"%x"'),
        ('a rlike "^x.*"', '"^x.*"'),
        ('a rlike "x.*$"', '"x.*$"'),
        ('a == "x*"', '"x*"'),
        ('"x*" != a', '"x*"'),
        ('a in ("x", "*y")', '"*y"'),
    ],
)
def test_signs_of_other_languages_get_a_warning(condition, place):
    text = f"from x | where {condition}"
    (found,) = checked(text).diagnostics
    assert (found.code, found.severity) == ("ESQ152", Severity.WARNING)
    assert text[found.span.start : found.span.end] == place


@pytest.mark.parametrize(
    "condition", ['a like "100%*"', r'a rlike """x\$"""', 'a rlike "[$^]x"', "a == 5", 'a > "*"']
)
def test_what_may_be_meant_gets_none(condition):
    assert not checked(f"from x | where {condition}").diagnostics


def test_constants_are_read_as_the_type_that_is_wanted():
    text = 'from x | where source.ip == "::ffff:10.0.0.1" and @timestamp > "2026-01-01T00:00:00Z"'
    step = checked(text).pipeline.steps[0]
    assert isinstance(step, Filter)
    one, other = step.condition.arguments
    assert one.arguments[1].value == "10.0.0.1"
    assert other.arguments[1].value == 1_767_225_600_000


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("from x | stats a = count(*) by b | keep c", "ESQ101", "there is no column `c` here"),
        ("from x | keep aaa.bbb | where aaa.bbc == 1", "ESQ101", "did you mean `aaa.bbb`?"),
        ("from x | where to_lowr(a) == 1", "ESQ104", "did you mean `to_lower`"),
        ("from x | where process.pid and true", "ESQ102", "a condition is boolean, not long"),
        ("from x | eval a = @timestamp * 2", "ESQ102", "a number at `*`"),
        ("from x | eval a = 5 minutes * 2", "ESQ102", "length of time"),
        ("from x | where @timestamp > process.pid", "ESQ102", "what it is compared to"),
        ("from x | stats max(max(a))", "ESQ105", "`max` is an aggregate"),
        ("from x | eval a = abs(bucket(process.pid, 5))", "ESQ105", "behind `by`"),
        ("from x | where tbucket(1 hour) < now()", "ESQ105", "`date_trunc(1 hour, …)`"),
        ("from x | sort bin(process.pid, 5)", "ESQ105", "`bin` stands behind `by`"),
        ("from x | stats by a = bucket(bucket(process.pid, 5), 6)", "ESQ105", "`bucket`"),
        (
            "from x | stats n = max(user.id) where bucket(a, 5) > 1 by bucket(a, 6)",
            "ESQ105",
            "behind `by`",
        ),
        ("from x | sort a | inline stats n = count(*)", "ESQ123", "put `sort` behind it"),
        (
            "from x | limit 9 | stats n = count(*) by a | inline stats m = max(n)",
            "ESQ123",
            "behind `limit`",
        ),
        ("from x | eval a = process.pid::dubble", "ESQ108", "did you mean `double`?"),
        ("from x metadata _nope", "ESQ109", "_id"),
        ("from x metadata _id, _index, _id", "ESQ109", "`_id` is named twice"),
        ('from x | dissect a "%{*b}"', "ESQ111", "is not supported"),
        ('from x | dissect a "%{} %{?b}"', "ESQ111", "no part such as"),
        ('from x | grok a "%{INT:b:int} %{WORD:b}"', "ESQ112", "`b` is long at one place"),
        ('from x | grok a "%{INT:b}", "%{INT:b:long}"', "ESQ112", "`b` is keyword at one place"),
        (r'from x | where user.name like "a\\.b"', "ESQ112", "escapes nothing here"),
        ('from x | where user.name like "a\\\\"', "ESQ112", "escapes nothing here"),
        ("from x | stats a = count(*) by b | keep c*", "ESQ101", "no column matches `c*`"),
        ("row a = 1 | eval b = a::date_nanos", "ESQ102", "no date here"),
        ("row a = 1 | drop b*", "ESQ101", "no column matches `b*`"),
        ("from x | stats a = sum(b::date)", "ESQ102", "`values` of `sum` is double, not date"),
        ("from x | sort source.geo.location", "ESQ102", "cannot be sorted by what is geo_point"),
        ("from x metadata _source | sort _source desc", "ESQ102", "what is _source"),
        (
            "from x | where process.interactive > false",
            "ESQ102",
            "`>` is not about what is boolean",
        ),
        ("from x | stats percentile(process.pid, 9223372036854775807 + 1)", "ESQ107", "a constant"),
        ("from x | stats percentile(process.pid, process.pid * 2)", "ESQ107", "a constant"),
        ("row a = 1 | where 1 day == 24 hours", "ESQ102", "`==` is not about what is time span"),
        ("row a = 1 | sort 1 day", "ESQ102", "cannot be sorted by what is time span"),
        ("row a = now() + 1 month::time_duration", "ESQ102", "is so many hours or seconds"),
        ('row a = now() - to_dateperiod("3 hours")', "ESQ102", "is so many days or months"),
        ("row a = -to_ul(1)", "ESQ102", "a number behind `-`"),
        ("from x | stats a = weighted_avg(process.pid, 0)", "ESQ114", "neither null nor 0"),
        ("from x | stats a = weighted_avg(process.pid, null)", "ESQ114", "neither null nor 0"),
        ("from x | stats a = percentile(process.pid, null)", "ESQ114", "is not null"),
        ('from x | stats a = top(process.pid, null, "asc")', "ESQ114", "is not null"),
        ("from x | stats a = sample(process.pid, null)", "ESQ114", "is not null"),
        ("from x | keep a, *, b, *", "ESQ103", "takes `*` once"),
        ("from x | drop a, *", "ESQ103", "leaves a column over"),
        ('from x | eval a = split(user.name, "->")', "ESQ114", "one ASCII character, not `->`"),
        ('row a = concat("", "") | eval b = split("x", a)', "ESQ114", "not ``"),
        ("from x | where kql(null)", "ESQ114", "`query` of `kql` is not null"),
        ("from x | where match(user.name, null)", "ESQ114", "`query` of `match` is not null"),
        ("row a = date_trunc(1 month + 1 day, now())", "ESQ102", "by months or by days"),
        ("from x | stats by bucket(@timestamp, 1 year + 2 hours)", "ESQ102", "by months or"),
        ("row a = [1, null]", "ESQ102", "not long and null"),
        ("from x | stats user.name by user.name", "ESQ110", "is no aggregate"),
        ("from x | stats a = b + 1 by b = process.pid % 2 | where a > c", "ESQ101", "`c`"),
        ("from x | stats a = 1 by user.name", "ESQ110", "is no aggregate"),
        ("from x | stats length(user.name) where true by user.name", "ESQ110", "is no aggregate"),
        ("from x | stats a = process.pid + 1 by b = process.pid % 2", "ESQ110", "is no aggregate"),
    ],
)
def test_what_cannot_be_is_told(text, code, told):
    found = checked(text)
    assert found.pipeline is None
    errors = [each for each in found.diagnostics if each.severity is Severity.ERROR]
    assert [each.code for each in errors] == [code]
    assert told in f"{errors[0].message} {errors[0].hint}"
    assert errors[0].span.start >= 0


EXAMPLES = [row for row in ESQL_CODES if row.example and row.code not in LATER]


@pytest.mark.parametrize("row", EXAMPLES, ids=[row.code for row in EXAMPLES])
def test_an_example_gives_its_code_and_the_fix_gives_none(row):
    def codes(text):
        try:
            return [found.code for found in checked(text).diagnostics]
        except QueryError as error:
            return [found.code for found in error.diagnostics]

    assert codes(row.example) == [row.code]
    assert codes(row.fix) == []


@pytest.mark.parametrize(
    "steps",
    [
        "where _score > 1 and _score < 3",
        "eval a = round(_score)",
        "sort _score desc",
        "rename _score as a",
        "stats max(_score)",
        "keep @timestamp, _score | where _score > 1",
    ],
)
def test_nothing_depends_on_scores(steps):
    found = checked(f"from x metadata _id, _score | {steps}")
    assert found.pipeline is None
    assert [each.code for each in found.diagnostics] == ["ESQ121"]


@pytest.mark.parametrize(
    "steps", ["keep _score, a", "drop _score", "keep _*", "eval _score = 2 | where _score > 1"]
)
def test_a_score_may_be_named_kept_and_replaced(steps):
    assert checked(f"from x metadata _id, _score | {steps}").diagnostics == ()


@pytest.mark.parametrize(
    "steps",
    [
        "where {} | keep host.id",
        "where not ({} or host.id is null) | sort host.id | where ({}) == true",
        "stats n = count(*) where {}, m = max(process.pid) where not {}",
    ],
)
@pytest.mark.parametrize(
    "search",
    [
        'kql("a: b")',
        'qstr("a:b")',
        'user.name : "b"',
        'match(my.note::keyword, "b")',
        'match_phrase(user.name, "b")',
        'multi_match("b", user.name, my.note)',
    ],
)
def test_searches_are_conditions(search, steps):
    assert checked(f"from x | {steps.replace('{}', search)}").pipeline is not None


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ('eval a = kql("a: b")', "stands only in `where`"),
        ('sort match(user.name, "b")', "stands only in `where`"),
        ('stats n = count(*) by user.name : "b"', "stands only in `where`"),
        ('dissect concat(case(kql("a: b"), "c"), "d") "%{e}"', "stands only in `where`"),
        ('where kql("a: b") is null', "stands alone, or with"),
        ('where host.id == "h" and case(qstr("a:b"), true, false)', "stands alone, or with"),
        ('where coalesce(user.name : "b", true)', "stands alone, or with"),
        ('where match_phrase(user.name, "b") in (true, null)', "stands alone, or with"),
        ('eval a = 1 | sort a | where kql("a: b")', "not behind `eval`"),
        ('where true | keep user.name | where qstr("a:b")', "not behind `keep`"),
        ('limit 5 | where user.name : "b"', "not behind `limit`"),
        ('mv_expand user.name | where match(user.name, "b")', "not behind `mv_expand`"),
        ('inline stats n = count(*) | where match(user.name, "b")', "not behind `stats`"),
        ('eval a = concat(user.name, "b") | where match(a, "b")', "this is computed"),
        ('grok user.name "%{WORD:a}" | where a : "b"', "this is computed"),
    ],
)
def test_a_search_at_another_place_is_told(steps, told):
    found = checked(f"from x | {steps}")
    assert found.pipeline is None
    (error,) = found.diagnostics
    assert error.code == "ESQ122"
    assert told in error.message


@pytest.mark.parametrize(
    "steps",
    [
        "stats n = count(*) by a = round(bucket(process.pid, 5)), tbucket(1 hour)",
        "stats n = max(user.id) where bucket(process.pid, 5) > 1 by b = bucket(process.pid, 5)",
        "sort user.id | stats n = count(*) by user.id | inline stats m = max(n) | limit 5",
        "inline stats r = bucket(process.pid, 5) - max(process.pid) by bucket(process.pid, 5)",
    ],
)
def test_what_groups_rows_may_stand_there(steps):
    assert checked(f"from x | {steps}").diagnostics == ()


@pytest.mark.parametrize(
    "condition", ["a == process.pid", "process.pid in (1, a)", "a + 1 > null", "null == a % 2.5"]
)
def test_unsigned_numbers_beside_others_are_told(condition):
    found = checked(f"from x | eval a = process.exit_code::unsigned_long | where {condition}")
    assert found.pipeline is not None
    assert [each.code for each in found.diagnostics] == ["ESQ150"]
    assert not checked("row a = 1::unsigned_long | where a == to_ul(2) or a > null").diagnostics


def test_a_field_by_another_name_may_be_searched():
    text = 'from x | eval a = user.name | rename user.name as b | where a : "c" or b : "c"'
    assert checked(text).pipeline is not None


def test_nothing_is_found_in_null():
    assert checked('from x | eval a = null | where match(a, "b") or match(null, "b")').pipeline


def test_a_row_is_not_searched():
    errors = [each.code for each in checked('row a = "b" | where a : "b"').diagnostics]
    assert set(errors) == {"ESQ122"}


def test_patterns_name_columns():
    assert grok_names("%{IP:a.b} %{INT:n:int}(?<c_d>x)%{DATA}(?:y)") == {
        "a.b": Type.KEYWORD,
        "n": Type.LONG,
        "c_d": Type.KEYWORD,
    }
    before, pieces = dissect_pieces("<%{a->} %{+a/2}|%{?b}|%{}")
    assert before == "<"
    assert [(piece.name, piece.delimiter, piece.skip) for piece in pieces] == [
        *(("a", " ", False), ("a", "|", False), ("b", "|", True), ("", "", True))
    ]
    assert (pieces[0].pad, pieces[1].append, pieces[1].order) == (True, True, 2)


def test_every_function_of_the_table_can_be_called_with_what_it_takes():
    samples = {
        Type.KEYWORD: '"x"',
        Type.DOUBLE: "1.5",
        Type.LONG: "1",
        Type.DATE: "now()",
        Type.BOOLEAN: "true",
        Type.IP: 'to_ip("10.0.0.1")',
        Type.GEO_POINT: 'to_geopoint("POINT(1 2)")',
        Type.SPAN: "1 hour",
        Type.OPTIONS: "{}",
    }
    for row in FUNCTIONS.values():
        search = row.name in SEARCHES
        arguments = ", ".join(
            "user.name"
            if search and parameter.name == "field"
            else f'"{min(parameter.choices)}"'
            if parameter.choices
            else next(text for kind, text in samples.items() if kind in parameter.types)
            for parameter in row.parameters
        )
        if row.gives is Type.SPAN:
            continue  # no column holds one
        group = "stats by" if row.name in BUCKETS else "eval r ="
        command = "where" if search else "stats r =" if row.aggregate else group
        text = f"from logs | {command} {row.name}({arguments})"
        assert checked(text).pipeline is not None, row.name


def test_a_block_of_addresses_that_is_none_is_told():
    found = checked('from x | where cidr_match(source.ip, "10.0.0.0/8", "10.0.0.0/40", "::1")')
    assert found.pipeline is not None
    (slip,) = found.diagnostics
    assert (slip.code, slip.severity) == ("ESQ152", Severity.WARNING)
    assert "`10.0.0.0/40` is no block of addresses" in slip.message


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("coalesce(process.pid, 0.5)", ["ESQ150"]),
        ("case(user.id == user.name, 1, 0.5)", ["ESQ150"]),
        ("greatest(null, process.pid, event.risk_score)", ["ESQ150"]),
        ("coalesce(event.risk_score, 0)", []),
        ("case(user.id == user.name, 0.5, 1)", []),
        ("least(my.count, 0.5)", []),
    ],
)
def test_a_decimal_number_behind_a_whole_one_is_told(expression, told):
    found = checked(f"from x | eval a = {expression}")
    assert found.pipeline is not None
    assert [each.code for each in found.diagnostics] == told


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("65536 * 65536", ["ESQ153"]),
        ("n + 1", ["ESQ153"]),
        ("-n - 2", ["ESQ153"]),
        ("source.bytes + n * 2", ["ESQ153"]),
        ("65536::long * 65536", []),
        ("2147483648 + 1", []),
        ("source.bytes * n * n", []),
        ("65536.0 * 65536", []),
        ("n - 1", []),
    ],
)
def test_what_is_computed_of_short_constants_is_short(expression, told):
    found = checked(f"from x | eval n = 2147483647 | eval a = {expression}")
    assert found.pipeline is not None
    assert [each.code for each in found.diagnostics] == told


def test_a_text_that_a_field_never_is_is_told():
    found = checked('from x | where source.ip : "10.0.0.0/8" or match(process.pid, "seven")')
    assert found.pipeline is not None
    (slip,) = found.diagnostics
    assert (slip.code, slip.severity) == ("ESQ152", Severity.WARNING)
    assert "`seven` is no long" in slip.message
    (slip,) = checked("from x | where process.pid : true").diagnostics
    assert (slip.code, slip.severity) == ("ESQ102", Severity.ERROR)
