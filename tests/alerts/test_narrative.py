"""What happened, in a sentence."""

# ruff: noqa: E501 - a case is a line

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.alerts.narrative import LONGEST, Piece, sentence

PROCESS = {"event.category": "process", "event.type": "start"}
NETWORK = {"event.category": "network"}
FILE = {"event.category": "file"}
LOGIN = {"event.category": "authentication", "user.name": "root"}


def said(document):
    """The sentence, quotations in marks of their own."""
    return "".join(
        f"«{piece.text}»" if piece.quoted else piece.text for piece in sentence(document)
    )


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            {**PROCESS, "host.name": "node-1", "user.name": "app", "process": {"command_line": "curl -s x", "parent": {"name": "sh"}}},
            "On «node-1», «app» ran «curl -s x», started by «sh».",
        ),
        ({**PROCESS, "process.args": ["id", "-u"], "process.parent.executable": "C:\\a\\b.exe"}, "«b.exe» started «id -u»."),
        ({**PROCESS, "process.name": "id"}, "«id» was started."),
        ({**PROCESS, "process.name": "id", "user.id": "0", "container.id": "0123456789abcdef"}, "«user 0» ran «id» in «0123456789ab»."),
        ({**PROCESS, "event.type": ["end"], "process.name": "id", "user.name": "app"}, "«id» of «app» ended."),
        ({**NETWORK, "process.name": "curl", "user.name": "app", "destination.ip": "10.0.0.1", "destination.port": 10250}, "«curl» of «app» connected to «10.0.0.1:10250»."),
        ({**NETWORK, "source.ip": "10.0.0.2", "destination.ip": "::1", "destination.port": 80}, "«10.0.0.2» connected to «[::1]:80»."),
        ({**NETWORK, "source.ip": "10.0.0.2", "destination.ip": "10.0.0.1", "destination.port": 22, "network.direction": "ingress", "process.name": "sshd"}, "«10.0.0.2» connected to «sshd» at «10.0.0.1:22»."),
        ({**NETWORK, "process.name": "curl", "dns.question.name": "example.org"}, "«curl» looked up «example.org»."),
        ({"event.category": "web", "source.ip": "10.0.0.2", "http.request.method": "GET", "url.original": "/a", "destination.ip": "10.0.0.3"}, "«10.0.0.2» requested «GET /a» from «10.0.0.3»."),
        ({**FILE, "event.action": "rename", "process.name": "mv", "file": {"path": "/b", "Ext": {"original": {"path": "/a"}}}}, "«mv» renamed «/b», which was «/a»."),
        ({**FILE, "event.type": ["deletion"], "file.path": "/b"}, "«/b» was deleted."),
        ({**FILE, "event.action": "overwrite", "file.path": "/b"}, "«/b» was overwritten."),
        ({**FILE, "event.action": "frobbed", "process.name": "x", "file.path": "/b"}, "«x» touched «/b»."),
        ({"event.category": "registry", "event.action": "modification", "process.name": "reg.exe", "registry": {"path": "HKLM\\Run\\x", "data": {"strings": ["evil.exe"]}}}, "«reg.exe» changed «HKLM\\Run\\x», now «evil.exe»."),
        ({"event.category": "library", "process.name": "a.exe", "dll.path": "C:\\x.dll"}, "«a.exe» loaded «C:\\x.dll»."),
        ({"event.category": "driver", "dll.name": "x.sys"}, "«x.sys» was loaded."),
        ({**LOGIN, "event.action": "logged-in", "event.outcome": "failure", "source.ip": "10.0.0.2", "process.name": "sshd"}, "«root» failed to log in from «10.0.0.2» through «sshd»."),
        ({**LOGIN, "event.outcome": "success"}, "«root» logged in."),
        ({**LOGIN, "event.action": "was-authenticated"}, "«root» authenticated."),
        ({**LOGIN, "event.action": "ended-session"}, "«root» did «ended-session»."),
        (
            {"kubernetes": {"audit": {"verb": "create", "objectRef": {"namespace": "shop", "resource": "pods", "subresource": "exec"}, "user": {"username": "eve"}, "sourceIPs": ["10.0.0.2"], "annotations": {"authorization_k8s_io/decision": "forbid"}}}},
            "«eve» asked the Kubernetes API to «create shop/pods/exec» from «10.0.0.2», which was refused.",
        ),
        ({"event.category": "iam", "event.provider": "iam.amazonaws.com", "event.action": "CreateUser", "event.outcome": "failure", "user.name": "eve"}, "«eve» did «CreateUser» at «iam.amazonaws.com», which failed."),
        ({"event.category": ["network", "process"], "process.name": "id"}, "«id» was started."),
        ({**NETWORK, "destination.ip": "10.0.0.1"}, ""),
        ({"host.name": "node-1", "message": "two words"}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_an_event(event, told):
    assert said(event) == told


def block(host, name, **fields):
    return {**PROCESS, "host.name": host, "process.name": name, **fields}


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ([block("a", "cat"), block("a", "curl")], "On «a», «cat» was started, then «curl» was started."),
        ([block("a", "cat"), block("b", "curl")], "«cat» was started, then «curl» was started."),
        ([block("a", f"p{n}") for n in range(4)], "On «a», «p0» was started, then «p1» was started, then «p2» was started, and 1 more event."),
        ([block("a", "cat"), {"host.name": "a", "message": "x"}, block("a", "w")], "On «a», «cat» was started, then «w» was started, and 1 more event."),
    ],
)  # fmt: skip
def test_the_events_of_a_sequence(blocks, told):
    assert said({"tocsin.building_blocks": blocks}) == told


def test_counted_events_have_no_sentence():
    assert (
        said({**PROCESS, "process.name": "id", "kibana.alert.threshold_result": {"count": 3}}) == ""
    )


def test_what_is_quoted_has_an_end():
    event = {**PROCESS, "process.command_line": "x" * 10_000}
    assert [len(piece.text) for piece in sentence(event) if piece.quoted] == [LONGEST]


FIELDS = (
    "event.category",
    "event.action",
    "event.type",
    "process.name",
    "process.args",
    "user.name",
)
FIELDS += ("host.name", "file.path", "destination.ip", "source.ip", "registry.path", "dll.name")
VALUES = st.sampled_from(
    ["process", "file", "network", "registry", "library", "authentication", "·x·"]
)


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES | st.lists(VALUES, max_size=3)))
@settings(max_examples=200)
def test_words_of_the_event_are_only_quoted(event):
    pieces = sentence(event)
    assert all(isinstance(piece, Piece) and piece.text for piece in pieces)
    assert not any("·" in piece.text for piece in pieces if not piece.quoted)
    assert all(one.quoted or two.quoted for one, two in pairwise(pieces))
    assert not pieces or pieces[-1].text.endswith(".")
    json.dumps(pieces)
