"""What an alert is about, as far as the Kubelet goes: who asked which node for what, from where."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.alerts.paths import Scalar, values_at
from tocsin.corpus.span import Span
from tocsin.kubelet.address import PORTS, Address, addresses
from tocsin.kubelet.kubeletctl import Call, call
from tocsin.web.kql_text import either, is_, like

HOUR = 3_600_000
_MOST_EVENTS = 50
_MOST_VALUES = 10
_LONGEST = 2_000
_CREDENTIALS = (
    *("kubernetes.io/serviceaccount/", "/var/lib/kubelet/", "/etc/kubernetes/", ".kube/config"),
    "kubelet.conf",
)
_ACCOUNT = "system:serviceaccount:"
_REQUESTS = (
    *("kubernetes.audit.requestURI", "azure.platformlogs.properties.log.requestURI"),
    *("url.full", "url.original"),
)
"""Where events that are no processes have what was asked."""

_PROXIED = ("core/v1/nodes/", "/api/v1/nodes/")
"""How GKE's audit log names nodes, and how a request does."""

_CALLERS = (
    *("kubernetes.audit.user.username", "azure.platformlogs.properties.log.user.username"),
    *("client.user.email", "gcp.audit.authentication_info.principal_email"),
)
"""Where audit entries have who asked the API server."""

_CLIENTS = ("kubernetes.audit.sourceIPs", "azure.platformlogs.properties.log.sourceIPs")
"""Where they have from where: the client first, then what is between."""

_NOBODY = {"system:anonymous", "system:unauthenticated"}


@dataclass(frozen=True, slots=True)
class Case:
    """An alert's facts; ``because`` says why it is of the Kubelet's family, empty if it is not.

    ``at`` is its time in ms since 1970, ``addresses`` and ``calls`` what its arguments hold.
    """

    events: tuple[Mapping[str, Any], ...]
    at: int
    addresses: tuple[Address, ...]
    calls: tuple[Call, ...]
    because: str

    def values(self, *fields: str) -> list[str]:
        """The values of fields in any event of the alert, each once, as text; no endless ones."""
        found: dict[str, None] = {}
        for event in self.events:
            for field in fields:
                for value in values_at(dict(event), field):
                    if 0 < len(text := _text(value)) <= _LONGEST:
                        found.setdefault(text)
        return list(found)[:_MOST_VALUES]

    def first(self, *fields: str) -> str:
        """The first of these values, empty if there is none."""
        return next(iter(self.values(*fields)), "")

    def around(self, before: int, after: int) -> Span:
        """The span from so many ms before the alert to so many after it."""
        return Span(self.at - before, self.at + after)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that were addressed, as they were named."""
        named = [one.node for one in self.addresses]
        named += [node for one in self.calls for node in one.nodes]
        if self.port in PORTS:
            named += self.values("destination.ip", "destination.address")
        return tuple(dict.fromkeys(named))

    @property
    def port(self) -> int:
        """The port of a connection, 0 if the alert is about none."""
        return next((int(text) for text in self.values("destination.port") if text.isdecimal()), 0)

    @property
    def pod(self) -> str:
        """The pod in which it was."""
        if named := self.first("kubernetes.pod.name"):
            return named
        kind = self.first("orchestrator.resource.type")
        return self.first("orchestrator.resource.name") if kind == "pod" else ""

    @property
    def namespace(self) -> str:
        """The namespace of the pod."""
        return self.first("kubernetes.namespace", "orchestrator.namespace")

    @property
    def accounts(self) -> tuple[str, ...]:
        """The service accounts that the alert names, as users of the API server."""
        users = self.values("user.name", *_CALLERS)
        named = [user for user in users if user.startswith(_ACCOUNT)]
        account = self.first("kubernetes.service_account.name", "orchestrator.resource.annotation")
        if account and self.namespace and ":" not in account:
            named.append(f"{_ACCOUNT}{self.namespace}:{account}")
        return tuple(dict.fromkeys(named))

    @property
    def callers(self) -> tuple[str, ...]:
        """Other users who asked the API server, if the alert is about an entry of its log."""
        users = self.values(*_CALLERS)
        return tuple(one for one in users if not one.startswith(_ACCOUNT) and one not in _NOBODY)

    @property
    def sources(self) -> tuple[str, ...]:
        """The addresses that it may have come from: of the pod, the host, or the client."""
        given = self.values("source.ip", "kubernetes.pod.ip", "container.ip", "host.ip")
        lists = [values_at(dict(event), field) for event in self.events for field in _CLIENTS]
        given += [str(clients[0]) for clients in lists if clients]
        return tuple(dict.fromkeys(filter(_is_telling, given)))[:_MOST_VALUES]

    @property
    def place(self) -> str:
        """KQL for where it was: its container, else its host; empty if it names neither."""
        if container := self.first("container.id"):
            return is_("container.id", container)
        for field in ("host.id", "host.name"):
            if host := self.first(field):
                return is_(field, host)
        return ""

    @property
    def place_told(self) -> str:
        """The place in words."""
        if self.first("container.id"):
            name = self.first("container.name")
            return f"the container {name}" if name else "the container"
        return f"the host {self.first('host.name', 'host.id')}"


TO_KUBELET = either(
    is_("destination.port", *PORTS),
    like("process.args", *(f"*:{port}*" for port in PORTS), "*kubeletctl*"),
    like("process.name", "kubeletctl*"),
)
"""KQL for events in which a Kubelet is addressed."""


def case(document: Mapping[str, Any], rule_name: str, at: int) -> Case:
    """The facts of an alert's document; ``at``: its time in ms since 1970."""
    events = tuple(_events(document))
    found: dict[Address, None] = {}
    calls: list[Call] = []
    for event in events:
        arguments, name = arguments_of(event)
        asked = [value for field in _REQUESTS for value in values_at(dict(event), field)]
        asked += _named_nodes(event)
        found.update(dict.fromkeys([*addresses(arguments, name), *addresses(asked)]))
        made = call(arguments, name)
        if made is not None:
            calls.append(made)
    made_case = Case(events, at, tuple(found), tuple(calls), "")
    because = "".join(_because(made_case, rule_name))
    return Case(events, at, tuple(found), tuple(calls), because)


