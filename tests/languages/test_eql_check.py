"""What a well-written query may still ask for wrongly, and what it may not be refused for."""

import pytest

from tocsin.diagnostics import Severity
from tocsin.languages.eql.check import check
from tocsin.languages.eql.parser import parse
from tocsin.schema.fields import Schema

SCHEMA = Schema(
    {
        "text": "keyword",
        "other": "wildcard",
        "long_text": "match_only_text",
        "number": "long",
        "decimal": "double",
        "big": "unsigned_long",
        "flag": "boolean",
        "time": "date",
        "nanos": "date_nanos",
        "ip": "ip",
        "version": "version",
        "tree": "nested",
        "object": "object",
        "place": "geo_point",
        "bytes": "binary",
        "flat": "flattened",
    }
)


def validate(pattern: str) -> str | None:
    return "a group is not closed" if pattern.count("(") != pattern.count(")") else None


def found(query, schema=SCHEMA, validate_regex=validate):
    return check(parse(query), schema, query, validate_regex)


CONDITIONS = [
    # constants that fit
    'text == "x"',
    "text == 5",
    "text != true",
    'text < "x" and text >= "y"',
    "text == null and null != number",
    'long_text == "x" and long_text : "x*"',
    "number == 5 and number < 1.5 and 3 >= number",
    'number == "4624" and decimal == "0.5"',
    "number == 18446744073709551615",
    "flag == true and flag != false and flag and not flag",
    'flag == "true"',
    'time == "2024-05-01" and time < "2024-05-01T12:30:00.123456789+02:00" and nanos > 5',
    'time >= "1714564800000" and time != 1714564800000',
    'ip == "10.0.0.1" and ip != "10.0.0.0/8" and ip > "::1"',
    'version == "1.2.3" and version < "2.0.0-rc1" and version > "odd"',
    "number < null",
    # whatever a field of unknown kind holds, it is accepted
    'who == "x" and who == 5 and who == true and who > 1.5 and who : "x*" and who',
    'length(who) > 5 and who + 1 > 2 and cidrMatch(who, "10.0.0.0/8") and -who < 1',
    'who in ("x", 5, true, null) and who in~ ("x") and who regex "x+"',
    'substring(text, who) == "x" and flat.key : "x" and winlog.event_data.x == "y"',
    # lists
    'text in ("x", "y", 5) and number in (1, 2.5, "3") and number not in (-1, 1 + 1)',
    'ip in ("10.0.0.1", "10.0.0.0/8") and text in~ ("x") and flag in (true)',
    'time in ("2024-05-01", 5)',
    # calls
    'startsWith(text, "x") and endsWith~(other, text) == false and stringContains(long_text, "x")',
    "length(concat(text, number, flag, null)) > 5",
    'indexOf(text, "x", 2) == 1 and substring(text, -3) == "x"',
    'substring(text, 0, length(other)) : "y"',
    'between(text, "a", "b", true) == "x" and between~(text, "a", "b") != "y"',
    'number(text) > 5 and number(text, 16) == 255 and number("0x1f") == number',
    'string(number) : "4*" and string(ip) like "10.*" and string(flag) == "true"',
    'cidrMatch(ip, "10.0.0.0/8", "fe80::/10") and cidrMatch("10.0.0.1", "::/0") == true',
    "add(number, 1) == 5 and modulo(number, 2) == 0 and divide(number, 2.0) < 1.5",
    'substring(text, add(number, 1)) == "x"',
    "length(null) == null and startsWith(text, null)",
    "number + 1 > 5 and -number < 5 and number * 2 / 3 % 4 - decimal == 1",
    # comparisons of conditions
    '(text : "x") == true and (number > 5) != false',
    "null == (number > -1)",
    'string(text == "x") : "true"',
    'string(text == other) : "true"',
    # patterns
    'text : ("x", "y*") and text like~ "x?" and text regex~ ("x(a|b)", "y")',
    'concat(text, other) : "x*" and "constant" : "c*"',
    "true",
    "null or flag",
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=range(len(CONDITIONS)))
def test_a_sound_condition_is_accepted(condition):
    assert found(f"any where {condition}") == []


