"""Real audit logs, and what the library under Auditbeat makes of them, fact for fact."""

import json
from pathlib import Path

import pytest
from reading import audit_events

from shared import SHARED, needs_shared
from tocsin.inputs.audit.coalesce import audit_category, coalesce
from tocsin.inputs.audit.fields import read_fields
from tocsin.inputs.audit.records import Block, read_stretches

pytestmark = needs_shared
GOLDEN = SHARED / "corpus" / "audit" / "go-libaudit"


def scenarios(path: Path) -> dict[str, list[bytes]]:
    """The raw lines of each named scenario of a YAML file of literal blocks."""
    lines: dict[str, list[bytes]] = {}
    name = ""
    for line in path.read_bytes().splitlines():
        text = line.strip()
        if text.startswith(b"type="):
            lines[name].append(text)
        elif text.endswith((b": |", b": >")):
            name = text[:-3].decode()
            lines[name] = []
    return lines


def _coalesced():
    for golden in sorted(GOLDEN.glob("*.json.golden")) if GOLDEN.is_dir() else ():
        raw = scenarios(golden.with_name(golden.name.removesuffix(".json.golden") + ".yaml"))
        for case in json.loads(golden.read_bytes()):
            lines = raw[case["test_name"]]
            name = f"{golden.name.split('.')[0]}-{case['test_name']}"
            yield pytest.param(lines, case["event"], id=name)


def _records():
    for golden in sorted(GOLDEN.glob("*.log.golden")) if GOLDEN.is_dir() else ():
        lines = golden.with_name(golden.name.removesuffix(".golden")).read_bytes().splitlines()
        yield pytest.param(lines, json.loads(golden.read_bytes()), id=golden.name.split(".")[0])


COALESCED = list(_coalesced())
RECORDS = list(_records())


def pair(first: str, second: str, *names: str) -> dict[str, str]:
    return {name: value for name, value in zip(names, (first, second), strict=True) if value}


@pytest.mark.parametrize(("lines", "expected"), COALESCED)
def test_coalesced_event(lines, expected):
    events = audit_events(lines)
    assert len(events) == 1
    event = coalesce(events[0].identity, read_fields(events[0].texts))

    process = dict(event.process) | ({"args": event.args} if event.args else {})
    what = pair(*event.object, "primary", "secondary")
    if event.object_type:
        what["type"] = event.object_type
    summary = {"actor": pair(*event.actor, "primary", "secondary"), "object": what}
    summary |= {k: v for k, v in (("action", event.action), ("how", event.how)) if v}
    got = {
        "sequence": event.identity.serial,
        "category": audit_category(event),
        "record_type": event.kind.lower(),
        "result": event.result,
        "session": event.session,
        "summary": summary,
        "process": process,
        "data": event.data,
    }
    assert got == {key: expected.get(key) for key in got}
    assert event.ids == expected["user"]["ids"]
    assert event.selinux == expected["user"].get("selinux", {})
    assert list(event.tags) == expected.get("tags", [])
    assert event.paths == expected.get("paths", [])
    file = dict(event.file) | ({"selinux": event.file_selinux} if event.file_selinux else {})
    assert file == expected.get("file", {})
    address = {"addr": "ip", "port": "port", "path": "path"}
    for name, parts in (("source", event.source), ("destination", event.destination)):
        assert {address[key]: v for key, v in parts.items()} == expected.get(name, {})
    assert event.direction == expected.get("network", {}).get("direction", "")
    said = expected["ecs"]["event"]
    assert list(event.category) == said.get("category", [])
    assert list(event.type) == said.get("type", [])


@pytest.mark.parametrize(("lines", "expected"), COALESCED)
def test_document(lines, expected):
    (event,) = audit_events(lines)
    document = event.document()
    ecs = expected["ecs"]
    assert document["@timestamp"].startswith(expected["@timestamp"].rstrip("Z"))
    assert document["event"]["action"] == expected["summary"]["action"]
    outcome = {"fail": "failure"}.get(expected["result"], expected["result"])
    assert document["event"]["outcome"] == outcome
    assert document["auditd"]["message_type"] == expected["record_type"]
    for party in ("effective", "target"):
        for key, value in ecs["user"][party].items():
            actor = document["user"].get(party, document["user"])
            assert actor[key] == value
    if ecs["user"].get("id") == "unset":
        assert "id" not in document["user"]


@pytest.mark.parametrize(("lines", "expected"), RECORDS)
def test_each_record(lines, expected):
    assert len(lines) == len(expected)
    for line, golden in zip(lines, expected, strict=True):
        stretches = list(read_stretches(Block.of([line], [1]), "", []))
        assert len(stretches) == (golden is not None)
        if golden is None:
            continue
        (fields,) = read_fields([stretches[0].text])
        assert stretches[0].identity.serial == golden["sequence"]
        assert fields.kind.lower() == golden["record_type"]
        arguments = zip(fields.arguments[::3], fields.arguments[2::3], strict=True)
        data = fields.data | {f"a{index}": text for index, text in arguments}
        assert data == golden.get("data", {}), line
