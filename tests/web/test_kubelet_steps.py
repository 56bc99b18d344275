"""The steps of an investigation, carried out over the demo's events and a few audit entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tocsin.corpus.questions import Questions
from tocsin.corpus.stored import Corpus
from tocsin.engine.query import query
from tocsin.inputs.source import read
from tocsin.journal import disk
from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.journal.keeper import Keeper, Limits
from tocsin.rules.timing import instant
from tocsin.store.store import Store
from tocsin.web.steps.carry import steps
from tocsin.web.steps.case import Case, case
from tocsin.web.steps.step import Step, steps_json

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "src" / "tocsin" / "demo"
AUDIT = DEMO / "kubernetes-audit.log"
LONG = 60.0


def events_of(*files: Path) -> list[dict[str, Any]]:
    return [dict(match.events[0]) for match in query(read(*files), "any where true")]


@pytest.fixture(scope="module")
def demo() -> list[dict[str, Any]]:
    return events_of(DEMO / "kubelet-abuse.audit.log", DEMO / "containers.ndjson")


@pytest.fixture(scope="module")
def questions(
    tmp_path_factory: pytest.TempPathFactory, demo: list[dict[str, Any]]
) -> Iterator[Questions]:
    """The demo's events, and audit entries of a cluster."""
    folder = tmp_path_factory.mktemp("stored")
    with (
        pytest.MonkeyPatch.context() as patched,
        Journal(folder / "journal") as journal,
        Store.open(folder / "alerts.db") as store,
    ):
        patched.setattr(disk, "sync", lambda file: None)
        patched.setattr(disk, "sync_folder", lambda folder: None)
        keeper = Keeper(journal, folder / "events", Limits(seal_after=0))
        lines = [orjson.dumps(event) for event in [*demo, *events_of(AUDIT)]]
        journal.append(Frame(Kind.EVENTS, 1, "test", lines))
        yield Questions(Corpus(journal, keeper.archive, store))


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Questions]:
    monkeypatch.setattr(disk, "sync", lambda file: None)
    monkeypatch.setattr(disk, "sync_folder", lambda folder: None)
    with Journal(tmp_path / "j") as journal, Store.open(tmp_path / "alerts.db") as store:
        keeper = Keeper(journal, tmp_path / "events", Limits())
        yield Questions(Corpus(journal, keeper.archive, store))


def case_of(event: dict[str, Any], name: str = "") -> Case:
    return case(event, name, instant(event["@timestamp"], 0))


def process(events: list[dict[str, Any]], *arguments: str) -> dict[str, Any]:
    """The first process that has all of these arguments."""
    return next(
        event
        for event in events
        if set(arguments) <= set(event.get("process", {}).get("args", []))
        and "process" in event["event"]["category"]
    )


def carried(made: Case, questions: Questions) -> dict[str, Step]:
    return {step.name: step for step in steps(made, questions, LONG)}


def test_a_url_in_a_container_is_followed_through(questions, demo):
    event = process(demo, "https://10.20.0.12:10250/pods")
    made = case_of(event)
    assert made.because == "it names the address of a Kubelet"
    found = carried(made, questions)
    assert all(step.whole for step in found.values())

    request = found["request"]
    assert "The intent is discovery." in request.told
    assert "A bearer token was sent along (it is not shown here)." in request.told
    assert "The node's certificate was not checked." in request.told
    assert "node 10.20.0.12, port 10250, /pods" in request.rows[0].told
    assert "demo-token" not in repr(request)

    session = " ".join(found["session"].told)
    assert "It is interactive" in session
    assert "The session began within a container, with sh." in session
    assert "is sh, started by containerd-shim-runc-v2." in session
    assert "Into this pod: dev-anna from 192.0.2.44: get pods/exec" in session

    nodes = found["other_nodes"]
    assert nodes.told[0] == "A whole range was to be scanned: 10.20.0.0/28."
    assert "2 nodes: 10.20.0.12, 10.20.0.13." in nodes.told
    assert "No network event of the container nginx is stored" in nodes.lacking

    credentials = found["credentials"]
    assert credentials.told == ("The pod's service-account token: 1 event.",)
    assert "No file event" in credentials.lacking

    log = found["audit_log"]
    assert log.told[0].endswith(": 1 forbidden.")
    assert "list secrets shop: forbidden, status 403" in log.rows[0].told
    assert log.rows[0].marked
    assert "never reaches the API server" in log.caution

    reviews = found["reviews"]
    assert reviews.told[0] == "3 reviews by Kubelets in these twenty minutes."
    assert "Allowed on `nodes/…`: system:serviceaccount:shop:web." in reviews.told
    assert any("get nodes/proxy: allowed" in row.told for row in reviews.rows)
    assert any("get nodes/pods: denied" in row.told for row in reviews.rows)
    assert "does not prove that nothing was asked" in reviews.caution

    assert "1 allowed" in found["proxied"].told[0]
    assert "prometheus" in found["proxied"].rows[0].told

    follow = found["follow_on"]
    assert "2 calls to a Kubelet to run commands in pods." in follow.told
    assert any("kubeletctl exec id -p api-66c8d9d9b4-q7hzn" in row.told for row in follow.rows)
    assert "No log of a Kubelet" in found["node_logs"].lacking


def test_a_url_on_a_host_is_followed_through(questions, demo):
    found = carried(case_of(process(demo, "https://10.20.0.11:10250/pods")), questions)
    session = " ".join(found["session"].told)
    assert "It has the terminal pts0" in session
    assert "Who logged in was app." in session
    assert "Its login is stored: by /usr/bin/su." in session
    nodes = " ".join(found["other_nodes"].told)
    assert "6 different nodes" in nodes
    assert "the pattern of a scan" in nodes
    assert found["other_nodes"].lacking == ""
    assert found["credentials"].told == ("The pod's service-account token: 2 events.",)
    assert found["audit_log"].told[0].startswith("The alert names no service account")
    assert any("kubeletctl exec id -p web-0" in row.told for row in found["follow_on"].rows)


