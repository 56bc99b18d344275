"""Entries of GKE as Google Cloud's audit logs have them: a method and the name of a resource."""

from __future__ import annotations

import re
from typing import NamedTuple

from tocsin.alerts.paths import values_at
from tocsin.kubelet.name import is_name
from tocsin.web.kql_text import either, is_, like
from tocsin.web.steps.api_server_form import review_at
from tocsin.web.steps.asking import Event
from tocsin.web.steps.audit_entry import ALLOWED, FORBIDDEN, UNTOLD, AuditEntry, Review
from tocsin.web.steps.audit_form import REVIEWS, AuditForm, text_at

_USERS = ("client.user.email", "user.email")
"""One of them is there in all versions of the integration."""

_METHOD, _RESOURCE, _NAME = "event.action", "gcp.audit.resource_name", "orchestrator.resource.name"
_START = "io.k8s."
_VERSION = re.compile(r"v[0-9]{1,3}(?:(?:alpha|beta)[0-9]{1,3})?", re.ASCII)
_RBAC = ("authorization.rbac.v*", "rbac.authorization.v*")
_GROUPS = {
    **dict.fromkeys(("pods", "nodes", "secrets", "serviceaccounts"), ("core.v1",)),
    **dict.fromkeys(("deployments", "daemonsets", "statefulsets", "replicasets"), ("apps.v*",)),
    **dict.fromkeys(("jobs", "cronjobs"), ("batch.v*",)),
    **dict.fromkeys(("clusterrolebindings", "rolebindings", "clusterroles", "roles"), _RBAC),
    "tokenreviews": ("authentication.v*",),
    "subjectaccessreviews": ("authorization.v*",),
}
"""In which groups of the API a resource is, as methods write them; else in any."""

_CODES = {
    "1": "CANCELLED",
    "3": "INVALID_ARGUMENT",
    "4": "DEADLINE_EXCEEDED",
    "5": "NOT_FOUND",
    "6": "ALREADY_EXISTS",
    "7": "PERMISSION_DENIED",
    "10": "ABORTED",
    "13": "INTERNAL",
    "14": "UNAVAILABLE",
    "16": "UNAUTHENTICATED",
}
"""What Google's numbers of a status mean that an API server's answers become."""


class GkeForm(AuditForm):
    """The data set of all audit logs of Google Cloud; those of clusters are of one service."""

    dataset = "gcp.audit"
    mark = is_("service.name", "k8s.io")

    def users(self, *names: str) -> str:
        """The principal: an account of Google, or a user of the cluster."""
        return either(*(is_(field, *names) for field in _USERS))

    def users_like(self, *patterns: str) -> str:
        """The same."""
        return either(*(like(field, *patterns) for field in _USERS))

    def groups(self, *names: str) -> str:  # noqa: ARG002
        """They are not logged."""
        return ""

    def token_pods(self, *names: str) -> str:  # noqa: ARG002
        """They are not logged."""
        return ""

    def sources(self, *addresses: str) -> str:
        """Addresses inside Google's network are often left out."""
        return is_("source.ip", *addresses)

    def verbs(self, *names: str) -> str:
        """The end of the method."""
        return like(_METHOD, *(f"{_START}*.{name}" for name in names))

    def resources(self, *names: str) -> str:
        """The method, from its group on."""
        kinds = [f"{group}.{name}" for name in names for group in _GROUPS.get(name, ("*",))]
        return like(_METHOD, *(f"{_START}{kind}.*" for kind in kinds))

    def subresources(self, *names: str) -> str:
        """The method; pods and nodes are of the core group."""
        return like(_METHOD, *(f"{_START}core.v1.*.{name}.*" for name in names))

    def pods(self, *names: str) -> str:
        """The name of the resource, in any namespace."""
        known = [name for name in names if is_name(name)]
        ends = [f"core/v1/namespaces/*/pods/{name}{end}" for name in known for end in ("", "/*")]
        if not known:
            return ""
        # the resource has no column: it is looked at only where its name is missing
        return either(is_(_NAME, *known), f"(not {_NAME}: * and {like(_RESOURCE, *ends)})")

    def read(self, event: Event) -> AuditEntry:
        """The method and the name of the resource, taken apart."""
        method = _method(text_at(event, _METHOD))
        path = text_at(event, _RESOURCE)
        thing = _thing(path)
        code = text_at(event, "gcp.audit.status.code")
        resource = method.resource or thing.resource
        # some versions of the integration leave the name of the resource out
        named = "" if path else text_at(event, _NAME)
        return AuditEntry(
            who=text_at(event, *_USERS, "gcp.audit.authentication_info.principal_email"),
            acting_as=text_at(event, "gcp.audit.authentication_info.authority_selector"),
            source=text_at(event, "source.ip", "gcp.audit.request_metadata.caller_ip"),
            verb=method.verb,
            resource=resource,
            subresource=method.subresource or thing.subresource,
            namespace=thing.namespace or text_at(event, "orchestrator.namespace"),
            name=thing.name or named,
            path=path,
            decision=_decision(event, code),
            status=f"{code} {_CODES[code]}" if code in _CODES else code.removeprefix("0"),
            review=_review(event) if resource in REVIEWS else Review(),
        )


class _Method(NamedTuple):
    resource: str = ""
    subresource: str = ""
    verb: str = ""


class _Thing(NamedTuple):
    namespace: str = ""
    resource: str = ""
    name: str = ""
    subresource: str = ""


def _method(text: str) -> _Method:
    """``io.k8s.core.v1.pods.exec.create`` taken apart; what is asked of no resource has a verb."""
    parts = text.removeprefix(_START).split(".") if text.startswith(_START) else []
    at = next((at for at, part in enumerate(parts) if _VERSION.fullmatch(part)), None)
    if at is None:
        return _Method(verb=parts[-1] if len(parts) == 1 else "")
    kind = parts[at + 1 : -1]
    return _Method(kind[0] if kind else "", "/".join(kind[1:]), parts[-1])


def _thing(text: str) -> _Thing:
    """``core/v1/namespaces/shop/pods/web-0/exec`` taken apart."""
    parts = text.split("/")
    at = next((at for at, part in enumerate(parts[:4]) if _VERSION.fullmatch(part)), None)
    if at is None:
        return _Thing()
    namespace, rest = "", parts[at + 1 :]
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    kind, name, sub = [*rest, "", "", ""][:3]
    return _Thing(namespace, kind, name, sub)


def _decision(event: Event, code: str) -> str:
    """What the API server decided, else what Google's logs say of it.

    An answer that something does not exist is no refusal: a failure alone tells nothing.
    """
    noted = text_at(event, "gcp.audit.labels.authorization.k8s.io/decision")
    granted = [str(one).lower() for one in values_at(event, "gcp.audit.authorization_info.granted")]
    if noted == "forbid" or code in {"7", "16"} or "false" in granted:
        return FORBIDDEN
    if noted == "allow" or granted or code == "0":
        return ALLOWED
    return ALLOWED if text_at(event, "event.outcome") == "success" else UNTOLD


def _review(event: Event) -> Review:
    return review_at(event, "gcp.audit.request.spec", "gcp.audit.response.status")
