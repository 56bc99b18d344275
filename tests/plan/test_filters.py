"""Filters of rules: what each clause of the query DSL finds, and what is said of others."""

import pytest
from kql_events import holds

from tocsin.diagnostics import Span
from tocsin.plan.filters import filters_of
from tocsin.plan.passes import TRUE
from tocsin.schema.fields import Schema

KINDS = {"k": "keyword", "t": "text", "n": "long", "d": "date", "list": "nested"}
SCHEMA = Schema(KINDS)


def found(query, event, meta=None, schema=SCHEMA):
    row = {"query": query} if meta is None else {"query": query, "meta": meta}
    predicate, told = filters_of([row], schema)
    assert told == []
    return holds(predicate, event)


@pytest.mark.parametrize(
    ("query", "yes", "no"),
    [
        ({"wildcard": {"k": {"value": r"?:\\Win*\\*.exe", "case_insensitive": True}}},
         {"k": r"C:\WINDOWS\x.EXE"}, {"k": r"C:\x.exe"}),
        ({"wildcard": {"k": {"wildcard": "a?c*"}}}, {"k": "abcd"}, {"k": "ABCD"}),
        ({"wildcard": {"k": "a*"}}, {"k": ["x", "ab"]}, {"k": "ba"}),
        ({"wildcard": {"k": {"value": r"a\*"}}}, {"k": "a*"}, {"k": "ab"}),
        ({"prefix": {"k": {"value": "a*", "case_insensitive": True}}}, {"k": "A*b"}, {"k": "ab"}),
        ({"prefix": {"k": "ab"}}, {"k": "abc"}, {"k": "ABC"}),
        ({"regexp": {"k": {"value": "a[0-9]+", "flags": "ALL"}}}, {"k": "a12"}, {"k": "xa12"}),
        ({"regexp": {"k": {"value": "A.", "case_insensitive": True}}}, {"k": "ab"}, {"k": "b"}),
        ({"term": {"k": "a b"}}, {"k": "a b"}, {"k": "A b"}),
        ({"term": {"k": {"value": "AB", "case_insensitive": True}}}, {"k": "ab"}, {"k": "b"}),
        ({"term": {"n": 5}}, {"n": "5"}, {"n": 6}),
        ({"term": {"process.interactive": {"value": True}}}, {"process": {"interactive": True}},
         {"process": {"interactive": False}}),
        ({"term": {"source.ip": "10.0.0.0/8"}}, {"source.ip": "10.1.1.1"},
         {"source.ip": "1.1.1.1"}),
        ({"terms": {"k": ["a", "b"], "boost": 2}}, {"k": "b"}, {"k": "c"}),
        ({"terms": {"k": []}}, None, {"k": "c"}),
        ({"match": {"k": "a b"}}, {"k": "a b"}, {"k": "a"}),
        ({"match": {"t": {"query": "one two", "operator": "and"}}}, {"t": "two, one"},
         {"t": "two"}),
        ({"match": {"t": {"query": "one two", "type": "phrase"}}}, {"t": "One two."},
         {"t": "two one"}),
        ({"match_phrase": {"k": "a"}}, {"k": "a"}, {"k": "A"}),
        ({"match_phrase": {"t": {"query": "one two"}}}, {"t": "x One two"}, {"t": "two one"}),
        ({"multi_match": {"query": "a", "type": "phrase", "fields": ["k", "x.*"]}},
         {"x": {"y": "a"}}, {"z": "a"}),
        ({"multi_match": {"query": "a", "lenient": True}}, {"deep": {"er": "a"}}, {"k": "b"}),
        ({"boosting": {"positive": {"term": {"k": "a"}}, "negative": {"term": {"n": 1}},
                       "negative_boost": 0.2}}, {"k": "a", "n": 1}, {"k": "b"}),
        ({"exists": {"field": "k"}}, {"k": ""}, {"k": None}),
        ({"exists": {"field": "deep"}}, {"deep": {"x": 1}}, {"deep": {}}),
        ({"range": {"n": {"gte": 5, "lt": "7"}}}, {"n": 6}, {"n": 7}),
        # one value lies within: not one above and one below
        ({"range": {"n": {"gt": 5, "lt": 7}}}, {"n": [1, 6]}, {"n": [1, 9]}),
        ({"range": {"d": {"gte": "2026-01-01", "lte": "2026-01-31", "format": "epoch_millis"}}},
         {"d": "2026-01-31T12:00:00Z"}, {"d": ["2025-12-31", "2026-02-01"]}),
        ({"range": {"@timestamp": {"gte": "now-1d"}}}, {"@timestamp": "2020-01-01"}, {"n": 1}),
        ({"range": {"k": {}}}, {"k": "x"}, {}),
        ({"query_string": {"query": "k:(a OR b) AND NOT n:5", "analyze_wildcard": True}},
         {"k": "b"}, {"k": "b", "n": 5}),
        ({"query_string": {"query": "a* b*", "default_operator": "AND", "fields": ["k", "x"]}},
         {"k": "a", "x": "b"}, {"k": "a", "x": "a"}),
        # terms in a row are one value of a keyword, and words of a text
        ({"query_string": {"query": "a b", "default_operator": "AND", "fields": ["k", "x"]}},
         {"k": "a b"}, {"k": ["a", "b"]}),
        ({"query_string": {"query": "a b", "default_operator": "AND", "fields": ["message"]}},
         {"message": "b a"}, {"message": "b"}),
        ({"query_string": {"query": "message:(a b)"}}, {"message": "x b"}, {"message": "c"}),
        ({"query_string": {"query": "a", "default_field": "k"}}, {"k": "a"}, {"x": "a"}),
        ({"nested": {"path": "list", "query": {"bool": {"must": [
            {"term": {"list.a": 1}}, {"term": {"list.b": 2}}]}}}},
         {"list": [{"a": 1, "b": 2}]}, {"list": [{"a": 1}, {"b": 2}]}),
        ({"constant_score": {"filter": {"term": {"k": "a"}}}}, {"k": "a"}, {"k": "b"}),
        ({"match_all": {}}, {}, None),
        ({}, {}, None),
        ({"match_none": {}}, None, {}),
        ({"dis_max": {"queries": [{"term": {"k": "a"}}, {"term": {"k": "b"}}]}}, {"k": "b"},
         {"k": "c"}),
        ({"match_phrase": {"t": {"query": "one two", "slop": 0}}}, {"t": "one two"}, {"t": "one"}),
        ({"match_phrase_prefix": {"t": "one tw"}}, {"t": "One two"}, {"t": "one more"}),
        ({"match_phrase_prefix": {"k": {"query": "ab", "max_expansions": 5}}}, {"k": "abc"},
         {"k": "xab"}),
        ({"range": {"n": {"from": 5, "to": 7, "include_lower": False}}}, {"n": 7}, {"n": 5}),
        ({"range": {"n": {"from": None, "to": 7, "include_upper": False}}}, {"n": 6}, {"n": 7}),
        ({"bool": {}}, {}, None),
        ({"bool": {"must": {"term": {"k": "a"}}, "filter": [{"term": {"n": 1}}]}},
         {"k": "a", "n": 1}, {"k": "a"}),
        ({"bool": {"should": [{"term": {"k": "a"}}, {"term": {"n": 1}}]}}, {"n": 1}, {"n": 2}),
        # beside a `must`, no `should` has to hold
        ({"bool": {"must": [{"term": {"k": "a"}}], "should": [{"term": {"n": 1}}]}},
         {"k": "a"}, {"n": 1}),
        ({"bool": {"must_not": [{"term": {"k": "a"}}, {"term": {"n": 1}}]}}, {"k": "b"}, {"n": 1}),
        ({"bool": {"should": [{"term": {"k": c}} for c in "abc"], "minimum_should_match": 2}},
         {"k": ["a", "c"]}, {"k": ["a", "x"]}),
        ({"bool": {"should": [{"term": {"k": c}} for c in "abc"], "minimum_should_match": "-1"}},
         {"k": ["a", "c"]}, {"k": ["a", "x"]}),
        ({"bool": {"should": [{"term": {"k": c}} for c in "abcd"], "minimum_should_match": "50%"}},
         {"k": ["a", "c"]}, {"k": ["a", "x"]}),
        ({"bool": {"should": [{"term": {"k": "a"}}], "minimum_should_match": 2}}, None, {"k": "a"}),
    ],
)  # fmt: skip
def test_a_clause_finds_what_it_asks_for(query, yes, no):
    assert yes is None or found(query, yes)
    assert no is None or not found(query, no)