# The code, and between « and » the place; then parts of what is said.
UNSOUND = [
    ('«missing("x")»', "EQL102", "unknown function"),
    ('«startWith(text, "x")»', "EQL102", "did you mean `startsWith`?"),
    ('«wildcard(text, "x")»', "EQL102", "`field : (pattern, …)`"),
    ('«arrayContains(text, "x")»', "EQL102", "any value is equal"),
    ("«length()» > 1", "EQL103", "exactly 1 argument, found 0"),
    ("«length(text, 1)» > 1", "EQL103", "`length(source)`"),
    ('«between(text, "x")» == "y"', "EQL103", "3 or 4 arguments, found 2"),
    ("«cidrMatch(ip)»", "EQL103", "at least 2 arguments"),
    ('«concat()» == "x"', "EQL103", "at least 1 argument,"),
    ("«startsWith~(text)»", "EQL103", "`startsWith~(source, prefix)`"),
    ("length(«number») > 1", "EQL104", "`string(number)`"),
    ("length(«5») > 1", "EQL104", "first argument of `length` must be string"),
    ("startsWith(text, «number»)", "EQL104", "second argument"),
    ("startsWith(«ip», text)", "EQL104", "this is ip"),
    ("startsWith(text, «true»)", "EQL104", "`string(true)`"),
    ('cidrMatch(«text», "10.0.0.0/8")', "EQL104", "must be ip"),
    ('cidrMatch(«number», "10.0.0.0/8")', "EQL104", "must be ip"),
    (
        'cidrMatch(ip, "10.0.0.0/8", «text»)',
        "EQL104",
        "third argument of `cidrMatch` must be a const",
    ),
    ("cidrMatch(ip, «5»)", "EQL104", "must be string"),
    ('substring(text, «"x"») == "y"', "EQL104", "must be integer"),
    ('substring(text, «1.5») == "y"', "EQL104", "must be integer"),
    ('substring(text, «number(text)») == "y"', "EQL104", "must be integer"),
    ('between(text, "a", "b", «1») == "y"', "EQL104", "fourth argument"),
    ("add(«text», 1) > 2", "EQL104", "must be numeric"),
    ("number(«number») > 2", "EQL104", "must be string"),
    ("«length~(text)» > 1", "EQL105", "`length(source)`"),
    ('«number» : "4*"', "EQL106", "write `==`"),
    ('«number» : ("4*", "5")', "EQL106", "write `in`"),
    ('«flag» : "true"', "EQL106", "write `==`"),
    ('«time» like "2024*"', "EQL106", "`string(time)`"),
    ('«ip» like~ "10.*"', "EQL106", "`cidrMatch(ip, …)`"),
    ('«version» regex "1.*"', "EQL106", "version"),
    ('«number» in~ ("1")', "EQL106", "write `in`"),
    ('«length(text)» : "4"', "EQL106", "`string(length(text))`"),
    ('(«number + 1») : "x"', "EQL106", "long"),
    ("text : «5»", "EQL107", "write `==`"),
    ("text : «null»", "EQL107", "null"),
    ('text like ("x", «true»)', "EQL107", "write `in`"),
    ("text == «other»", "EQL108", "another field"),
    ("number > «decimal»", "EQL108", "another field"),
    ("text == «process.name»", "EQL108", "a sequence joined `by` both"),
    ("text == «cmd»", "EQL108", '`"cmd"`'),
    ("flag == «TRUE»", "EQL108", "write `true`"),
    ("text == «None»", "EQL108", "write `null`"),
    ("length(text) == «number»", "EQL108", "another field"),
    ("number + 1 == «decimal - 1»", "EQL108", "another field"),
    ('text in ("x", «other»)', "EQL108", "list constants only"),
    ("number in («length(text)»)", "EQL108", "list constants only"),
    ("number == «true»", "EQL109", "`number` is long"),
    ("number < «false»", "EQL109", "a boolean"),
    ("flag == «5»", "EQL109", "`true` or `false`"),
    ('flag == «"maybe"»', "EQL109", "`true` or `false`"),
    ("flag > «false»", "EQL109", "`>`"),
    ("text < «true»", "EQL109", "text cannot be compared"),
    ("who < «true»", "EQL109", "a boolean"),
    ("time == «true»", "EQL109", "times"),
    ("ip == «5»", "EQL109", "IP addresses"),
    ("version == «1.2»", "EQL109", "double quotes"),
    ('length(text) > «"5"»', "EQL109", "long cannot be compared"),
    ("string(number) == «5»", "EQL109", "keyword cannot be compared"),
    ('startsWith(text, "x") == «"true"»', "EQL109", "boolean cannot be compared"),
    ('"x" == «5»', "EQL109", "keyword cannot"),
    ('«length(text) == concat("a", "b")»', "EQL109", "long cannot be compared"),
    ("number in (1, «true»)", "EQL109", "by `in` with a boolean"),
    ('number in («concat("a", "b")»)', "EQL109", "by `in` with keyword"),
    ("«number»", "EQL110", "`number != null`"),
    ("«text» or flag", "EQL110", "found keyword"),
    ("flag and not «number»", "EQL110", "found long"),
    ("flag and («5» or flag)", "EQL110", "found long"),
    ("«length(text)»", "EQL110", "compare it"),
    ('«"x"»', "EQL110", "keyword"),
    ("«number + 1»", "EQL110", "long"),
    ("«tree» == 1", "EQL111", "nested"),
    ("«tree.leaf.x» != null", "EQL111", "nested"),
    ("«object» != null", "EQL112", "name a field inside it"),
    ('«flat» == "x"', "EQL112", "name a field inside it"),
    ("«place» == 1", "EQL112", "geo_point"),
    ("«bytes» == 1", "EQL112", "binary"),
    ('text regex «"(x"»', "EQL118", "a group is not closed"),
    ('text regex~ ("x", «"x)"»)', "EQL118", "a group is not closed"),
    ('cidrMatch(ip, «"10.0.0.0/33"»)', "EQL119", "10.0.0.0/8"),
    ('cidrMatch(ip, "10.0.0.0/8", «"x"»)', "EQL119", "fe80::/10"),
    ('number == «"many"»', "EQL120", "holds numbers"),
    ('number in (1, «"many"»)', "EQL120", "holds numbers"),
    ('time == «"yesterday"»', "EQL120", "2024-05-01T12:30:00Z"),
    ('time > «"2024-13-01"»', "EQL120", "holds times"),
    ('time > «"now-1d"»', "EQL120", "relative"),
    ('nanos in («"x"»)', "EQL120", "holds times"),
    ('ip == «"localhost"»', "EQL120", "holds IP addresses"),
    ('ip == «"10.0.0.0/99"»', "EQL120", "cidrMatch"),
    ('ip > «"10.0.0.0/8"»', "EQL120", "holds IP addresses"),
    ('5 > number(«"many"»)', "EQL121", "no number"),
    ('number(«"2"», 2) > 5', "EQL121", "no number"),
    ("«text» + 1 > 2", "EQL123", "`number(text)`"),
    ("1 - «flag» > 2", "EQL123", "boolean"),
    ("-«time» > 2", "EQL123", "date"),
    ('number * «"2"» > 2', "EQL123", "keyword"),
]