def test_a_call_of_the_client_says_what_it_wants(questions, demo):
    event = process(demo, "exec", "api-66c8d9d9b4-q7hzn")
    found = carried(case_of(event), questions)
    assert "The intent is execution." in found["request"].told
    assert "kubeletctl exec of 10.20.0.12 (namespace shop, pod api-66c8d9d9b4-q7hzn" in (
        found["request"].rows[0].told
    )
    assert any(
        "processes started in api-66c8d9d9b4-q7hzn" in one.asked
        for one in found["follow_on"].listings
    )
    renamed = case_of(process(demo, "/dev/shm/.agent", "runningpods"))
    assert renamed.because == "kubeletctl was called"
    assert carried(renamed, questions)["request"].rows[0].told.startswith("A renamed kubeletctl")


def test_without_events_each_step_says_what_would_show_it(empty, demo):
    event = process(demo, "https://10.20.0.12:10250/pods")
    found = carried(case_of(event), empty)
    for name in ("session", "other_nodes", "credentials", "audit_log", "reviews", "proxied"):
        assert found[name].lacking, name
    assert found["follow_on"].lacking
    assert "No audit" not in " ".join(found["reviews"].told)
    assert not any(row.time for step in found.values() for row in step.rows)


def test_without_time_nothing_is_claimed(questions, demo):
    event = process(demo, "https://10.20.0.12:10250/pods")
    for step in steps(case_of(event), questions, 0.0)[1:]:
        assert not step.whole
        assert step.lacking == ""
        assert not re.search(r"\b(No|None|Nothing)\b", " ".join(step.told)), step.name


def test_port_10255_leaves_no_review(questions, demo):
    found = carried(case_of(process(demo, "http://10.20.0.13:10255/metrics")), questions)
    assert "Port 10255 asks nobody, so no review can belong to it." in found["reviews"].told
    assert any("asks nobody who they are" in one for one in found["request"].told)
    assert "nobody is asked" in found["request"].rows[0].told


@pytest.mark.parametrize(
    ("event", "name", "because"),
    [
        (
            {"destination": {"port": 10250, "ip": "10.0.0.1"}},
            "",
            "it is about a connection to port 10250",
        ),
        (
            {"file": {"path": "/var/lib/kubelet/pki/x.pem"}},
            "",
            "it is about credentials of Kubernetes",
        ),
        ({}, "Potential Kubeletctl Execution", "its rule is about the Kubelet"),
        (
            {"process": {"args": ["cat", "/var/lib/kubelet/pki/kubelet-client-current.pem"]}},
            "",
            "it is about credentials of Kubernetes",
        ),
        (
            {"kubernetes": {"audit": {"requestURI": "/api/v1/nodes/n/proxy/run/a/b/c?cmd=id"}}},
            "",
            "it names the address of a Kubelet",
        ),
        (
            {"process": {"command_line": "curl https://n:10250/"}},
            "",
            "it names the address of a Kubelet",
        ),
        ({"process": {"args": ["curl", "https://n:6443/"]}}, "Another rule", ""),
        (
            {"tocsin.building_blocks": [{}, {"process": {"args": ["x", "n:10255/pods"]}}]},
            "",
            "it names the address of a Kubelet",
        ),
    ],
)
def test_an_alert_is_of_the_family_by_what_it_is(event, name, because):
    assert case(event, name, 0).because == because


def test_other_alerts_have_no_steps(questions):
    assert steps(case({"process": {"args": ["ls"]}}, "ls", 0), questions, LONG) == ()


def test_hostile_values_are_asked_for_as_they_are(questions):
    hostile = 'x" or host.id: * or "'
    event = {
        "@timestamp": "2026-11-22T06:11:18.400Z",
        "host": {"id": hostile},
        "process": {
            "name": "curl",
            "args": [
                "curl",
                f"https://{hostile}:10250/pods",
                "https://n:10250/exec/a/../b/c?command=<script>",
            ],
        },
        "orchestrator": {"namespace": "*", "resource": {"type": "pod", "name": hostile}},
    }
    found = carried(case_of(event), questions)
    assert found["other_nodes"].listings[0].number == 0
    assert found["audit_log"].listings[0].number == 0
    orjson.dumps(steps_json(tuple(found.values())))


def test_a_websocket_needs_get_alone(questions):
    event = {
        "@timestamp": "2026-01-01T00:00:00Z",
        "process": {"args": ["wscat", "wss://n:10250/exec/a/b/c?command=id"]},
    }
    request = carried(case_of(event), questions)["request"]
    assert any("`get` on `nodes/proxy` is enough" in one for one in request.told)
    assert request.rows[0].marked
    assert "Pod b of namespace a, container c. Command: id" in request.rows[0].told


def test_a_request_through_the_api_server_is_taken_apart(questions):
    event = {
        "@timestamp": "2026-11-22T06:11:18.400Z",
        "kubernetes": {
            "audit": {
                "requestURI": "/api/v1/nodes/node-2/proxy/run/shop/api-0/api?cmd=id",
                "user": {"username": "system:serviceaccount:shop:web"},
            }
        },
    }
    found = carried(case_of(event), questions)
    assert "The intent is execution." in found["request"].told
    assert any("goes through the API server" in one for one in found["request"].told)
    assert "Command: id" in found["request"].rows[0].told
    assert "system:serviceaccount:shop:web: 1 forbidden" in found["audit_log"].told[0]
