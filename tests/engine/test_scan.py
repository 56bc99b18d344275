"""Rules over events: what a run means, whatever the batches, threads and other rules."""

import gzip
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from tocsin.engine import joins
from tocsin.rules.rule import Rule

SINGLE = """
[metadata]
maturity = "production"
creation_date = "2026/01/01"
updated_date = "2026/01/01"
[rule]
author = ["Us"]
description = "d"
license = "Apache-2.0"
name = "{name}"
rule_id = "{id}"
risk_score = 47
severity = "medium"
type = "eql"
language = "eql"
index = {index}
{more}
query = '''{query}'''
"""


def rule_text(name, query, index='["logs-*"]', more=""):
    number = sum(map(ord, name + query))
    return SINGLE.format(
        name=name, id=f"00000000-0000-4000-8000-{number:012d}", query=query, index=index, more=more
    )


@pytest.fixture
def load(tmp_path):
    """Rules from name and query (and index patterns, and further keys)."""

    def load(*rules):
        folder = tmp_path / "rules"
        folder.mkdir(exist_ok=True)
        for number, given_rule in enumerate(rules):
            (folder / f"{number}.toml").write_text(rule_text(*given_rule))
        found = tocsin.load_rules(folder)
        assert not found.diagnostics
        return found

    return load


def event(time, name="curl", **more):
    return {
        "@timestamp": time,
        "event": {"category": ["process"], "type": ["start"]},
        "process": {"name": name, "pid": 1},
        "host": {"id": "h1"},
        **more,
    }


CURL = ("Curl", 'process where process.name == "curl"')
PAIR = (
    "Pair",
    """sequence by host.id with maxspan=10s
       [process where process.name == "a"] [process where process.name == "b"]""",
)
ABSENT = (
    "Absent",
    """sequence by host.id with maxspan=10s
       [process where process.name == "a"] ![process where process.name == "b"]""",
)


def ids(alerts):
    return [(alert.rule.name, alert.id) for alert in alerts]


def test_alert_has_what_the_contract_promises(load):
    """Rule, events (the very mappings) and a document in Kibana's shape."""
    source = [event(1_000), event(2_000, "sh")]
    (alert,) = tocsin.scan(tocsin.events(source), load(CURL))
    assert alert.rule.name == "Curl"
    assert alert.events[0] is source[0]
    document = alert.document
    assert document["@timestamp"] == "1970-01-01T00:00:01.000Z"
    assert document["kibana.alert.uuid"] == alert.id
    assert document["kibana.alert.severity"] == "medium"
    assert document["process"] == source[0]["process"]
    assert document["event"]["kind"] == "signal"
    assert document["kibana.alert.original_event.category"] == ["process"]
    assert document["tocsin.why"] == [
        {
            "stage": 0,
            "clause": 'event.category == "process"',
            "field": "event.category",
            "value": "process",
        },
        {"stage": 0, "clause": 'process.name == "curl"', "field": "process.name", "value": "curl"},
    ]


def test_sequence_is_one_alert(load):
    """Its building blocks are inside, its events by stage, its fields those that all share."""
    source = [event(1_000, "a"), event(5_000, "b"), event(30_000, "b")]
    (alert,) = tocsin.scan(source, load(PAIR))
    assert alert.events == source[:2]
    document = alert.document
    assert document["tocsin.join_keys"] == ["h1"]
    assert [block["kibana.alert.group.index"] for block in document["tocsin.building_blocks"]] == [
        0,
        1,
    ]
    assert document["kibana.alert.group.id"] == alert.id
    assert document["process"] == {"pid": 1}
    assert document["@timestamp"] == "1970-01-01T00:00:05.000Z"


def test_absence_fires_once_it_is_certain(load):
    """None stands for the missing event; the alert's time is when it became certain."""
    source = [event(1_000, "a"), event(60_000, "c")]
    (alert,) = tocsin.scan(source, load(ABSENT))
    assert alert.events == [source[0], None]
    assert [(entry["stage"]) for entry in alert.document["tocsin.events"]] == [0]


