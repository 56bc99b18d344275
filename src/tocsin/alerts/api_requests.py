"""Requests to a Kubernetes API server, as the audit logs that are stored name them.

An API server's own entries stand below one of `PREFIXES`. Those of GKE are entries of Google
Cloud's audit logs: a method, ``io.k8s.core.v1.pods.exec.create``, and the name of a resource,
``core/v1/namespaces/shop/pods/web-0/exec``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

PLAIN, AKS = "kubernetes.audit", "azure.platformlogs.properties.log"
PREFIXES = (PLAIN, AKS)
"""Below which fields an API server's own entries stand: of any cluster, of AKS."""

GKE_SERVICE = "k8s.io"
"""The `service.name` of a cluster's entries among those of Google Cloud."""

GKE_METHOD, GKE_RESOURCE = "event.action", "gcp.audit.resource_name"
GKE_START = "io.k8s."
GKE_USERS = ("client.user.email", "user.email")
"""One of them is there in all versions of the integration."""

GKE_PRINCIPAL = "gcp.audit.authentication_info.principal_email"
GKE_SOURCES = ("source.ip", "gcp.audit.request_metadata.caller_ip")

_VERSION = re.compile(r"v[0-9]{1,3}(?:(?:alpha|beta)[0-9]{1,3})?", re.ASCII)
_Text = Callable[[str], str]


class Method(NamedTuple):
    """A method of GKE; what it does not tell is empty."""

    resource: str = ""
    subresource: str = ""
    verb: str = ""


class Thing(NamedTuple):
    """What the name of a resource of GKE names; what it does not tell is empty."""

    namespace: str = ""
    resource: str = ""
    name: str = ""
    subresource: str = ""


class Request(NamedTuple):
    """Who asked for what, and from where; ``target``: an object, or a path.

    ``refused``: whether the entry says that it was not allowed.
    """

    verb: str
    target: str
    user: str
    source: str
    refused: bool


def method_of(text: str) -> Method:
    """A method taken apart; what is asked of no resource has a verb."""
    parts = text.removeprefix(GKE_START).split(".") if text.startswith(GKE_START) else []
    at = next((at for at, part in enumerate(parts) if _VERSION.fullmatch(part)), None)
    if at is None:
        return Method(verb=parts[-1] if len(parts) == 1 else "")
    kind = parts[at + 1 : -1]
    return Method(kind[0] if kind else "", "/".join(kind[1:]), parts[-1])


def thing_of(text: str) -> Thing:
    """The name of a resource taken apart."""
    parts = text.split("/")
    at = next((at for at, part in enumerate(parts[:4]) if _VERSION.fullmatch(part)), None)
    if at is None:
        return Thing()
    namespace, rest = "", parts[at + 1 :]
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    kind, name, sub = [*rest, "", "", ""][:3]
    return Thing(namespace, kind, name, sub)


def request_of(text: _Text) -> Request | None:
    """The request that an event is about; None if it is no entry of such a log.

    ``text`` gives the values of a field as text, empty if there are none.
    """
    for prefix in PREFIXES:
        if verb := text(f"{prefix}.verb"):
            return _of_server(text, prefix, verb)
    if not text(GKE_METHOD).startswith(GKE_START) or text("service.name") != GKE_SERVICE:
        return None
    method = method_of(text(GKE_METHOD))
    return _of_gke(text, method) if method.verb else None


def _of_server(text: _Text, prefix: str, verb: str) -> Request:
    names = ("namespace", "resource", "name", "subresource")
    target = "/".join(filter(None, (text(f"{prefix}.objectRef.{name}") for name in names)))
    return Request(
        verb,
        target or text(f"{prefix}.requestURI"),
        text(f"{prefix}.user.username"),
        text(f"{prefix}.sourceIPs"),
        _refused_by_server(text, prefix),
    )


def _refused_by_server(text: _Text, prefix: str) -> bool:
    # the integration of Kubernetes has no dots in the names of annotations
    notes = ("authorization_k8s_io/decision", "authorization.k8s.io/decision")
    noted = next(filter(None, (text(f"{prefix}.annotations.{name}") for name in notes)), "")
    return noted == "forbid" if noted else text(f"{prefix}.responseStatus.code") in {"401", "403"}


def _of_gke(text: _Text, method: Method) -> Request:
    path = text(GKE_RESOURCE)
    thing = thing_of(path)
    resource = method.resource or thing.resource
    parts = (
        thing.namespace or text("orchestrator.namespace"),
        resource,
        # some versions of the integration leave the name of the resource out
        thing.name or ("" if path else text("orchestrator.resource.name")),
        method.subresource or thing.subresource,
    )
    users = (text(field) for field in (*GKE_USERS, GKE_PRINCIPAL))
    sources = (text(field) for field in GKE_SOURCES)
    return Request(
        method.verb,
        "/".join(filter(None, parts)) if resource else path,
        next(filter(None, users), ""),
        next(filter(None, sources), ""),
        refused_by_gke(text),
    )


def refused_by_gke(text: _Text) -> bool:
    """Whether GKE's API server refused, as far as Google's log says.

    An answer that something does not exist is no refusal: a failure alone tells nothing.
    """
    return (
        text("gcp.audit.labels.authorization.k8s.io/decision") == "forbid"
        or text("gcp.audit.status.code") in {"7", "16"}
        or "false" in text("gcp.audit.authorization_info.granted").lower().split()
    )