def _named_nodes(event: Mapping[str, Any]) -> Iterator[str]:
    """Requests to nodes that GKE's audit log has, written as requests are."""
    for value in values_at(dict(event), "gcp.audit.resource_name"):
        if str(value).startswith(_PROXIED[0]):
            yield _PROXIED[1] + str(value).removeprefix(_PROXIED[0])


def arguments_of(event: Mapping[str, Any]) -> tuple[list[Scalar], str]:
    """The arguments of a process, or its command line in words, and its name."""
    given = dict(event)
    arguments = values_at(given, "process.args")
    if not arguments:
        line = values_at(given, "process.command_line") or values_at(given, "process.title")
        arguments = [word for text in line[:1] for word in str(text).split()]
    name = values_at(given, "process.name")
    return arguments, str(name[0]) if name else ""


def _because(made: Case, rule_name: str) -> Iterator[str]:
    """Why an alert is of the family; the first reason counts."""
    files = made.values("file.path", "process.args")
    if made.addresses:
        yield "it names the address of a Kubelet"
    elif made.calls:
        yield "kubeletctl was called"
    elif made.port in PORTS:
        yield f"it is about a connection to port {made.port}"
    elif any(part in path for path in files for part in _CREDENTIALS):
        yield "it is about credentials of Kubernetes"
    elif "kubelet" in rule_name.lower():
        yield "its rule is about the Kubelet"


def _events(document: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The events of an alert: of a sequence or a sample all, else the alert itself."""
    found: Sequence[Any] = ()
    blocks = document.get("tocsin.building_blocks")
    sample = document.get("tocsin.sample")
    if isinstance(blocks, list):
        found = blocks
    elif isinstance(sample, list):
        found = [one.get("event") for one in sample if isinstance(one, dict)]
    events = [one for one in found[:_MOST_EVENTS] if isinstance(one, dict)]
    return events or [document]


def _is_telling(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return not (parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified)


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
