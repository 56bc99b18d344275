"""All of Elastic's rules over real events: a stream in disorder finds what a scan finds."""

from __future__ import annotations

import random

import orjson
import pytest
from doubles import MemoryJournal, events_frame
from watched import FAR, scanned, told, watched

import tocsin
from shared import SHARED, needs_shared
from tocsin.columns.cells import NO_TIME, FieldSet
from tocsin.columns.content import content_hash
from tocsin.engine.compiled import compile_rules
from tocsin.journal.frame import Frame, Kind
from tocsin.live.options import Options

pytestmark = needs_shared
LATENESS = 30_000
FILES = [
    "auditd-go-libaudit.ndjson.gz",
    "cloudtrail-stratus.ndjson.gz",
    "endpoint-samples.ndjson.gz",
    "k8s-audit-panther.ndjson.gz",
    "okta-panther.ndjson.gz",
]


@pytest.fixture(scope="module")
def rules():
    return tocsin.load_rules(SHARED / "elastic-rules.tar.gz").select()


def events(name):
    """The events of a file, each once, in order of time, with their names."""
    found = {}
    for batch in tocsin.read(SHARED / "corpus" / "events" / name).batches(FieldSet(())):
        cells = batch.cells(FieldSet(()))
        for row, time in enumerate(cells.time.tolist()):
            if time != NO_TIME:
                named, content = batch.identity(row) or ("", ""), batch.event(row)
                key = named if named[1] else content_hash(content)
                found.setdefault(key, (time, named, content))
    return sorted(found.values(), key=lambda one: one[0])


def test_a_stream_of_real_events_finds_what_a_scan_finds(rules):
    chance = random.Random(1)
    some = [one for name in FILES for one in events(name)]
    some.sort(key=lambda one: one[0] + chance.randint(0, LATENESS))
    journal, begin = MemoryJournal(), 0
    while begin < len(some):
        part = some[begin : begin + chance.choice([10, 100])]
        begin += len(part)
        journal.append(events_frame([one[2] for one in part], FAR, [one[1] for one in part]))
    journal.append(Frame(Kind.MARK, 2 * FAR, mark=2 * FAR))
    given = [
        {"_index": index, "_id": own, "_source": orjson.loads(line)}
        if index or own
        else orjson.loads(line)
        for _, (index, own), line in some
    ]
    expected = scanned(given, rules)
    store = watched(journal, compile_rules(rules), Options(rows=400, snapshot_bytes=500_000))
    assert told(store) == expected
    assert len(expected) > 50