def test_equal_events_are_separate(load):
    """Identical events alert separately, under names that do not depend on the run."""
    source = [event(1_000), event(1_000), event(1_000)]
    first = ids(tocsin.scan(source, load(CURL)))
    assert len(set(first)) == 3
    assert ids(tocsin.scan(source, load(CURL), rows=1)) == first


def test_spelling_does_not_change_names(load):
    """Nested or dotted, in any order of keys: the same event, the same alert."""
    nested = event(1_000)
    dotted = {
        "process.pid": 1,
        "process.name": "curl",
        "host.id": "h1",
        "event.type": ["start"],
        "event": {"category": ["process"]},
        "@timestamp": 1_000,
    }
    assert ids(tocsin.scan([nested], load(CURL))) == ids(tocsin.scan([dotted], load(CURL)))


def test_id_and_index_name_an_event(load, tmp_path):
    """An exported hit is named by its index and id; the same hit twice is one event."""
    hit = json.dumps({"_index": "logs-x-default", "_id": "7", "_source": event(1_000)})
    path = tmp_path / "hits.ndjson"
    path.write_text(f"{hit}\n{hit}\n")
    (alert,) = tocsin.scan(tocsin.read(path), load(CURL))
    assert alert.document["tocsin.events"][0]["id"] == "7"
    assert alert.document["tocsin.events"][0]["index"] == "logs-x-default"


TWO = Rule("two", "Two", "eql", language="eql", query="sequence [any where true] [any where true]")
COUNT = Rule(
    "count",
    "Count",
    "esql",
    language="esql",
    query="from logs-* metadata _id | stats n = count(*), ids = values(_id) by process.name",
)
EACH = Rule("each", "Each", "esql", language="esql", query="from logs-* metadata _id, _index")
FOUR = Rule(
    "four",
    "Four",
    "threshold",
    language="kuery",
    query="event.category: process",
    raw={"threshold": {"field": [], "value": 4}},
)


def exported(path, *rows):
    """A file of hits: index, id (None for none) and source of each."""
    hits = [
        {"_index": index, "_source": source} | ({} if name is None else {"_id": name})
        for index, name, source in rows
    ]
    path.write_text("".join(f"{json.dumps(hit)}\n" for hit in hits))
    return path


@pytest.mark.parametrize(("rows", "piece"), [(None, 1 << 20), (1, 1 << 20), (None, 1)])
@pytest.mark.parametrize("named", [True, False])
def test_exports_that_overlap_join_as_one(tmp_path, monkeypatch, named, rows, piece):
    """What has an id is one event however often it is read: none follows itself or counts twice."""
    monkeypatch.setattr(joins, "_PIECE", piece)
    hits = [("logs-x", str(n) if named else None, event(1_000 * n, n=n)) for n in range(3)]
    one, two = (exported(tmp_path / f"{name}.ndjson", *hits) for name in "ab")
    once = list(tocsin.scan(tocsin.read(one), [TWO, FOUR], rows=rows))
    twice = list(tocsin.scan(tocsin.read(one, two), [TWO, FOUR], rows=rows))
    assert [alert.rule.name for alert in once] == ["Two", "Two"]
    if named:
        assert ids(twice) == ids(once)
    else:
        assert sorted(alert.rule.name for alert in twice) == ["Four"] + ["Two"] * 5


