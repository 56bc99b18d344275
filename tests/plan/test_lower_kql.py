"""What a KQL query finds, by the kind of its fields."""

import pytest
from kql_events import holds

from tocsin.languages import QueryCheckError
from tocsin.languages.kql.parser import parse
from tocsin.plan.lower_kql import lower_kql
from tocsin.plan.passes import TRUE
from tocsin.plan.predicate import Inside, SomeField, Text
from tocsin.schema.fields import Schema

SCHEMA = Schema(
    {
        "v": "version",
        "n": "long",
        "d": "double",
        "flat": "flattened",
        "t": "text",
        "k": "keyword",
        "nano": "date_nanos",
        "list": "nested",
        "list.n": "long",
        "flag": "boolean",
        "place": "geo_point",
    }
)
TIME = "2026-03-10T12:00:00.000Z"


def found(query, event, **options):
    tree = parse(query)
    return holds(lower_kql(tree, SCHEMA, text=query, **options), {"@timestamp": TIME, **event})


YES = [
    # keyword: exact, case counts, any of several values
    ("k: abc", {"k": "abc"}),
    ("k: abc", {"k": ["x", "abc"]}),
    ('k: "a b"', {"k": "a b"}),
    ("k: a b", {"k": "a b"}),
    ("k: a*c", {"k": "abbc"}),
    ("k: *b*", {"k": "abc"}),
    ("k: a?c", {"k": "a?c"}),
    ('k: "a*c"', {"k": "a*c"}),
    (r"k: a\*c", {"k": "a*c"}),
    ("k: 5", {"k": "5"}),
    ("k: 5", {"k": 5}),
    ("k: true", {"k": "true"}),
    ("k: true", {"k": True}),
    ("k: *", {"k": ""}),
    (r"k: \>", {"k": ">"}),
    ("k > b", {"k": "c"}),
    ("k >= b and k <= b", {"k": "b"}),
    ("process.name.caseless: CURL", {"process": {"name": "cUrl"}}),
    ("process.name.text: two", {"process": {"name": "one Two three"}}),
    # numbers
    ("n: 5", {"n": 5}),
    ('n: "5"', {"n": 5}),
    ("n: 5", {"n": "5"}),
    ("n: 5", {"n": 5.0}),
    ("n > 4 and n < 6", {"n": 5}),
    ("n >= 4.5", {"n": 5}),
    ("d: 0.5", {"d": 0.5}),
    ("n: (3 or 5)", {"n": [5, 9]}),
    ("n: *", {"n": 0}),
    # booleans
    ("flag: true", {"flag": True}),
    ('flag: "false"', {"flag": False}),
    ("flag: false", {"flag": "false"}),
    # addresses
    ("source.ip: 10.0.0.0/8", {"source": {"ip": "10.1.2.3"}}),
    ('source.ip: "10.1.2.3"', {"source": {"ip": "10.1.2.3"}}),
    ('source.ip: "::1"', {"source": {"ip": "0:0:0:0:0:0:0:1"}}),
    ('source.ip: ("1.1.1.1" or "10.0.0.0/8")', {"source.ip": "10.9.9.9"}),
    ("source.ip > 10.0.0.0", {"source": {"ip": "10.0.0.1"}}),
    # versions
    ("v: 1.2.0", {"v": "1.2.0"}),
    ("v > 1.9", {"v": "1.10"}),
    ("v: 1.*", {"v": "1.10"}),
    # times
    ("process.start: 2026-03", {"process": {"start": "2026-03-01T23:59:59.999Z"}}),
    ('process.start: "2026-03-10"', {"process": {"start": "2026-03-10T23:59:59Z"}}),
    ("process.start: 2026-03-10T10", {"process": {"start": "2026-03-10T10:59:00Z"}}),
    ("process.start <= 2026-03-10", {"process": {"start": "2026-03-10T23:59:59.999Z"}}),
    ("process.start > 2026-03-10", {"process": {"start": "2026-03-11T00:00:00Z"}}),
    ("process.start < 2026-03-10", {"process": {"start": "2026-03-09T23:59:59.999Z"}}),
    ("process.start >= now-1d", {"process": {"start": "2026-03-10T00:00:00Z"}}),
    ("process.start >= now-1d/d", {"process": {"start": "2026-03-09T00:00:00Z"}}),
    ("process.start < now/d", {"process": {"start": "2026-03-09T23:59:59Z"}}),
    ("process.start <= now/d", {"process": {"start": "2026-03-10T23:59:59Z"}}),
    ('process.start < "2026-03-10||-1d/d"', {"process": {"start": "2026-03-08T00:00:00Z"}}),
    ("nano <= 2026-03-10", {"nano": "2026-03-10T23:59:59.999999999Z"}),
    ("process.start: now", {"process": {"start": TIME}}),
    # unknown kinds: the value speaks for itself
    ("u: 5", {"u": 5}),
    ("u: 5", {"u": "5"}),
    ("u: 5", {"u": 5.0}),
    ("u > 4", {"u": 5}),
    ("u: true", {"u": True}),
    ("u: a*", {"u": "abc"}),
    ("u >= now-1d", {"u": "2026-03-10T00:00:00Z"}),
    # flattened
    ("flat.a: x", {"flat": {"a": "x"}}),
    ("flat: x", {"flat": {"a": {"b": "x"}}}),
    ("flat: x*", {"flat": {"a": {"b": ["y", "xy"]}}}),
    ("flat: *", {"flat": {"a": 1}}),
    # objects have what is in them
    ("process: *", {"process": {"name": "x"}}),
    ("u: *", {"u": {"x": {"y": 1}}}),
    # not, missing, arrays
    ("not k: x", {}),
    ("not k: x", {"k": "y"}),
    ("k: (x and y)", {"k": ["x", "y"]}),
    ("k: (x and not z)", {"k": ["x", "y"]}),
    ("k: (not z)", {}),
    ("k: x and k: y", {"k": ["x", "y"]}),
    ("k: (x or y*)", {"k": "yz"}),
    # any field, patterns of names
    ("lone", {"deep": {"er": ["lone"]}}),
    ("10.1.2.3", {"source": {"ip": "10.1.2.3"}}),
    ("lo*e", {"deep": {"er": "lone"}}),
    ("two", {"message": "one two three"}),
    ("*: lone", {"deep": "lone"}),
    ("*", {}),
    ("* : *", {}),
    ("deep.*: lone", {"deep": {"er": {"est": "lone"}}}),
    ("deep.*.est: lone", {"deep.er": {"est": "lone"}}),
    ("d*p.er: lone", {"deep": {"er": "lone"}}),
    ("deep.*: *", {"deep": {"er": 0}}),
    ("source.*: 10.0.0.0/8", {"source": {"ip": "10.1.1.1"}}),
    ("source.* > 5", {"source": {"port": 6}}),
    ("not deep.*: x", {"deep": {"er": "y"}}),
    # objects one by one
    ("list: {a: 1 and b: 2}", {"list": [{"a": "1", "b": "3"}, {"a": "1", "b": "2"}]}),
    ("list: {a: 1 and not b: 2}", {"list": [{"a": "1", "b": "2"}, {"a": "1"}]}),
    ("list: {a: 1 and b: 2}", {"list": {"a": 1, "b": 2}}),
    ("list: {n > 4}", {"list": [{"n": 5}]}),
    ("list: {a: 1 and in: {b: 2}}", {"list": [{"a": 1, "in": [{"b": 1}, {"b": 2}]}]}),
    ("list: {a.*: 1}", {"list": [{"a": {"b": 1}}]}),
    ("list.a: 1 and list.b: 2", {"list": [{"a": 1, "b": 3}, {"a": 2, "b": 2}]}),
    ("list: *", {"list": [{"a": 1}]}),
    # texts: the value stands somewhere in it, in any letter case
    ("t: refused", {"t": "Connection Refused."}),
    ('t: "connection refused"', {"t": "the Connection REFUSED it"}),
    ("t: con*refused", {"t": "a connection was refused"}),
    ("t: conn", {"t": "Connection"}),
    ("t: *", {"t": ""}),
    ("message: segfault", {"message": "x[1]: segfault at 0"}),
    ("", {}),
]

