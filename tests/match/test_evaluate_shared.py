"""Elasticsearch's own cases for event queries, asked of the evaluator and of the plain rows."""

import json
import tomllib
from functools import cache

from oracle import rows
from shared import SHARED, needs_shared
from tocsin.languages.eql.nodes import EventFilter
from tocsin.languages.eql.parser import parse
from tocsin.match.evaluate import Evaluator
from tocsin.plan.lower_eql import lower
from tocsin.schema.fields import Schema

pytestmark = needs_shared

FOLDER = SHARED / "conformance" / "eql"
FILES = ("test_queries.toml", "additional_test_queries.toml", "test_queries_date.toml")
WINDOWS_EPOCH = 11_644_473_600_000
MOST = 50


@cache
def events():
    lines = (FOLDER / "test_data.json").read_text().splitlines()
    found = json.loads("\n".join(line for line in lines if not line.startswith(("#", "//"))))
    for event in found:
        event["@timestamp"] = event["timestamp"] // 10_000 - WINDOWS_EPOCH
    return sorted(found, key=lambda event: (event["@timestamp"], event["serial_event_id"]))


def cases():
    if not FOLDER.is_dir():
        return
    for name in FILES:
        for case in tomllib.loads((FOLDER / name).read_text())["queries"]:
            query = parse(case["query"])
            if isinstance(query.body, EventFilter):
                yield query, case["expected_event_ids"]


def cut(found, pipes):
    for pipe in pipes:
        found = found[: pipe.count] if pipe.name == "head" else found[-pipe.count :]
    return found[:MOST]


def test_event_queries():
    schema, evaluator, count = Schema(), Evaluator(), 0
    for query, expected in cases():
        condition = lower(query, schema, category_field="event_type").stage.condition
        found, plain = [], []
        for event in events():
            values = rows.flat(event)
            if evaluator.holds(condition, lambda name, held=values: held.get(name, [])):
                found.append(event["serial_event_id"])
            if rows.matches(query, event, schema, "event_type"):
                plain.append(event["serial_event_id"])
        accepted = expected if expected and isinstance(expected[0], list) else [expected]
        assert cut(found, query.pipes) in accepted
        assert plain == found
        count += 1
    assert count > 100
