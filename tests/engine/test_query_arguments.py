"""What may stand in a call from Python, and what is said about anything else."""

import sys

import numpy as np
import pytest

import tocsin

EVENT = {"@timestamp": "2026-08-01T00:00:00Z", "event.category": "process", "process.pid": 7}
ANY = "any where true"


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"text": None}, TypeError, "a query is a text, not None"),
        ({"text": b"any where true"}, TypeError, "a query is a text, not b'any where true'"),
        ({"text": "any where \udcff"}, ValueError, "character 11 of the query, '.udcff', is half"),
        ({"text": "from *\udcff", "language": "esql"}, ValueError, "is half a character"),
        ({"size": 1.5}, TypeError, "size is a whole number, not 1.5"),
        ({"size": "1"}, TypeError, "size is a whole number, not '1'"),
        ({"size": -1}, ValueError, "size is a number from 0, not -1"),
        ({"max_samples_per_key": 0}, ValueError, "max_samples_per_key is a number from 1, not 0"),
        ({"timestamp_field": None}, TypeError, "timestamp_field is the name of a field"),
        ({"event_category_field": 3}, TypeError, "event_category_field is the name of a field"),
        ({"tiebreaker_field": 3}, TypeError, "tiebreaker_field is the name of a field, not 3"),
        ({"fields": ["a"]}, TypeError, "fields maps names to kinds"),
        ({"fields": {3: "ip"}}, TypeError, "fields has a name that is no text: 3"),
        ({"fields": {"a": "nope"}}, ValueError, "field 'a' is of no kind 'nope'"),
        ({"events": None}, TypeError, "events are an iterable of mappings, not None"),
        ({"events": 3}, TypeError, "events are an iterable of mappings, not 3"),
    ],
)
def test_what_a_query_cannot_be_asked_with(options, error, told):
    given = {"events": [EVENT], "text": ANY} | options
    with pytest.raises(error, match=told):
        tocsin.query(**given)


@pytest.mark.parametrize("size", [1, np.int64(1), sys.maxsize + 1, 10**30])
def test_any_whole_number_is_a_size(size):
    assert len(list(tocsin.query([EVENT], ANY, size=size))) == 1
    assert len(list(tocsin.query([EVENT], "from *", language="esql", size=size))) == 1


def test_what_is_no_rule_is_told():
    rules = tocsin.load_rules()
    for given, told in [
        ("rules/", "rules are loaded first"),
        (next(iter(rules)), "of a single one give a list"),
        (["rules/"], "a rule is what tocsin.load_rules gives, not 'rules/'"),
    ]:
        with pytest.raises(TypeError, match=told):
            list(tocsin.scan([EVENT], given))


@pytest.mark.parametrize("given", [None, 3, ["a.ndjson"], b"a.ndjson"])
@pytest.mark.parametrize("call", [tocsin.read, tocsin.load_rules])
def test_what_is_no_path_is_told(call, given):
    with pytest.raises(TypeError, match="a path is a text or a Path, not"):
        call(given)


def test_a_name_that_no_file_can_have_is_a_problem():
    events = tocsin.read("a\ud800")
    assert [problem.reason for problem in events.problems] == ["there is no such file"]
    assert list(events) == []


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([EVENT, None, "x"], "2 events were refused; number 2: not a mapping but NoneType"),
        ([EVENT, EVENT | {"a": object()}], "1 event was refused; number 2: "),
    ],
)
def test_refused_events_that_nobody_counts_are_told_to_the_log(events, told, caplog):
    for ask in (
        lambda: tocsin.query(events, ANY),
        lambda: tocsin.query(events, "process where process.pid == 7"),
        lambda: tocsin.query(events, "from *", language="esql"),
    ):
        caplog.clear()
        assert len(list(ask())) == 1
        assert [text[: len(told)] for text in caplog.messages] == [told]
    caplog.clear()
    list(tocsin.scan(events, tocsin.load_rules()))
    assert [text[: len(told)] for text in caplog.messages] == [told]


def test_an_input_that_counts_is_not_told_of(caplog):
    source = tocsin.events([EVENT, None])
    assert len(list(tocsin.query(source, ANY))) == 1
    assert source.rejected == 1
    assert caplog.messages == []


def test_files_that_are_not_read_are_told_to_the_log(tmp_path, caplog):
    missing = tmp_path / "missing"
    assert list(tocsin.scan(tocsin.read(missing), tocsin.load_rules())) == []
    assert list(tocsin.query(tocsin.read(missing), ANY)) == []
    assert caplog.messages == [f"not read: {missing}: there is no such file"] * 2
