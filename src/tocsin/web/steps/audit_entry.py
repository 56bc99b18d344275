"""One entry of the Kubernetes audit log in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tocsin.alerts.paths import first_at
from tocsin.web.kql_text import is_
from tocsin.web.steps.asking import Event

ANY = is_("data_stream.dataset", "kubernetes.audit_logs")
"""KQL for all entries; with it in front, other events need not be looked at."""

LACKING = (
    "No Kubernetes audit entry of that time is stored. The API server's audit log would show it: "
    "let `tocsin serve --follow` read its file (`audit.k8s.io/v1`), as it is."
)
ALLOWED, FORBIDDEN, UNTOLD = "allowed", "forbidden", "not told"
_DECISIONS = {"allow": ALLOWED, "forbid": FORBIDDEN}
_PREFIX = "kubernetes.audit."


def field(event: Event, name: str) -> str:
    """A field of the entry as text, empty if it has none."""
    value = first_at(event, _PREFIX + name)
    return "" if value is None else str(value)


def decision(event: Event) -> str:
    """Whether it was allowed: what the API server decided, else what it answered."""
    for name in ("authorization_k8s_io/decision", "authorization.k8s.io/decision"):
        if known := _DECISIONS.get(field(event, f"annotations.{name}")):
            return known
    code = field(event, "responseStatus.code")
    if code in {"401", "403"}:
        return FORBIDDEN
    if code.startswith(("1", "2")):
        return ALLOWED
    return UNTOLD


def decisions_told(events: Sequence[Event]) -> str:
    """How many were allowed and forbidden."""
    found = Counter(map(decision, events))
    return ", ".join(
        f"{found[name]:,} {name}" for name in (ALLOWED, FORBIDDEN, UNTOLD) if found[name]
    )


def entry_told(event: Event) -> str:
    """Who did what to which object, and whether that was allowed."""
    user = field(event, "user.username") or "an unknown user"
    verb = field(event, "verb") or "?"
    thing = _thing(event)
    source = field(event, "sourceIPs")
    where = f" from {source}" if source else ""
    code = field(event, "responseStatus.code")
    status = f", status {code}" if code else ""
    return f"{user}{where}: {verb} {thing}: {decision(event)}{status}"


def _thing(event: Event) -> str:
    resource = field(event, "objectRef.resource")
    if not resource:
        return field(event, "requestURI") or "?"
    sub = field(event, "objectRef.subresource")
    kind = f"{resource}/{sub}" if sub else resource
    named = [
        part
        for part in (field(event, "objectRef.namespace"), field(event, "objectRef.name"))
        if part
    ]
    return f"{kind} {'/'.join(named)}".rstrip()


def of_resource(*names: str) -> str:
    """KQL for entries about resources."""
    return is_("kubernetes.audit.objectRef.resource", *names)


def of_subresource(*names: str) -> str:
    """KQL for entries about subresources."""
    return is_("kubernetes.audit.objectRef.subresource", *names)
