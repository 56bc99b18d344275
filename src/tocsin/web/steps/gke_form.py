"""Entries of GKE as Google Cloud's audit logs have them: a method and the name of a resource."""

from __future__ import annotations

from tocsin.alerts.api_requests import (
    GKE_METHOD,
    GKE_PRINCIPAL,
    GKE_RESOURCE,
    GKE_SERVICE,
    GKE_SOURCES,
    GKE_START,
    GKE_USERS,
    method_of,
    refused_by_gke,
    thing_of,
)
from tocsin.alerts.facts import Facts
from tocsin.kubelet.name import is_name
from tocsin.web.kql_text import either, is_, like
from tocsin.web.steps.api_server_form import review_at
from tocsin.web.steps.asking import Event
from tocsin.web.steps.audit_entry import ALLOWED, FORBIDDEN, UNTOLD, AuditEntry, Review
from tocsin.web.steps.audit_form import REVIEWS, AuditForm, text_at

_NAME = "orchestrator.resource.name"
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
    mark = is_("service.name", GKE_SERVICE)

    def users(self, *names: str) -> str:
        """The principal: an account of Google, or a user of the cluster."""
        return either(*(is_(field, *names) for field in GKE_USERS))

    def users_like(self, *patterns: str) -> str:
        """The same."""
        return either(*(like(field, *patterns) for field in GKE_USERS))

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
        return like(GKE_METHOD, *(f"{GKE_START}*.{name}" for name in names))

    def resources(self, *names: str) -> str:
        """The method, from its group on."""
        kinds = [f"{group}.{name}" for name in names for group in _GROUPS.get(name, ("*",))]
        return like(GKE_METHOD, *(f"{GKE_START}{kind}.*" for kind in kinds))

    def subresources(self, *names: str) -> str:
        """The method; pods and nodes are of the core group."""
        return like(GKE_METHOD, *(f"{GKE_START}core.v1.*.{name}.*" for name in names))

    def pods(self, *names: str) -> str:
        """The name of the resource, in any namespace."""
        known = [name for name in names if is_name(name)]
        ends = [f"core/v1/namespaces/*/pods/{name}{end}" for name in known for end in ("", "/*")]
        if not known:
            return ""
        # the resource has no column: it is looked at only where its name is missing
        return either(is_(_NAME, *known), f"(not {_NAME}: * and {like(GKE_RESOURCE, *ends)})")

    def read(self, event: Event) -> AuditEntry:
        """The method and the name of the resource, taken apart."""
        method = method_of(text_at(event, GKE_METHOD))
        path = text_at(event, GKE_RESOURCE)
        thing = thing_of(path)
        code = text_at(event, "gcp.audit.status.code")
        resource = method.resource or thing.resource
        # some versions of the integration leave the name of the resource out
        named = "" if path else text_at(event, _NAME)
        return AuditEntry(
            who=text_at(event, *GKE_USERS, GKE_PRINCIPAL),
            acting_as=text_at(event, "gcp.audit.authentication_info.authority_selector"),
            source=text_at(event, *GKE_SOURCES),
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


def _decision(event: Event, code: str) -> str:
    """What the API server decided, else what Google's logs say of it."""
    text = Facts(event).text
    if refused_by_gke(text):
        return FORBIDDEN
    noted = text("gcp.audit.labels.authorization.k8s.io/decision")
    if noted == "allow" or text("gcp.audit.authorization_info.granted") or code == "0":
        return ALLOWED
    return ALLOWED if text_at(event, "event.outcome") == "success" else UNTOLD


def _review(event: Event) -> Review:
    return review_at(event, "gcp.audit.request.spec", "gcp.audit.response.status")
