"""Elastic's threshold and new terms rules on documents made for them."""

import datetime as dt
import gzip
import json

import pytest

import tocsin
from shared import SHARED, needs_shared
from tocsin.schema.values import parse_time

pytestmark = needs_shared
APART = dt.timedelta(days=60)


@pytest.mark.parametrize(("kind", "sets"), [("threshold", 13), ("new_terms", 120)])
def test_every_document_set_fires_its_rule(kind, sets):
    """All sets in one input, so far apart that none meets another's events."""
    rules = tocsin.load_rules(SHARED / "elastic-rules.tar.gz").select(include=[f"type:{kind}"])
    with gzip.open(SHARED / "oracle" / f"{kind}.ndjson.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    assert len(rows) == sets
    source = []
    for number, row in enumerate(rows):
        for document in row["docs"]:
            time = dt.datetime.fromisoformat(document["@timestamp"]) + number * APART
            source.append({**document, "@timestamp": time.isoformat()})
    first, fired = min(parse_time(event["@timestamp"]) for event in source), {}
    for alert in tocsin.scan(source, rules, routing="off"):
        number = (alert.time - first) // int(APART.total_seconds() * 1000)
        fired.setdefault(number, set()).add(alert.rule.id)
        assert {"threshold": "threshold_result"}.get(kind, "new_terms") in str(alert.line)
    assert all(row["rule_id"] in fired.get(number, ()) for number, row in enumerate(rows))