def test_what_meta_says():
    query = {"term": {"k": "a"}}
    assert found(query, {"k": "b"}, {"negate": True})
    assert not found(query, {"k": "a"}, {"negate": True, "disabled": False})
    assert found(query, {"k": "b"}, {"disabled": True})
    old = [{"exists": {"field": "k"}, "meta": {"negate": True}, "$state": {"store": "appState"}}]
    predicate, _ = filters_of(old, SCHEMA)
    assert holds(predicate, {})
    assert not holds(predicate, {"k": 1})


def test_filters_all_hold_and_may_be_combined():
    a, b = {"query": {"term": {"k": "a"}}}, {"query": {"term": {"n": 1}}}
    predicate, _ = filters_of([a, b], SCHEMA)
    assert holds(predicate, {"k": "a", "n": 1})
    assert not holds(predicate, {"k": "a"})
    for relation, wanted in (("OR", True), ("AND", False)):
        meta = {"type": "combined", "relation": relation, "params": [a, b]}
        predicate, _ = filters_of([{"meta": meta, "query": {}}], SCHEMA)
        assert holds(predicate, {"k": "a"}) is wanted
    assert filters_of(None, SCHEMA) == (TRUE, [])
    assert filters_of([], SCHEMA) == (TRUE, [])


def test_texts_are_words_where_the_schema_says_compat():
    schema = Schema(KINDS, text="compat")
    assert not found({"match": {"t": "refuse"}}, {"t": "refused"}, schema=schema)
    assert found({"term": {"t": "refused"}}, {"t": "Refused"}, schema=schema)
    assert not found({"term": {"t": "Refused"}}, {"t": "Refused"}, schema=schema)


