"""What an event tells a responder in a line."""

# ruff: noqa: E501 - a case is a line

import pytest

from tocsin.alerts.happening import LONGEST, STEPS, happened, steps
from tocsin.cli.happening import safe


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"event": {"category": "process"}, "process": {"command_line": "curl -s x", "name": "curl"}}, "curl -s x"),
        ({"event.category": ["process"], "process.args": ["curl", "-s"], "process.name": "curl"}, "curl -s"),
        (
            {"event.category": "process", "process": {"args": ["sh", "-c", "id"], "executable": "/bin/sh", "parent": {"name": "java"}}, "user": {"name": "app"}},
            "sh -c id (app, from java)",
        ),
        (
            {"event.category": "process", "process": {"args": ["[kworker]"], "executable": "/tmp/.x", "name": ".x"}, "user.id": "0"},
            "[kworker] (user 0, file /tmp/.x)",
        ),
        (
            {"event.category": "process", "process": {"command_line": '"C:\\Windows\\cmd.exe" /c dir', "executable": "C:\\Windows\\cmd.exe"}},
            '"C:\\Windows\\cmd.exe" /c dir',
        ),
        ({"event.category": "process", "event.type": ["end"], "process.name": "curl"}, "ended: curl"),
        ({"event.category": "process", "process.name": "curl", "container": {"id": "0123456789abcdef"}}, "curl (in 0123456789ab)"),
        ({"event.category": "process", "process.name": "curl", "orchestrator.resource.name": "web-0", "container.id": "f"}, "curl (in web-0)"),
        (
            {"event": {"category": ["network"]}, "process": {"name": "curl"}, "destination": {"ip": "10.0.0.1", "port": 10250}},
            "curl → 10.0.0.1:10250",
        ),
        ({"event.category": "network", "process.executable": "/usr/bin/nc", "destination.ip": "::1", "destination.port": 80}, "nc → [::1]:80"),
        ({"event.category": "network", "source.ip": "10.0.0.2", "destination.domain": "example.org", "user.name": "app"}, "10.0.0.2 → example.org (app)"),
        ({"event.category": "network", "source.ip": "10.0.0.2", "source.port": 4, "network.direction": "ingress", "process.name": "sshd"}, "10.0.0.2:4 → sshd"),
        ({"event.category": "network", "source.ip": "10.0.0.2", "process.name": "curl", "user.name": "app"}, "curl from 10.0.0.2 (app)"),
        ({"event.category": "network", "source.ip": "10.0.0.2", "network.direction": "ingress", "user.name": "app"}, "from 10.0.0.2 (app)"),
        ({"event.category": "web", "source.ip": "10.0.0.2", "user.name": "app", "event.action": "download"}, "download (app, from 10.0.0.2)"),
        ({"event.provider": "iam.amazonaws.com", "event.action": "CreateUser", "source.ip": "10.0.0.2", "user.name": "eve"}, "iam.amazonaws.com CreateUser (eve, from 10.0.0.2)"),
        ({"event.category": "network", "process.name": "curl", "dns.question.name": "example.org"}, "curl asks for example.org"),
        ({"event.category": "web", "source.ip": "10.0.0.2", "http.request.method": "GET", "url.original": "/a", "destination.ip": "10.0.0.3"}, "10.0.0.2 → GET /a (10.0.0.3)"),
        ({"event.category": "file", "event.action": "rename", "process.name": "mv", "file": {"path": "/b", "Ext": {"original": {"path": "/a"}}}}, "mv rename /b (was /a)"),
        ({"event.category": "file", "file.name": "token"}, "token"),
        ({"event.category": "registry", "event.action": "modification", "registry": {"path": "HKLM\\Run\\x", "data": {"strings": ["evil.exe"]}}}, "modification HKLM\\Run\\x = evil.exe"),
        ({"event.category": "library", "event.action": "load", "process.name": "a.exe", "dll.path": "C:\\x.dll"}, "a.exe load C:\\x.dll"),
        ({"event.category": "authentication", "event.action": "logged-in", "event.outcome": "failure", "user.name": "root", "source.ip": "10.0.0.2"}, "logged-in failure root from 10.0.0.2"),
        (
            {"kubernetes": {"audit": {"verb": "create", "objectRef": {"namespace": "shop", "resource": "pods", "name": "web-0", "subresource": "exec"}, "user": {"username": "eve"}, "sourceIPs": ["10.0.0.2"]}}},
            "create shop/pods/web-0/exec (eve, from 10.0.0.2)",
        ),
        ({"kubernetes.audit.verb": "get", "kubernetes.audit.requestURI": "/healthz"}, "get /healthz"),
        ({"event.provider": "iam.amazonaws.com", "event.action": "CreateUser", "event.outcome": "success", "user.name": "eve"}, "iam.amazonaws.com CreateUser success (eve)"),
        ({"message": "two\n lines"}, "two lines"),
        ({"event.category": "process"}, ""),
        ({"source.ip": "10.0.0.2", "user.name": "app"}, "from 10.0.0.2 (app)"),
        ({"event.category": ["file", "process"], "process.name": "curl"}, "curl"),
        ({}, ""),
    ],
)  # fmt: skip
def test_an_account_of_an_event(event, told):
    assert happened(event) == told


def test_an_account_is_never_long():
    assert (
        len(happened({"event.category": "process", "process.command_line": "x" * 10_000}))
        == LONGEST
    )


def test_an_alert_without_details_gives_its_reason():
    document = {"kibana.alert.reason": "iam event by eve created low alert Some rule."}
    assert steps(document) == ["iam event by eve"]


def test_a_reason_that_ends_with_a_list_of_parts_is_told_without_its_last_comma():
    document = {"kibana.alert.reason": "event with file x, created low alert Some rule."}
    assert steps(document) == ["event with file x"]


def test_the_events_of_a_sequence_are_told_in_order():
    blocks = [{"event.category": "process", "process.name": f"p{number}"} for number in range(9)]
    told = steps({"tocsin.building_blocks": blocks})
    assert told[:2] == ["1. p0", "2. p1"]
    assert told[STEPS:] == ["and 3 more"]


def test_an_absence_alone_is_told_too():
    assert steps({"tocsin.building_blocks": [], "message": "x"}) == ["x"]


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\x7f", "\x9b", "\u202e", "\u2028", "\n", "\u200b"]
)
def test_what_would_steer_a_terminal_is_shown(character):
    assert safe(f"a{character}b").isprintable()
    assert safe("grün 日本 ok") == "grün 日本 ok"


def test_a_threshold_tells_its_count_and_its_last_event():
    document = {
        "kibana.alert.threshold_result": {
            "count": 1200,
            "terms": [{"field": "host.id", "value": "h1"}],
            "cardinality": [{"field": "user.name", "value": 3}],
        },
        "tocsin.sample": [{"event": {"event.category": "process", "process.name": "curl"}}],
    }
    assert steps(document) == ["1,200 events with 3 user.name, of host.id h1", "curl"]


def test_what_is_new_and_how_much_was_alike_is_told():
    document = {
        "event.category": "process",
        "process.name": "curl",
        "kibana.alert.new_terms": ["curl", 7],
        "kibana.alert.suppression.docs_count": 2,
        "kibana.alert.suppression.end": "2026-08-01T12:00:00.000Z",
    }
    assert steps(document) == ["curl", "new: curl, 7", "and 2 alike until 2026-08-01T12:00:00.000Z"]
