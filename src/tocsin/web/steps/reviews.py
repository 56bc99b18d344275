"""What Kubelets themselves asked the API server about callers: TokenReview, SubjectAccessReview.

That is the only trace that a direct call to a Kubelet leaves in the API server's audit log.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.kubelet.address import PORTS
from tocsin.web.kql_text import both, either, is_, like
from tocsin.web.steps import audit_entry
from tocsin.web.steps.asking import Asking, Event
from tocsin.web.steps.case import Case
from tocsin.web.steps.step import MOST_ROWS, Row, Step

_TITLE = "What the Kubelet asked about the caller"
_BEFORE, _AFTER = 10 * 60_000, 10 * 60_000
_CAUTION = (
    "That no review stands here does not prove that nothing was asked of the Kubelet. Answers are "
    "cached (by default 2 minutes for a token, 5 minutes for what is allowed, 30 seconds for what "
    "is not); a client certificate and an anonymous caller need no TokenReview; with authorization "
    "mode AlwaysAllow, and on port 10255, nobody is asked at all; and the audit policy may leave "
    "reviews out."
)


def reviews(case: Case, asking: Asking) -> Step:
    """The reviews by Kubelets of ten minutes before and after."""
    span = case.around(_BEFORE, _AFTER)
    by_kubelet = either(
        is_("kubernetes.audit.user.groups", "system:nodes"),
        like("kubernetes.audit.user.username", "system:node:*"),
    )
    kind = audit_entry.of_resource("tokenreviews", "subjectaccessreviews")
    answer = asking.find(
        "TokenReview and SubjectAccessReview by Kubelets",
        both(audit_entry.ANY, kind, by_kubelet),
        span,
    )
    listings = [answer.listing]
    told: list[str] = []
    lacking = ""
    if answer.number:
        told += _told(answer.number, answer.sources, case)
    elif answer.looked:
        stored = asking.any("all audit entries of that time", audit_entry.ANY, span)
        listings.append(stored.listing)
        if stored.looked and not stored.number:
            lacking = audit_entry.LACKING
        elif stored.looked:
            told.append(
                f"No review by a Kubelet is among the {stored.number:,} audit entries "
                "from ten minutes "
                "before to ten minutes after."
            )
    rows = [
        Row(row.time, row.told, _matters(event, case))
        for row, event in zip(answer.rows(review_told), answer.sources, strict=True)
    ]
    rows.sort(key=lambda row: (not row.marked, row.time))
    if case.addresses and all(one.port == PORTS[1] for one in case.addresses):
        told.append("Port 10255 asks nobody, so no review can belong to it.")
    return Step(
        "reviews",
        _TITLE,
        tuple(told),
        tuple(rows[:MOST_ROWS]),
        max(0, answer.number - MOST_ROWS),
        tuple(listings),
        lacking,
        _CAUTION,
    )


def _told(number: int, events: list[Event], case: Case) -> Iterator[str]:
    yield f"{number:,} review{'' if number == 1 else 's'} by Kubelets in these twenty minutes."
    from_nodes = [one for one in events if _by_asked_node(one, case)]
    if from_nodes and case.nodes:
        yield (
            f"{len(from_nodes):,} of them by a node that the alert addresses "
            f"({', '.join(case.nodes)})."
        )
    denied = [one for one in events if _allowed(one) == "false"]
    allowed = [one for one in events if _allowed(one) == "true" and _asks_for_nodes(one)]
    if allowed:
        users = ", ".join(dict.fromkeys(filter(None, map(_subject, allowed))))
        yield f"Allowed on `nodes/…`: {users or 'a user that is not told'}."
    if denied:
        users = ", ".join(dict.fromkeys(filter(None, map(_subject, denied))))
        yield f"Denied: {users or 'a user that is not told'}."
    if not any(_subject(one) for one in events):
        yield (
            "The entries do not say about whom: they were written at level Metadata. At level "
            "RequestResponse for these two resources they would."
        )


def review_told(event: Event) -> str:
    """A review in words."""
    kubelet = audit_entry.field(event, "user.username")
    subject = _subject(event)
    about = f" about {subject}" if subject else ""
    if audit_entry.field(event, "objectRef.resource") == "tokenreviews":
        known = audit_entry.field(event, "responseObject.status.authenticated").lower()
        ends = {"true": ": the token is good", "false": ": the token is not good"}.get(known, "")
        return f"{kubelet}: TokenReview{about}{ends}"
    allowed = {"true": ": allowed", "false": ": denied"}.get(_allowed(event), "")
    spec = "requestObject.spec.resourceAttributes"
    verb = audit_entry.field(event, f"{spec}.verb")
    resource = audit_entry.field(event, f"{spec}.resource")
    sub = audit_entry.field(event, f"{spec}.subresource")
    asked = f", {verb} {resource}{'/' if sub else ''}{sub}" if resource else ""
    return f"{kubelet}: SubjectAccessReview{about}{asked}{allowed}"


def _subject(event: Event) -> str:
    return audit_entry.field(event, "requestObject.spec.user") or audit_entry.field(
        event, "responseObject.status.user.username"
    )


def _allowed(event: Event) -> str:
    return audit_entry.field(event, "responseObject.status.allowed").lower()


def _asks_for_nodes(event: Event) -> bool:
    return audit_entry.field(event, "requestObject.spec.resourceAttributes.resource") == "nodes"


def _by_asked_node(event: Event, case: Case) -> bool:
    name = audit_entry.field(event, "user.username").removeprefix("system:node:")
    return bool({name, audit_entry.field(event, "sourceIPs")} & set(case.nodes))


def _matters(event: Event, case: Case) -> bool:
    subject = _subject(event)
    account = subject.startswith("system:serviceaccount:")
    return (
        subject in case.accounts
        or _by_asked_node(event, case)
        or (account and _asks_for_nodes(event))
    )