NO = [
    ("k: abc", {"k": "ABC"}),
    ("k: abc", {"k": "abcd"}),
    ("k: abc", {}),
    ("k: a?c", {"k": "abc"}),
    ('k: "a*c"', {"k": "abc"}),
    (r"k: a\*c", {"k": "abc"}),
    ("k: A*", {"k": "abc"}),
    ("k: *", {"k": None}),
    ("k: *", {"k": []}),
    ("k > b", {"k": "b"}),
    ("n: 5", {"n": 6}),
    ("n > 5", {"n": 5}),
    ("n: *", {}),
    ("flag: true", {"flag": [False, "no"]}),
    ("source.ip: 10.0.0.0/8", {"source": {"ip": ["11.1.2.3", "here"]}}),
    ("source.ip: 0.0.0.0/0", {"source": {"ip": "::1"}}),
    ("process.start: 2026-03", {"process": {"start": "2026-04-01T00:00:00Z"}}),
    # one value has to lie within, not two around it
    ("process.start: 2026-03", {"process": {"start": ["2026-02-01", "2026-04-01"]}}),
    ("process.start > 2026-03-10", {"process": {"start": "2026-03-10T23:59:59.999Z"}}),
    ("process.start < 2026-03-10", {"process": {"start": "2026-03-10T00:00:00Z"}}),
    ("process.start >= now-1d", {"process": {"start": "2026-03-09T11:59:59Z"}}),
    ("nano > 2026-03-10", {"nano": "2026-03-10T23:59:59.999999999Z"}),
    ("u: 5", {"u": 6}),
    ("u > 4", {"u": "x"}),
    ("flat: x", {"flat": {"a": "y"}}),
    ("flat.a: x", {"flat": {"b": "x"}}),
    ("process: *", {"process": {}}),
    ("not k: x", {"k": ["x", "y"]}),
    ("k: (x and y)", {"k": "x"}),
    ("k: (x and not z)", {"k": ["x", "z"]}),
    ("lone", {"deep": "alone"}),
    ("*: lone", {"deep": "Lone"}),
    ("deep.*: lone", {"deep": "lone"}),
    ("deep.*: lone", {"deeper": {"x": "lone"}}),
    ("source.* > 5", {"source": {"port": 4, "ip": "10.0.0.1"}}),
    ("list: {a: 1 and b: 2}", {"list": [{"a": "1"}, {"b": "2"}]}),
    ("list: {a: 1 and not b: 2}", {"list": [{"a": "1", "b": "2"}]}),
    ("list: {a: 1 and in: {b: 2}}", {"list": [{"a": 1, "in": [{"b": 1}]}, {"in": {"b": 2}}]}),
    ("list: {a: 1}", {"list": "1"}),
    ("t: refused", {"t": "refuse"}),
    ('t: "connection refused"', {"t": "refused connection"}),
    ("not *: lone", {"deep": "lone"}),
]