def marked(query, span):
    return f"{query[: span.start]}«{query[span.start : span.end]}»{query[span.end :]}"


@pytest.mark.parametrize(("condition", "code", "said"), UNSOUND, ids=range(len(UNSOUND)))
def test_an_unsound_condition_is_named_at_its_place(condition, code, said):
    query = f"any where {condition.replace('«', '').replace('»', '')}"
    (diagnostic,) = found(query)
    assert diagnostic.code == code
    assert diagnostic.severity is Severity.ERROR
    assert marked(query, diagnostic.span) == f"any where {condition}"
    assert said in f"{diagnostic.message} {diagnostic.label} {diagnostic.hint}"
    assert diagnostic.text == query


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ('text == «"x*"»', "EQL150"),
        ('text != «"*x"»', "EQL150"),
        ('text in ("x", «"x*"»)', "EQL150"),
        ("text > «5»", "EQL151"),
        ("«1.5» <= text", "EQL151"),
        ('text regex «"^x.*"»', "EQL152"),
        ('text regex~ («"x.*$"», "y")', "EQL152"),
    ],
)
def test_what_is_surely_a_slip_but_runs_gets_a_warning(condition, code):
    query = f"any where {condition.replace('«', '').replace('»', '')}"
    (diagnostic,) = found(query)
    assert (diagnostic.code, diagnostic.severity) == (code, Severity.WARNING)
    assert marked(query, diagnostic.span) == f"any where {condition}"