@pytest.mark.parametrize(
    ("query", "code", "path", "word"),
    [
        ({"wildcrad": {"k": "a"}}, "KQL130", ("query", "wildcrad"), "`wildcrad`"),
        ({"script": {"source": "1"}}, "KQL130", ("query", "script"), "script"),
        ({"bool": {"mst": []}}, "KQL130", ("query", "bool", "mst"), "mst"),
        ({"bool": {"must": [{"x": {}}]}}, "KQL130", ("query", "bool", "must", 0, "x"), "x"),
        ({"match": {"k": {"query": "a", "fuzziness": 2}}}, "KQL130", ("query", "match"),
         "fuzziness"),
        ({"range": {"d": {"gte": "01.02.2026", "format": "dd.MM.yyyy"}}}, "KQL130",
         ("query", "range", "d"), "dd.MM.yyyy"),
        ({"regexp": {"k": {"value": "a", "flags": "NONE"}}}, "KQL130", ("query", "regexp"),
         "flags"),
        ({"bool": {"should": [{"term": {"k": str(n)}} for n in range(40)],
                   "minimum_should_match": 20}}, "KQL130", ("query", "bool"), "20 of 40"),
        ({"term": {"k": "a"}, "match_all": {}}, "KQL131", ("query",), "`term`, `match_all`"),
        ({"term": "k"}, "KQL131", ("query", "term"), "table"),
        ({"term": {"k": ["a"]}}, "KQL131", ("query", "term"), "text"),
        ({"term": {"k": "a", "n": 1}}, "KQL131", ("query", "term"), "one field"),
        ({"wildcard": {"k": {"case_insensitive": True}}}, "KQL131", ("query", "wildcard", "k"),
         "value"),
        ({"exists": {}}, "KQL131", ("query", "exists"), "field"),
        ({"regexp": {"k": "a("}}, "KQL131", ("query", "regexp"), "regular expression"),
        ({"query_string": {"query": "n:(5 6)"}}, "KQL131", ("query", "query_string"), "5 6"),
        ({"query_string": {"query": "a AND"}}, "KQL131", ("query", "query_string"), "expected"),
        ({"term": {"n": "many"}}, "KQL110", ("query", "term"), "many"),
        ({"range": {"source.ip": {"gte": "x"}}}, "KQL110", ("query", "range", "source.ip"), "x"),
        ("k: a", "KQL131", ("query",), "table"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_with_its_place(query, code, path, word):
    asked = []

    def places(path):
        asked.append(path)
        return Span(1, 2)

    predicate, [told] = filters_of([{"query": query}], SCHEMA, places, "text")
    assert predicate is None
    assert (told.code, told.span, told.text) == (code, Span(1, 2), "text")
    assert word in told.message
    assert asked == [("rule", "filters", 0, *path)]


@pytest.mark.parametrize(
    ("row", "place", "word"),
    [
        ({"meta": {"negate": "true"}, "query": {"exists": {"field": "k"}}}, "negate", "true or"),
        ({"meta": {"disabled": 1}, "query": {"exists": {"field": "k"}}}, "disabled", "true or"),
        ({"meta": {"type": "phrase", "key": "k", "params": {"query": "a"}}}, 0, "no `query`"),
    ],
)
def test_a_filter_that_does_not_say_what_it_asks_is_told(row, place, word):
    asked = []
    predicate, [told] = filters_of([row], SCHEMA, lambda path: asked.append(path) or Span(1, 2))
    assert predicate is None
    assert (told.code, asked[0][-1]) == ("KQL131", place)
    assert word in told.message


def test_each_wrong_filter_is_told():
    rows = [{"query": {"x": {}}}, {"query": {"match_all": {}}}, {"query": {"y": {}}}, "z"]
    predicate, told = filters_of(rows, SCHEMA)
    assert predicate is None
    assert len(told) == 3
