"""Parquet read in many small pieces gives the alerts of JSON lines, however it is written."""

import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tocsin
from tocsin.engine.compiled import compile_rules
from tocsin.engine.scan import Options, Scan
from tocsin.inputs import parquet

EQL = (
    """sequence by process.entity_id with maxspan=20s
         [process where process.name == "curl"] [network where destination.port == 8443]""",
    """sequence by host.id, process.Ext.ancestry with maxspan=20s
         [process where process.name == "ls"] [process where process.name == "curl"]""",
    """sequence by agent.id with maxspan=5s
         [any where never.there == "x"] [process where process.name == "nc"]""",
    'sample by host.hostname [process where process.name == "nc"] [network where true]',
    'process where process.name == "curl" and user.name == "root"',
    'any where event.category == "network" and destination.port == 53',
)
THRESHOLD = '[rule.threshold]\nfield = ["process.entity_id"]\nvalue = 4'


def event(number: int, chance: random.Random) -> dict:
    """An event; what rules join by is often missing."""
    network = chance.random() < 0.4
    made = {
        "@timestamp": f"2026-05-01T00:{number // 60 % 60:02d}:{number % 60:02d}.000Z",
        "event": {"category": ["network" if network else "process"]},
        "host": {"id": chance.choice("ab"), **chance.choice([{}, {"hostname": "h"}])},
        "process": {
            "entity_id": f"e{chance.randrange(30)}",
            **chance.choice([{}, {"Ext": {"ancestry": chance.sample("pqrstuv", k=3)}}]),
        },
        **chance.choice([{}, {"user": {"name": "root"}}]),
        "note": f"not asked for \N{SNOWMAN} {number}",
    }
    if network:
        made["destination"] = {"port": chance.choice([53, 8443])}
    else:
        # "nc" and "ls" are rare: most batches have none, so none that their rules join by
        made["process"]["name"] = chance.choices(["curl", "bash", "ls", "nc"], [20, 20, 1, 1])[0]
    return made


@pytest.fixture(scope="module")
def rules(load):
    made = [(f"r{number}", "eql", query, "") for number, query in enumerate(EQL)]
    return load(*made, ("threshold", "threshold", "process.name: curl", THRESHOLD))


def files(folder, events: list[dict], **written):
    """The same events in both formats."""
    lines, table = folder / "events.ndjson", folder / "events.parquet"
    lines.write_text("".join(json.dumps(one) + "\n" for one in events))
    names = dict.fromkeys(name for one in events for name in one)
    whole = pa.table({name: [one.get(name) for one in events] for name in names})
    pq.write_table(whole, table, **written)
    return lines, table


def run(path, rules, **options):
    """Findings with their events, and what else the run tells."""
    compiled = compile_rules(rules)
    scan = Scan(compiled, tocsin.read(str(path)), Options(**options))
    found = sorted(
        (finding.rule, finding.time, finding.keys, tuple(one.content for one in finding.present))
        for finding in scan.findings()
    )
    counts = scan.statistics
    return found, counts.cannot_match, counts.events, counts.stage_hits


def alike(found):
    """The same with events as values, since formats write them otherwise."""
    alerts, *rest = found
    return [
        (rule, at, keys, [json.dumps(json.loads(one), sort_keys=True) for one in events])
        for rule, at, keys, events in alerts
    ], rest


@pytest.mark.parametrize("some", [slice(0, 7), slice(0, 6), slice(4, 6)], ids=str)
@pytest.mark.parametrize(
    "written",
    [
        {"row_group_size": 5000},
        {"row_group_size": 700, "compression": "none"},
        {"row_group_size": 1300, "use_dictionary": False, "compression": "zstd"},
        {"row_group_size": 1500, "data_page_size": 900, "data_page_version": "2.0"},
    ],
    ids=str,
)
@pytest.mark.parametrize("options", [{}, {"rows": 97}, {"jobs": 2}], ids=str)
def test_alerts_are_those_of_json_lines(some, written, options, rules, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "MOST_ROWS", 160)
    chance = random.Random(str(written))
    events = [event(number, chance) for number in range(1700)]
    lines, table = files(tmp_path, events, **written)
    picked = list(rules.select())[some]
    expected = run(lines, picked)
    assert {rule for rule, *_ in expected[0]} == set(range(len(picked))) - {2}
    assert alike(run(table, picked, **options)) == alike(expected)


def test_a_damaged_column_costs_no_alerts(rules, tmp_path, monkeypatch):
    """A page that only alerts read is damaged: batches are asked one by one, and told so."""
    monkeypatch.setattr(parquet, "MOST_ROWS", 100)
    events = [event(number, random.Random(number)) for number in range(400)]
    _, table = files(tmp_path, events, compression="none", use_dictionary=False)
    picked = list(rules.select())[4:6]
    whole = [(rule, at) for rule, at, *_ in run(table, picked)[0]]
    data = bytearray(table.read_bytes())
    at = data.index("not asked for \N{SNOWMAN} 50".encode())
    data[at - 4 : at] = (1 << 30).to_bytes(4, "little")
    table.write_bytes(data)
    source = tocsin.read(str(table))
    found = Scan(compile_rules(picked), source, Options()).findings()
    left = sorted((one.rule, one.time, one.events[0].content) for one in found)
    assert [(rule, at) for rule, at, _ in left] == whole
    assert all(b"note" not in content and b"category" in content for *_, content in left)
    assert "damaged Parquet" in str(source.problems)
