"""The same events as Parquet and as JSON lines give the same alerts, whatever the cuts."""

import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tocsin

RUN = (
    "kibana.alert.rule.execution.uuid",
    "kibana.alert.rule.execution.timestamp",
    "tocsin.detected_at",
)
"""What differs from run to run."""

QUERIES = (
    'process where process.name == "curl" and process.args : ("*pods*", "-k")',
    'process where process.parent.name in ("cron", "sshd") and not process.signed == true',
    "network where destination.port >= 8000 and destination.ip != null",
    'any where cidrmatch(destination.ip, "10.0.0.0/8") and source.bytes > 1.5',
    'process where string(process.pid) : "4*" and length(process.command_line) > 12',
    """sequence by host.id with maxspan=2s
         [process where process.name == "curl"] [network where destination.port == 8443]""",
    'file where endswith~(file.name, ".SH") and startswith~(file.path, "/tmp")',
)


def event(number: int, chance: random.Random) -> dict:
    """An event with many kinds of values, some of them missing."""
    kind = chance.choice(["process", "process", "network", "file"])
    time = (
        f"2026-05-01T00:{number // 3000 % 60:02d}:{number // 50 % 60:02d}.{number % 50 * 20:03d}Z"
    )
    made = {
        "@timestamp": time,
        "event": {"category": [kind], "dataset": "endpoint.events"},
        "host": {"id": chance.choice("abc"), "os": {"type": "linux"}},
        "number": number,
    }
    if kind == "process":
        name = chance.choice(["curl", "bash", "ls", "\N{SNOWMAN}"])
        args = [name, *chance.sample(["-k", "https://n:10250/pods", "x", "--y"], k=2)]
        made["process"] = {
            "name": name,
            "pid": chance.randrange(50),
            "args": args,
            "command_line": " ".join(args),
            **chance.choice([{}, {"signed": True}, {"signed": False}]),
            **chance.choice([{}, {"parent": {"name": chance.choice(["cron", "sshd", "make"])}}]),
        }
    elif kind == "network":
        made["destination"] = {
            "ip": f"{chance.choice([10, 11])}.0.0.{number % 9}",
            "port": chance.choice([53, 8443, 8000]),
        }
        made["source"] = {"bytes": chance.choice([0.5, 1.5, 2.25])}
    else:
        made["file"] = {
            "name": f"{number}.sh",
            "path": f"/{chance.choice(['tmp', 'srv'])}/{number}",
        }
    return made


@pytest.fixture(scope="module")
def rules(load):
    return load(*((f"rule {number}", "eql", query, "") for number, query in enumerate(QUERIES)))


def events_of(count: int) -> list[dict]:
    chance = random.Random(count)
    return [event(number, chance) for number in range(count)]


def table_of(events: list[dict]) -> pa.Table:
    names = list(dict.fromkeys(name for one in events for name in one))
    return pa.table({name: [one.get(name) for one in events] for name in names})


def told(path, rules, **options) -> list:
    """All that alerts say, and the events they are about."""
    found = []
    for alert in tocsin.scan(tocsin.read(path), rules, **options):
        document = {name: value for name, value in alert.document.items() if name not in RUN}
        found.append((alert.rule.name, alert.id, document, alert.events))
    return found


@pytest.mark.parametrize("group", [100, 1500, 10_000])
@pytest.mark.parametrize("options", [{}, {"rows": 61}, {"jobs": 2}, {"routing": "off"}], ids=str)
def test_parquet_gives_the_alerts_of_json_lines(group, options, rules, tmp_path):
    events = events_of(2500)
    lines, table = tmp_path / "events.ndjson", tmp_path / "events.parquet"
    lines.write_text("".join(json.dumps(one) + "\n" for one in events))
    pq.write_table(table_of(events), table, row_group_size=group)
    expected = told(lines, rules)
    assert {name for name, *_ in expected} == {f"rule {number}" for number in range(len(QUERIES))}
    assert told(table, rules, **options) == expected


def test_columns_that_are_words_or_numbers_or_named_with_dots(rules, tmp_path):
    """Other ways to store the same events: dictionaries, dotted names, narrow and wide numbers."""
    events = events_of(800)
    lines, table = tmp_path / "events.ndjson", tmp_path / "events.parquet"
    lines.write_text("".join(json.dumps(one) + "\n" for one in events))
    whole = table_of(events)
    flat = whole.drop_columns(["host"])
    flat = flat.append_column("host.id", [one["host"]["id"] for one in events])
    flat = flat.append_column(
        "host.os.type", pa.array([one["host"]["os"]["type"] for one in events]).dictionary_encode()
    )
    flat = flat.set_column(
        flat.schema.get_field_index("number"), "number", whole["number"].cast("int16")
    )
    pq.write_table(flat, table)
    expected = [(name, number) for name, number, _, _ in told(lines, rules)]
    assert [(name, number) for name, number, _, _ in told(table, rules)] == expected
