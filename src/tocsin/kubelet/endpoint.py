"""The paths of the Kubelet's API: what each gives, what it is asked for, and what guards it.

endpoint("/exec/shop/api-0/api")      runs a command in a container: execution, nodes/proxy
target("/exec/shop/api-0/api", "…")   the pod, the container and the command
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

LONGEST_COMMAND = 2_000


class Intent(StrEnum):
    """What a request is for."""

    EXECUTION = "execution"
    COLLECTION = "collection"
    DISCOVERY = "discovery"
    CHANGE = "change"
    HEALTH = "health check"
    UNKNOWN = "unknown"


class Endpoint(NamedTuple):
    """A path of the Kubelet.

    ``guard``: the subresources of ``nodes`` one of which the caller must be allowed to use, where
    the Kubelet asks (authorization mode Webhook). ``configz``, ``healthz`` and ``pods`` count from
    Kubernetes 1.32 on (a feature gate, on by default from 1.33); before, it was ``proxy`` alone.
    """

    path: str
    does: str
    intent: Intent
    guard: tuple[str, ...] = ("proxy",)


class Target(NamedTuple):
    """What a path names: empty where it names nothing."""

    namespace: str = ""
    pod: str = ""
    container: str = ""
    command: str = ""


_ENDPOINTS = (
    Endpoint(
        "exec",
        "runs a command in a container and stays connected to it",
        Intent.EXECUTION,
    ),
    Endpoint("run", "runs a command in a container and gives its output", Intent.EXECUTION),
    Endpoint("cri", "goes on with a command in a container (older Kubelets)", Intent.EXECUTION),
    Endpoint("attach", "connects to the running process of a container", Intent.EXECUTION),
    Endpoint("portForward", "opens a tunnel to a port of a pod", Intent.EXECUTION),
    Endpoint("containerLogs", "gives the output of a container", Intent.COLLECTION),
    Endpoint(
        "checkpoint",
        "writes the memory of a container to a file on the node",
        Intent.COLLECTION,
        ("checkpoint", "proxy"),
    ),
    Endpoint("logs", "gives files below /var/log of the node", Intent.COLLECTION, ("log",)),
    Endpoint(
        "pods",
        "lists the node's pods with images, environment variables, volumes, service accounts",
        Intent.DISCOVERY,
        ("pods", "proxy"),
    ),
    Endpoint(
        "runningpods",
        "lists the pods that run on the node",
        Intent.DISCOVERY,
        ("pods", "proxy"),
    ),
    Endpoint(
        "configz",
        "gives the Kubelet's configuration, and so whether it lets strangers in",
        Intent.DISCOVERY,
        ("configz", "proxy"),
    ),
    Endpoint(
        "metrics",
        "gives metrics, which name the node's pods and containers",
        Intent.DISCOVERY,
        ("metrics",),
    ),
    Endpoint(
        "stats",
        "gives use of CPU and memory, which names the node's pods and containers",
        Intent.DISCOVERY,
        ("stats",),
    ),
    Endpoint("spec", "gives facts about the machine (older Kubelets)", Intent.DISCOVERY, ("spec",)),
    Endpoint("debug/flags", "changes how much the Kubelet logs", Intent.CHANGE),
    Endpoint("debug", "gives profiles of the Kubelet's own process", Intent.DISCOVERY),
    Endpoint(
        "healthz",
        "says whether the Kubelet is well; a scanner asks for it, and so does monitoring",
        Intent.HEALTH,
        ("healthz", "proxy"),
    ),
)
_ROOT = Endpoint(
    "", "asks for no path: it shows only that something answers there", Intent.DISCOVERY
)
_OTHER = Endpoint("?", "is no path that the Kubelet is known to have", Intent.UNKNOWN)
_IN_POD = {"exec", "run", "attach", "portForward", "containerLogs", "checkpoint"}
_SHORTEST = 2
"""Namespace and pod: what a path must at least name."""

_WITH_UID = 4


def endpoint(path: str) -> Endpoint:
    """What a path (percent-encoded or not) is; `path` "?" for one that is not known."""
    plain = _plain(path)
    if not plain:
        return _ROOT
    for known in _ENDPOINTS:
        name = known.path.lower()
        if plain.lower() == name or plain.lower().startswith(f"{name}/"):
            return known
    return _OTHER


def target(path: str, query: str = "") -> Target:
    """What a path and its query name."""
    name, *rest = _plain(path).split("/")
    known = next((one for one in _IN_POD if one.lower() == name.lower()), "")
    if not known or len(rest) < _SHORTEST:
        return Target()
    container = ""
    if known != "portForward":
        # /exec/NAMESPACE/POD/CONTAINER, or with the pod's UID before the container
        container = rest[3] if len(rest) >= _WITH_UID else rest[2] if len(rest) > _SHORTEST else ""
    return Target(rest[0], rest[1], container, _command(query))


def _plain(path: str) -> str:
    return "/".join(filter(None, unquote(path).split("/")))


def _command(query: str) -> str:
    """The command of a query: its words stand one by one (exec), or all in one (run)."""
    try:
        pairs = parse_qsl(query, max_num_fields=200)
    except ValueError:
        return ""
    words = [value for name, value in pairs if name in {"command", "cmd"}]
    return " ".join(words)[:LONGEST_COMMAND]
