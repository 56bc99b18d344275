"""Splitting a bulk body: what is taken, what is refused alone, and what spoils the whole."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.server.action import Action, fault_of
from tocsin.server.bulk import read_bulk, read_one
from tocsin.server.limits import Limits
from tocsin.server.refusal import RefusedError

GOOD = b'{"@timestamp":"2026-08-01T12:00:00Z"}'
LIMITS = Limits(event=1_000, fields=20)


def split(*lines, index=""):
    return read_bulk(b"".join(line + b"\n" for line in lines), index, LIMITS)


def test_actions_and_events_are_paired_and_names_come_from_either_place():
    bulk = split(
        b'{"create":{"_index":"logs-a","_id":"1"}}',
        GOOD,
        b"",
        b'{"index":{}}',
        GOOD,
        index="logs-b",
    )
    assert list(bulk.actions) == [Action("create", "logs-a", "1"), Action("index", "logs-b", "")]
    assert bulk.lines == [GOOD, GOOD]
    assert not bulk.faults


def test_a_number_as_an_id_is_its_text():
    assert split(b'{"index":{"_id":7}}', GOOD).actions[0].id == "7"


def test_lines_may_end_as_on_windows():
    bulk = read_bulk(b'{"index":{}}\r\n' + GOOD + b"\r\n\r\n", "", LIMITS)
    assert bulk.lines == [GOOD]
    assert not bulk.faults


@pytest.mark.parametrize(
    ("event", "word"),
    [
        (b'{"@timestamp":', "not closed"),
        (b"[]", "object"),
        (b"", "empty"),
        (b'{"a":1}', "@timestamp"),
        (b'{"@timestamp":"never"}', "@timestamp"),
        (b'{"@timestamp":"2026-08-01T12:00:00Z","a":"\xff"}', "UTF-8"),
        (b'{"@timestamp":"2026-08-01T12:00:00Z","a":[' + b'{"b":1},' * 20 + b"1]}", "20 fields"),
        (b'{"@timestamp":"2026-08-01T12:00:00Z","a":' + b"[" * 1001 + b"]" * 1001 + b"}", "bytes"),
    ],
)
def test_a_bad_event_is_refused_alone(event, word):
    bulk = split(b'{"index":{}}', GOOD, b'{"index":{}}', event, b'{"index":{}}', GOOD)
    assert list(bulk.faults) == [1]
    assert word in bulk.faults[1].reason
    assert bulk.faults[1].status == 400


def test_events_are_never_changed_and_their_lines_are_passed_over():
    bulk = split(
        b'{"delete":{"_id":"1"}}', b'{"update":{"_id":"1"}}', b'{"doc":{}}', b'{"index":{}}', GOOD
    )
    assert [action.verb for action in bulk.actions] == ["delete", "update", "index"]
    assert sorted(bulk.faults) == [0, 1]
    assert bulk.lines[2] == GOOD


@pytest.mark.parametrize("name", ["Upper", "a b", "a*", "_a", "-a", "..", "a/b", "a" * 256, "a\n"])
def test_an_index_that_cannot_be_is_refused_with_its_event(name):
    bulk = split(orjson.dumps({"index": {"_index": name}}), GOOD)
    assert bulk.faults[0].kind == "invalid_index_name_exception"


def test_an_id_is_not_longer_than_elasticsearch_takes():
    assert split(orjson.dumps({"index": {"_id": "x" * 513}}), GOOD).faults[0].status == 400


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "required"),
        (b" \n", "required"),
        (b'{"index":{}}\n' + GOOD, "newline"),
        (b'{"index":{}}\n', "missing"),
        (b'{"index":{}\n' + GOOD + b"\n", "Malformed"),
        (b'{"index":[]}\n' + GOOD + b"\n", "expected an object"),
        (b'{"index":{},"create":{}}\n' + GOOD + b"\n", "Malformed"),
        (b'{"insert":{}}\n' + GOOD + b"\n", "expected field"),
        (b'{"index":{"_index":["a"]}}\n' + GOOD + b"\n", "_index"),
        (b'{"index":{"_id":true}}\n' + GOOD + b"\n", "_id"),
    ],
)
def test_what_spoils_the_whole_body(body, word):
    with pytest.raises(RefusedError, match=word) as refused:
        read_bulk(body, "", LIMITS)
    assert refused.value.status == 400


def test_one_event_may_stand_on_several_lines():
    bulk = read_one(
        b'{\n  "@timestamp": "2026-08-01T12:00:00Z",\n "a": "b c"\n}\n',
        Action("index", "", ""),
        Limits(),
    )
    assert bulk.lines == [b'{"@timestamp":"2026-08-01T12:00:00Z","a":"b c"}']
    assert not bulk.faults


events = st.one_of(
    st.just(GOOD),
    st.dictionaries(st.text(max_size=5), st.integers(0, 9), max_size=3).map(orjson.dumps),
    st.binary(max_size=30).map(lambda text: text.replace(b"\n", b"")),
)


@given(st.lists(st.tuples(st.sampled_from(["index", "create"]), events), min_size=1, max_size=20))
def test_every_event_is_taken_or_refused_and_none_moves(pairs):
    lines = [line for verb, event in pairs for line in (b'{"%s":{}}' % verb.encode(), event)]
    bulk = split(*lines)
    assert [action.verb for action in bulk.actions] == [verb for verb, _ in pairs]
    for row, (_, event) in enumerate(pairs):
        good = row not in bulk.faults
        assert good == (event == GOOD)
        assert not good or bulk.lines[row] == GOOD


odd = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["7", 'a"b', "a\\b", "\x00", "ä", '","_id":"x', "x" * 600, "some id", ""]),
)
keys = st.lists(
    st.tuples(st.sampled_from(["_index", "_id", "pipeline", '_id":"']), odd), max_size=4
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["index", "create"]), keys), min_size=1, max_size=5))
def test_action_lines_mean_what_their_json_says(given_lines):
    """Whatever stands around ids, and however often, each line is read as if it stood alone."""
    lines = [
        b'{"%s":{%s}}'
        % (
            verb.encode(),
            b",".join(b"%s:%s" % (orjson.dumps(key), orjson.dumps(text)) for key, text in pairs),
        )
        for verb, pairs in given_lines
    ]
    bulk = split(*(part for line in (*lines, *lines) for part in (line, GOOD)))
    for row, (verb, pairs) in enumerate((*given_lines, *given_lines)):
        told = dict(pairs)
        name, index = told.get("_id", ""), told.get("_index", "")
        assert bulk.actions[row] == Action(verb, index, name, told.get("pipeline", ""))
        assert bulk.faults.get(row) == fault_of(bulk.actions[row])


ACTIONS = (
    b'{"create":{}}',
    b'{"create":{"_index":"logs-a"}}',
    b'{"index":{"_index":"logs-b","_id":"%d"}}',
    b'{"index": {"_id": "%d", "_index": "logs-b"}}',
    b'{"create":{"_id":"%d","pipeline":"p"}}',
    b'{"create":{"_id":%d}}',
    b'{"index":{"_id":"\\u00e4%d"}}',
    b'{"delete":{"_id":"%d"}}',
    b'{"update":{"_id":"%d"}}',
    b'{"index":{"_index":"Upper","_id":"%d"}}',
    b"",
    b"  ",
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=40))
def test_lines_of_many_forms_are_told_apart(forms):
    lines, wanted = [], []
    for number, form in enumerate(forms):
        line = form % number if b"%" in form else form
        event = b'{"@timestamp":"2026-08-01T12:00:00Z","n":%d}' % number
        lines.append(line)
        if not line.strip():
            continue
        ((verb, told),) = orjson.loads(line).items()
        action = Action(verb, told.get("_index", "logs-c"), str(told.get("_id", "")))
        action.pipeline = told.get("pipeline", "")
        wanted.append((action, b"" if verb == "delete" else event))
        lines += [event] * (verb != "delete")
    if not wanted:
        return
    bulk = split(*lines, index="logs-c")
    assert list(bulk.actions) == [action for action, _ in wanted]
    assert list(bulk.lines) == [event for _, event in wanted]
    assert bulk.actions.indexes == [action.index for action, _ in wanted]
    assert bulk.faults == {
        row: fault for row, (action, _) in enumerate(wanted) if (fault := fault_of(action))
    }


def test_more_forms_than_are_kept_are_read_all_the_same():
    lines = [b'{"index":{"_index":"logs-%d","_id":"%d"}}' % (n % 70, n) for n in range(300)]
    bulk = split(*(part for line in lines for part in (line, GOOD)))
    assert bulk.actions.ids == [str(n) for n in range(300)]
    assert bulk.actions.indexes == [f"logs-{n % 70}" for n in range(300)]
    assert not bulk.faults
    assert len(bulk.actions.used) >= 70


def test_a_form_may_be_as_long_as_a_line():
    name = "a" * 255
    long = orjson.dumps({"index": {"_index": name, "pad": "x" * 2_000, "_id": "7"}})
    bulk = split(long, GOOD, long, GOOD)
    assert [(each.index, each.id) for each in bulk.actions] == [(name, "7")] * 2