@pytest.mark.parametrize("rows", [None, 1])
def test_exports_that_overlap_are_counted_once_in_esql(tmp_path, rows):
    hits = [("logs-x", None if n == 5 else str(n), event(1_000 * n, n=n)) for n in range(6)]
    # another index, another content, no id
    others = [("logs-y", "1", hits[1][2]), ("logs-x", "2", event(2_000, n=7)), hits[5]]
    one = exported(tmp_path / "a.ndjson", *hits)
    new = exported(tmp_path / "b.ndjson", *others)
    both = exported(tmp_path / "c.ndjson", *hits[1:4], *others, hits[0], hits[1])
    once = list(tocsin.scan(tocsin.read(one, new), [COUNT, EACH], rows=rows))
    twice = list(tocsin.scan(tocsin.read(one, both), [COUNT, EACH], rows=rows))
    counts = [alert.document["n"] for alert in twice if alert.rule is COUNT]
    assert counts == [9]
    assert ids(twice) == ids(once)
    assert len(twice) == 9


def test_what_differs_in_index_or_content_is_an_event_of_its_own(tmp_path):
    source = event(1_000)
    others = [("logs-b", "1", source), ("logs-a", "1", {**source, "n": 1}), ("logs-a", "2", source)]
    for other in others:
        path = exported(tmp_path / "hits.ndjson", ("logs-a", "1", source), other)
        assert len(list(tocsin.scan(tocsin.read(path), [TWO]))) == 1
    path = exported(tmp_path / "hits.ndjson", *[("logs-a", "1", source)] * 2)
    assert not list(tocsin.scan(tocsin.read(path), [TWO]))


def test_order_of_alerts(load):
    """By time, rule id and alert id, not by arrival."""
    source = [event(time) for time in (5_000, 1_000, 3_000, 1_000)]
    rules = load(CURL, ("Also", "process where true"))
    alerts = list(tocsin.scan(source, rules))
    keys = [(alert.time, alert.rule.id, alert.id) for alert in alerts]
    assert keys == sorted(keys)
    assert len(alerts) == 8


def test_another_rule_changes_nothing(load):
    """The alerts of a rule do not depend on which others are loaded."""
    source = [event(1_000, name) for name in "abab"] + [event(1_000), event(1_000)]
    together = ids(tocsin.scan(source, load(CURL, PAIR, ("All", "any where true"))))
    for one in (CURL, PAIR):
        alone = ids(tocsin.scan(source, [r for r in load(CURL, PAIR) if r.name == one[0]]))
        assert alone == [entry for entry in together if entry[0] == one[0]]


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 8), st.sampled_from("abc"), st.sampled_from(["x", "y"]), st.integers(0, 2)
    ),
    max_size=14,
)


@settings(max_examples=25)
@given(EVENTS, st.integers(1, 5), st.integers(1, 3))
def test_cuts_and_threads_change_nothing(tmp_path_factory, rows_given, rows, jobs):
    """Any batch size and any number of threads give the alerts of one batch."""
    folder = tmp_path_factory.mktemp("rules")
    for number, given_rule in enumerate((PAIR, ABSENT, ("B", 'process where process.name : "B"'))):
        (folder / f"{number}.toml").write_text(rule_text(*given_rule))
    rules = tocsin.load_rules(folder)
    source = [
        event(time * 4_000, name, host={"id": host}, n=n) for time, name, host, n in rows_given
    ]
    whole = [alert.line for alert in tocsin.scan(source, rules)]
    cut = [alert.line for alert in tocsin.scan(source, rules, rows=rows, jobs=jobs)]
    assert [_timeless(line) for line in cut] == [_timeless(line) for line in whole]


def _timeless(line):
    document = json.loads(line)
    for key in ("tocsin.detected_at", "kibana.alert.rule.execution.timestamp"):
        document.pop(key)
    document.pop("kibana.alert.rule.execution.uuid")
    return document


def test_wrong_options():
    """A path is no rules, and there is no other routing."""
    with pytest.raises(TypeError, match=r"tocsin\.load_rules\('rules/'\)"):
        next(tocsin.scan([], "rules/"))
    with pytest.raises(ValueError, match="'auto', 'strict', 'off', not 'none'"):
        next(tocsin.scan([], [], routing="none"))


