"""The demo's audit log and container sample say what the demo shows."""

from pathlib import Path

import orjson
import pytest

import tocsin
from tocsin.inputs.audit import AuditReader, looks_like_audit

DEMO = Path(tocsin.__file__).parent / "demo" if tocsin.__file__ else Path()
KUBELET = (10250, 10255)


@pytest.fixture(scope="module")
def recorded():
    reader = AuditReader()
    raw = (DEMO / "kubelet-abuse.audit.log").read_bytes()
    assert looks_like_audit(raw[:4096])
    events = [e for n, line in enumerate(raw.splitlines(), 1) for e in reader.feed(line, n)]
    events += reader.finish()
    assert reader.rejects == []
    return [event.document() for event in events]


@pytest.fixture(scope="module")
def containers():
    return [orjson.loads(line) for line in (DEMO / "containers.ndjson").read_bytes().splitlines()]


def ran(documents, name):
    return [
        document["process"]
        for document in documents
        if document["event"].get("action") in ("executed", "exec")
        and document["process"]["name"] == name
    ]


def test_the_log_is_of_one_node_and_small(recorded):
    assert (DEMO / "kubelet-abuse.audit.log").stat().st_size < 200_000
    assert {document["host"]["name"] for document in recorded} == {"node-1"}
    assert {document["user"].get("name", "app") for document in recorded} == {"app"}
    times = [document["@timestamp"] for document in recorded]
    assert times[0] < times[-1]


def test_it_says_nothing_of_the_machine_it_was_recorded_on():
    raw = (DEMO / "kubelet-abuse.audit.log").read_bytes()
    for word in (b"pyenv", b"kernel=", b"record_demo", b"/root", b"/work"):
        assert word not in raw
        assert word.hex().upper().encode() not in raw


def test_curl_asks_a_kubelet(recorded):
    urls = [arg for process in ran(recorded, "curl") for arg in process["args"]]
    assert "https://10.20.0.11:10250/pods" in urls
    assert "http://10.20.0.11:10255/metrics" in urls
    assert "http://10.20.0.12:8080/docs/ports/10250/" in urls  # a near miss
    asked = [d for d in recorded if d.get("destination", {}).get("port") in KUBELET]
    assert {d["process"]["name"] for d in asked} == {"curl", "kubeletctl", "python3", "updater"}
    assert {d["event"]["action"] for d in asked} == {"connected-to"}
    assert {d["network"]["direction"] for d in asked} == {"egress"}


def test_kubeletctl_scans_several_nodes(recorded):
    scan, *others = ran(recorded, "kubeletctl")
    assert scan["args"][1:] == ["scan", "--cidr", "10.20.0.8/29"]
    assert {process["args"][1] for process in others} == {"pods", "scan", "exec"}
    nodes = {
        document["destination"]["ip"]
        for document in recorded
        if document.get("process", {}).get("pid") == scan["pid"] and "destination" in document
    }
    assert {"10.20.0.11", "10.20.0.12", "10.20.0.13"} <= nodes


def test_the_token_is_read_first(recorded):
    token = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path
    opened = next(n for n, d in enumerate(recorded) if d.get("file", {}).get("path") == token)
    assert recorded[opened]["event"]["action"] == "opened-file"
    asked = [n for n, d in enumerate(recorded) if d.get("destination", {}).get("port") in KUBELET]
    assert opened < min(asked)


def test_ordinary_work_goes_on_around_it(recorded):
    names = {d["process"]["name"] for d in recorded if d["event"].get("action") == "executed"}
    assert names >= {"ls", "cat", "tar", "gzip", "git", "sort", "python3", "find", "date", "awk"}
    assert len([d for d in recorded if d["event"].get("action") == "executed"]) > 40


def test_container_events_have_the_sensors_fields(containers):
    for document in containers:
        assert document["data_stream"]["dataset"] == "cloud_defend.process"
        assert document["event"]["action"] == "exec"
        assert document["event"]["type"] == ["start"]
        assert document["event"]["category"] == ["process"]
        assert document["host"]["os"]["type"] == "linux"
        assert document["container"]["id"]
        assert document["orchestrator"]["resource"]["type"] == "pod"
        process = document["process"]
        assert process["args_count"] == len(process["args"])
        assert process["interactive"] is process["entry_leader"]["interactive"]
        leads = process["entry_leader"]["pid"] == process["pid"]
        assert leads is process["entry_leader"]["same_as_process"]
    assert len({document["event"]["id"] for document in containers}) == len(containers)


def test_an_intruder_in_a_container(containers):
    tool = ran(containers, "kubeletctl")
    assert {process["args"][1] for process in tool} == {"scan", "pods", "exec"}
    assert all(process["interactive"] for process in tool)
    urls = [arg for process in ran(containers, "curl") for arg in process["args"]]
    assert "https://10.20.0.12:10250/pods" in urls
    assert ran(containers, ".agent")[0]["args"][1:] == ["runningpods", "--server", "10.20.0.13"]
    quiet = [d for d in containers if not d["process"]["interactive"]]
    assert len(quiet) > len(containers) / 2