@pytest.mark.parametrize(("query", "event"), YES)
def test_an_event_is_found(query, event):
    assert found(query, event)


@pytest.mark.parametrize(("query", "event"), NO)
def test_an_event_is_not_found(query, event):
    assert not found(query, event)


COMPAT_YES = [
    ("t: refused", {"t": "Connection Refused."}),
    ("t: connection lost", {"t": "Lost it"}),
    ('t: "connection refused"', {"t": "a Connection, REFUSED"}),
    ('t: "get item"', {"t": "Get-Item"}),
    ("t: Get-Item", {"t": "an item"}),
    ("t: REF*", {"t": "was refused"}),
    ("t: c*n r*d", {"t": "a canon"}),
    ('t: "a b a c"', {"t": "a b a b a c"}),
    ("t: É*", {"t": "L'ÉCOLE école"}),
    ("t: *", {"t": "..."}),
    ("k: *x", {"k": "y" * 1023 + "x"}),
    ("k: *", {"k": ["y" * 1025, "x"]}),
    ("not k: *", {"k": "y" * 1025}),
    ("process.command_line: *x", {"process": {"command_line": "y" * 9000 + "x"}}),
]
WILD = "process.command_line"  # of kind wildcard, which Kibana asks by a query string
COMPAT_YES += [
    (f"{WILD}: *curl http*", {WILD: "http://a"}),
    (f"{WILD}: *curl -s http*", {WILD: "-s"}),
    (f"{WILD}: *curl a b http*", {WILD: "a b"}),
    ("flat.x: a* b", {"flat": {"x": "b"}}),
    ("t: con* by peer", {"t": "Peer reset"}),
    ("k: *a b*", {"k": "xa bx"}),
]
COMPAT_NO = [
    (f"{WILD}: *curl a b http*", {WILD: "a"}),
    (f"{WILD}: *CURL http*", {WILD: "x curl"}),
    (f'{WILD}: "curl http"', {WILD: "curl"}),
    (f"{WILD}: curl http", {WILD: "curl"}),
    ("k: *a b*", {"k": "xa"}),
    ("t: con* get-item", {"t": "it"}),
    ("t: refuse", {"t": "Connection refused"}),
    ("t: con*refused", {"t": "a connection was refused"}),
    ('t: "connection refused"', {"t": "connection was refused"}),
    ("t: *get-item*", {"t": "get-item"}),
    ("t: ...", {"t": "..."}),
    ("k: *x", {"k": "y" * 1024 + "x"}),
    ("k: *", {"k": "y" * 1025}),
    ("u: *x", {"u": "y" * 1024 + "x"}),
]


