"""Addresses of Kubelets among the arguments of a process, taken apart.

    addresses(["curl", "-sk", "https://10.20.0.12:10250/pods"])

Found are URLs and ``host:port`` with one of the Kubelet's ports, bash's ``/dev/tcp/host/port``,
host and port as two arguments of a network tool, and the way round through the API server
(``/api/v1/nodes/NAME/proxy/…``), which is written to its audit log, unlike all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from tocsin.kubelet.endpoint import Endpoint, Target, endpoint, target

PORTS = (10250, 10255)
"""The Kubelet's API, and its port that only reads and asks nobody who they are."""

MOST = 50
MOST_ARGUMENTS = 1_000
LONGEST = 20_000
"""Addresses, arguments, and characters of an argument, that are looked at."""

_LONGEST_HOST = 300
_PORT = re.compile(r":(10250|10255)(?![0-9])")
_HOST = re.compile(r"(?:[A-Za-z0-9_.{},*$%~-]|\[[0-9A-Fa-f:.%-]*\])+\Z")
_BEFORE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,20})://(?:[^/\s@]{0,200}@)?\Z")
_AFTER = re.compile(r"""[/?][^\s"'`<>|;()\\]*""")
_DEVICE = re.compile(r"/dev/(?:tcp|udp)/([A-Za-z0-9_.$-]{1,255})/(10250|10255)(?![0-9])")
_PROXY = re.compile(
    r"/api/v1/(?:proxy/nodes/([A-Za-z0-9_.:%-]{1,300})|nodes/([A-Za-z0-9_.:%-]{1,300})/proxy)"
    r"""((?:/[^\s"'`<>|;()\\?]*)?)(?:\?([^\s"'`<>|;()\\]*))?"""
)
_TOOLS = ("nc", "ncat", "netcat", "nc.openbsd", "nc.traditional", "telnet", "socat", "busybox")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,255}\Z")


class Address(NamedTuple):
    """One address of a Kubelet, as an argument has it.

    ``node`` may be a pattern (``10.0.0.[1-9]``) or a shell's variable. ``scheme`` is empty where
    none is given; ``through_api``: the API server is asked to pass it on.
    """

    node: str
    port: int
    scheme: str = ""
    path: str = ""
    query: str = ""
    through_api: bool = False

    @property
    def text(self) -> str:
        """The address without what stood around it; credentials in it are left out."""
        query = f"?{self.query}" if self.query else ""
        if self.through_api:
            return f"/api/v1/nodes/{self.node}/proxy{self.path}{query}"
        scheme = f"{self.scheme}://" if self.scheme else ""
        return f"{scheme}{self.node}:{self.port}{self.path}{query}"

    @property
    def endpoint(self) -> Endpoint:
        """What the path is."""
        return endpoint(self.path)

    @property
    def target(self) -> Target:
        """The pod, container and command that path and query name."""
        return target(self.path, self.query)

    @property
    def streams(self) -> bool:
        """Whether it is the address of a WebSocket."""
        return self.scheme.lower() in {"ws", "wss"}


def addresses(arguments: Sequence[object], name: str = "") -> list[Address]:
    """The addresses among arguments, each once, in order; ``name``: the process's name."""
    found: dict[Address, None] = {}
    texts = [str(argument)[:LONGEST] for argument in arguments[:MOST_ARGUMENTS]]
    for text in texts:
        for one in (*_through_api(text), *_written(text), *_devices(text)):
            found.setdefault(one)
            if len(found) >= MOST:
                return list(found)
    for one in _apart(texts, name):
        found.setdefault(one)
    return list(found)[:MOST]


def _written(text: str) -> Iterator[Address]:
    """URLs, and hosts with a port."""
    for port in _PORT.finditer(text):
        before = text[max(0, port.start() - _LONGEST_HOST) : port.start()]
        host = _HOST.search(before)
        if host is None or "/nodes/" in before[: host.start()][-60:]:
            continue
        scheme = _BEFORE.search(before[: host.start()])
        rest = _AFTER.match(text, port.end())
        path, _, query = (rest[0] if rest else "").partition("?")
        yield Address(
            host[0].strip("{},") or host[0],
            int(port[1]),
            scheme[1].lower() if scheme else "",
            path.partition("#")[0],
            query.partition("#")[0],
        )


def _devices(text: str) -> Iterator[Address]:
    """Bash's files that are connections."""
    for found in _DEVICE.finditer(text):
        yield Address(found[1], int(found[2]))


def _through_api(text: str) -> Iterator[Address]:
    """The API server's own way to a node's Kubelet; the name may be ``https:NODE:PORT``."""
    for found in _PROXY.finditer(text):
        scheme, node, port = _node(found[1] or found[2])
        yield Address(node, port, scheme, found[3] or "", found[4] or "", through_api=True)


def _node(name: str) -> tuple[str, str, int]:
    scheme = ""
    for known in ("https:", "http:"):
        if name.startswith(known):
            scheme, name = known[:-1], name.removeprefix(known)
    node, colon, port = name.rpartition(":")
    if colon and port.isascii() and port.isdecimal() and len(port) < 6:
        return scheme, node, int(port)
    return scheme, name.rstrip(":"), PORTS[0]


def _apart(texts: Sequence[str], name: str) -> Iterator[Address]:
    """Host and port side by side, of tools that take them so."""
    tools = {name, *(text.rpartition("/")[2] for text in texts[:3])}
    if not tools.intersection(_TOOLS):
        return
    for host, port in pairwise(texts):
        if port in {"10250", "10255"} and not host.startswith("-") and _PLAIN_HOST.match(host):
            yield Address(host, int(port))
