"""Entries as the API server writes them (``audit.k8s.io/v1``), under some field."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.web.kql_text import either, every, is_, like
from tocsin.web.steps.asking import Event
from tocsin.web.steps.audit_entry import ALLOWED, FORBIDDEN, UNTOLD, AuditEntry, Review
from tocsin.web.steps.audit_form import REVIEWS, AuditForm, text_at

_DECISIONS = {"allow": ALLOWED, "forbid": FORBIDDEN}
_POD = "user.extra.authentication.kubernetes.io/pod-name"


@dataclass(frozen=True, slots=True)
class ApiServerForm(AuditForm):
    """``prefix``: the field with the entry; ``address``: another one with the client's address."""

    dataset: str
    prefix: str
    mark: str = ""
    address: str = ""

    def users(self, *names: str) -> str:
        """`user.username`."""
        return is_(f"{self.prefix}.user.username", *names)

    def users_like(self, *patterns: str) -> str:
        """`user.username`."""
        return like(f"{self.prefix}.user.username", *patterns)

    def groups(self, *names: str) -> str:
        """`user.groups`."""
        return is_(f"{self.prefix}.user.groups", *names)

    def token_pods(self, *names: str) -> str:
        """An extra of the user, which bound tokens have."""
        return is_(f"{self.prefix}.{_POD}", *names)

    def sources(self, *addresses: str) -> str:
        """`sourceIPs`, which name what is between, too; or the other field."""
        listed = is_(f"{self.prefix}.sourceIPs", *addresses)
        if not self.address:
            return listed
        # the list has no column: it is looked at only where the other field is missing
        given = is_(self.address, *addresses)
        return either(given, f"({every(f'not {self.address}: *', listed)})" if given else "")

    def verbs(self, *names: str) -> str:
        """`verb`."""
        return is_(f"{self.prefix}.verb", *names)

    def resources(self, *names: str) -> str:
        """`objectRef.resource`."""
        return is_(f"{self.prefix}.objectRef.resource", *names)

    def subresources(self, *names: str) -> str:
        """`objectRef.subresource`."""
        return is_(f"{self.prefix}.objectRef.subresource", *names)

    def pods(self, *names: str) -> str:
        """`objectRef.name`."""
        return every(self.resources("pods"), is_(f"{self.prefix}.objectRef.name", *names))

    def read(self, event: Event) -> AuditEntry:
        """All that stands in the entry itself."""

        def at(*names: str) -> str:
            return text_at(event, *(f"{self.prefix}.{name}" for name in names))

        resource, status = at("objectRef.resource"), at("responseStatus.code")
        # the integration of Kubernetes has no dots in the names of annotations
        noted = at("annotations.authorization_k8s_io/decision") or at(
            "annotations.authorization.k8s.io/decision"
        )
        number = at("auditID")
        return AuditEntry(
            who=at("user.username"),
            acting_as=at("impersonatedUser.username"),
            source=at("sourceIPs"),
            verb=at("verb"),
            resource=resource,
            subresource=at("objectRef.subresource"),
            namespace=at("objectRef.namespace"),
            name=at("objectRef.name"),
            path=at("requestURI"),
            decision=_DECISIONS.get(noted) or _answered(status),
            status=status,
            key=f"{number} {at('stage')} {at('stageTimestamp')}" if number else "",
            review=self._review(event) if resource in REVIEWS else Review(),
        )

    def _review(self, event: Event) -> Review:
        asked, answered = f"{self.prefix}.requestObject.spec", f"{self.prefix}.responseObject"
        return review_at(event, asked, f"{answered}.status")


def review_at(event: Event, spec: str, status: str) -> Review:
    """A review whose request and answer stand at these fields."""
    attributes = f"{spec}.resourceAttributes"
    return Review(
        user=text_at(event, f"{spec}.user", f"{status}.user.username"),
        authenticated=text_at(event, f"{status}.authenticated").lower(),
        allowed=text_at(event, f"{status}.allowed").lower(),
        verb=text_at(event, f"{attributes}.verb"),
        resource=text_at(event, f"{attributes}.resource"),
        subresource=text_at(event, f"{attributes}.subresource"),
    )


def _answered(status: str) -> str:
    if status in {"401", "403"}:
        return FORBIDDEN
    return ALLOWED if status.startswith(("1", "2")) else UNTOLD