ONE, TWO = '[any where text == "a"]', "[any where flag]"
SHAPES = [
    (f"sequence {ONE} {TWO}", []),
    (f"sequence {ONE} with runs=2", []),
    (f"sequence with maxspan=1m {ONE} !{TWO}", []),
    (f"sequence with maxspan=1m !{ONE} {TWO}", []),
    (f"sequence by text {ONE} {TWO} until {ONE}", []),
    (f"sequence {ONE} by text, ?number {TWO} by other, decimal until {ONE} by long_text, big", []),
    (f"sequence by who {ONE} by text {TWO} by who", []),
    (f"sequence by ip {ONE} by time {TWO} by nanos", []),
    (f"sample by text {ONE} {TWO}", []),
    (f"sample {ONE} by text {TWO} by other", []),
    (f"sequence {ONE}", ["EQL115"]),
    (f"sequence by text {ONE} until {TWO}", ["EQL115"]),
    (f"sequence {ONE} !{TWO}", ["EQL116"]),
    (f"sequence with maxspan=1m !{ONE} !{TWO}", ["EQL117"]),
    (f"sequence !{ONE}", ["EQL115", "EQL117", "EQL116"]),
    (f"sequence {ONE} by text {TWO}", ["EQL113"]),
    (f"sequence {ONE} {TWO} by text", ["EQL113"]),
    (f"sequence by number {ONE} by text {TWO} by text, other", ["EQL113"]),
    (f"sequence {ONE} by text {TWO} by text until {ONE}", ["EQL113"]),
    (f"sequence {ONE} by text {TWO} by number", ["EQL114"]),
    (f"sequence {ONE} by text {TWO} by text until {ONE} by ip", ["EQL114"]),
    (f"sequence {ONE} by text, number {TWO} by number, text", ["EQL114", "EQL114"]),
    (f"sample {ONE} by flag {TWO} by text", ["EQL114"]),
    (f"sequence by tree.x {ONE} {TWO}", ["EQL111"]),
    (f"sample {ONE} {TWO}", ["EQL122"]),
    (
        f"sequence by text {ONE} [any where number] until [any where text + 1 > 2]",
        ["EQL110", "EQL123"],
    ),
]


@pytest.mark.parametrize(("query", "codes"), SHAPES, ids=range(len(SHAPES)))
def test_the_shape_of_sequences_and_samples(query, codes):
    assert sorted(diagnostic.code for diagnostic in found(query)) == sorted(codes)


def test_a_key_of_another_kind_is_named_with_its_model():
    (diagnostic,) = found(f"sequence {ONE} by text {TWO} by number")
    assert diagnostic.message == "join key `number` is long, but `text` is keyword"


KNOWN = Schema({"mine": "long"}, known=frozenset({"process.name", "user.name", "source.ip"}))


def test_without_known_fields_every_field_is_mapped():
    assert found('any where nobody.heard.about == "x"', Schema()) == []


def test_an_unknown_field_is_told_once_with_near_names():
    query = (
        'process where proces.name == "x" and proces.name == "y" and process.name.caseless : "z"'
    )
    (diagnostic,) = found(query, KNOWN)
    assert (diagnostic.code, diagnostic.hint) == ("EQL101", "did you mean `process.name`?")
    assert marked(query, diagnostic.span).startswith("process where «proces.name» ==")


def test_an_optional_unknown_field_is_null_and_goes_with_everything():
    query = (
        'any where ?gone == 5 and ?gone : "x" and length(?gone) > 1 and ?gone + 1 > 2 and ?gone '
        "and mine == ?gone and mine > 1 and ?gone in (1, true)"
    )
    assert found(query, KNOWN) == []
    assert (
        found("sequence by ?gone [any where true] by ?away [any where true] by mine", KNOWN) == []
    )


def test_an_unknown_join_key_is_an_error():
    (diagnostic,) = found("sequence by gone [any where true] [any where true]", KNOWN)
    assert (diagnostic.code, diagnostic.hint) == ("EQL101", "write `?gone` if it may be absent")


def test_all_mistakes_are_told_in_the_order_of_the_text():
    query = 'any where number : "4" and length(number) > 1 and nosuch(text) and time == "x"'
    assert [diagnostic.code for diagnostic in found(query)] == [
        "EQL106",
        "EQL104",
        "EQL102",
        "EQL120",
    ]


def test_regular_expressions_are_not_looked_at_without_a_validator():
    assert found('any where text regex "(x"', validate_regex=None) == []