def test_routing(load):
    """A rule sees its own index; an event of no loaded rule's index is offered to all."""
    rules = load(
        (*CURL, '["logs-endpoint.events.*"]'), ("Cloud", "any where true", '["logs-aws.*"]')
    )
    own = event(
        1_000, data_stream={"type": "logs", "dataset": "endpoint.events.process", "namespace": "x"}
    )
    aws = event(2_000, data_stream={"type": "logs", "dataset": "aws.cloudtrail", "namespace": "x"})
    other = event(3_000)
    found = {
        mode: sorted(
            (a.rule.name, a.time // 1000)
            for a in tocsin.scan([own, aws, other], rules, routing=mode)
        )
        for mode in ("auto", "strict", "off")
    }
    assert found["strict"] == [("Cloud", 2), ("Curl", 1)]
    assert found["auto"] == [("Cloud", 2), ("Cloud", 3), ("Curl", 1), ("Curl", 3)]
    assert found["off"] == [
        ("Cloud", 1),
        ("Cloud", 2),
        ("Cloud", 3),
        ("Curl", 1),
        ("Curl", 2),
        ("Curl", 3),
    ]


def test_files_and_compression(load, tmp_path):
    """A sequence crosses files; gzip changes nothing; the whole event comes back."""
    first, second = tmp_path / "1.ndjson", tmp_path / "2.ndjson.gz"
    first.write_text(json.dumps(event(1_000, "a", extra={"deep": [1, {"x": "y"}]})) + "\n")
    with gzip.open(second, "wt") as file:
        file.write("not json\n" + json.dumps(event(2_000, "b")) + "\n")
    (alert,) = tocsin.scan(tocsin.read(first, second), load(PAIR))
    assert alert.events[0]["extra"] == {"deep": [1, {"x": "y"}]}
    assert alert.events[1]["process"]["name"] == "b"


def test_disorder_within_a_file(load):
    """A finished input is ordered as a whole."""
    source = [event(time, name) for time, name in ((5_000, "b"), (1_000, "a"), (90_000, "z"))]
    random.Random(1).shuffle(source)
    assert len(list(tocsin.scan(source, load(PAIR)))) == 1


def test_overrides(load):
    """Severity, risk and name come from the event where the rule says so."""
    more = """rule_name_override = "process.name"
severity_mapping = [{field = "level", operator = "equals", value = "9", severity = "critical"}]
risk_score_mapping = [{field = "score", operator = "equals", value = ""}]"""
    (alert,) = tocsin.scan([event(1_000, level=9, score=88)], load((*CURL, '["logs-*"]', more)))
    document = alert.document
    assert document["kibana.alert.severity"] == "critical"
    assert document["kibana.alert.risk_score"] == 88
    assert document["kibana.alert.rule.name"] == "curl"
    assert alert.rating.severity == "critical"


def test_hostile_names_stay_data(load):
    """An event's own ``kibana.*`` and ``tocsin.*`` keys never pass for the alert's."""
    forged = event(
        1_000, tocsin={"why": "no"}, **{"kibana.alert.severity": "low", "kibana": {"x": 1}}
    )
    (alert,) = tocsin.scan([forged], load(CURL))
    assert alert.document["kibana.alert.severity"] == "medium"
    assert "kibana" not in alert.document
    assert "tocsin" not in alert.document
    assert alert.events[0] is forged


@pytest.mark.parametrize("piece", [1, 1 << 25])
def test_equal_events_of_a_sequence_keep_their_numbers(load, monkeypatch, piece):
    """However little is read again at once, equal events of one moment have different names."""
    monkeypatch.setattr("tocsin.engine.joins._PIECE", piece)
    source = [event(1_000, "a"), event(1_000, "a"), event(2_000, "b"), event(3_000, "b")]
    (alert,) = tocsin.scan(source, load(PAIR))
    names = [entry["id"] for entry in alert.document["tocsin.events"]]
    assert names[0].endswith("-1")
    assert "-" not in names[1]