@pytest.mark.parametrize(("query", "event"), COMPAT_YES)
def test_texts_are_words_where_compat_is_asked_for(query, event):
    assert found(query, event, compat=True)


@pytest.mark.parametrize(("query", "event"), COMPAT_NO)
def test_words_and_long_values_are_missed_as_in_elasticsearch(query, event):
    assert not found(query, event, compat=True)


def test_the_schema_may_ask_for_compat():
    schema = Schema({"t": "text"}, text="compat")
    assert not holds(lower_kql(parse("t: refuse"), schema), {"t": "refused"})
    assert holds(lower_kql(parse("t: refuse"), schema, compat=False), {"t": "refused"})


def test_now_may_be_a_moment():
    now = 1_773_144_000_000  # 2026-03-10T12:00:00Z
    event = {"@timestamp": "2020-01-01", "process": {"start": "2026-03-09T00:00:00Z"}}
    assert found("process.start >= now-1d/d", event, now=now)
    assert not found("process.start >= now-1d", event, now=now)
    assert not found("process.start <= now-1d/d", {**event, "@timestamp": "2020-01-01"})


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("n: many", "many"),
        ("n > few", "few"),
        ("n: 1*", "1*"),
        ("flag: maybe", "maybe"),
        ("flag > true", "true"),
        ("source.ip: localhost", "localhost"),
        ("source.ip: 10.*", "10.*"),
        ("source.ip > 10.0.0.0/8", "10.0.0.0/8"),
        ("process.start: yesterday", "yesterday"),
        ("process.start > now-1x", "now-1x"),
        ("place: here", "here"),
    ],
)
def test_a_value_that_the_field_cannot_hold_is_an_error(query, value):
    with pytest.raises(QueryCheckError) as refused:
        lower_kql(parse(query), SCHEMA, text=query)
    [found] = refused.value.diagnostics
    assert found.code == ("KQL111" if query in UNFIT else "KQL110")
    assert query[found.span.start : found.span.end] == value


UNFIT = {"n: 1*", "flag > true", "source.ip: 10.*", "place: here"}


def test_all_wrong_values_are_told():
    with pytest.raises(QueryCheckError) as refused:
        lower_kql(parse("n: a or n: b or k: c"), SCHEMA)
    assert len(refused.value.diagnostics) == 2


def test_clauses_are_quoted_as_they_were_written():
    query = 'k : ( "a" or b ) and not n:5 and k:(x and not y)'
    tree = lower_kql(parse(query), SCHEMA, text=query)
    assert tree.terms[0].clause == 'k : ( "a" or b )'
    assert tree.terms[1].clause == "not n:5"
    assert tree.terms[1].term.clause == "n:5"
    assert tree.terms[2].clause == "k: x"
    assert tree.terms[3].clause == "k: not y"
    query = "k: (x and (y or z*))"
    tree = lower_kql(parse(query), SCHEMA, text=query)
    assert [term.clause for term in tree.terms] == ["k: x", "k: y or z*"]


def test_one_list_of_values_is_one_leaf():
    tree = lower_kql(parse("k: (a or b or c*)"), SCHEMA)
    assert isinstance(tree, Text)
    assert tree.patterns == ("a", "b", "c*")


def test_everything_needs_no_look_at_the_event():
    assert lower_kql(parse("*"), SCHEMA) == TRUE
    assert lower_kql(parse("*:*"), SCHEMA) == TRUE


def test_a_pattern_of_names_asks_known_fields_without_the_whole_event():
    tree = lower_kql(parse("file.hash.*: x"), Schema())
    *known, some = tree.terms
    assert {"file.hash.md5", "file.hash.sha256"} <= {leaf.field.name for leaf in known}
    assert isinstance(some, SomeField)
    assert set(some.needles) == {"file", "hash"}  # of a value, one letter is too little
    assert isinstance(lower_kql(parse("process.*: x"), Schema()), SomeField)
    assert lower_kql(parse("curl"), Schema()).needles == ("curl",)
    assert lower_kql(parse("10.0.0.1"), Schema()).needles == ()
    assert lower_kql(parse("a.b*c.*: *wx*yz"), Schema()).needles == ("wx",)


def test_only_questions_about_unknown_names_need_the_whole_event():
    def special(query):
        from tocsin.plan.leaves import leaves_of

        tree = lower_kql(parse(query), SCHEMA)
        return any(isinstance(leaf, SomeField | Inside) for leaf in leaves_of(tree))

    assert not special("k: * and n > 5 and not t: x")
    assert special("lone")
    assert special("list: {a: 1}")
