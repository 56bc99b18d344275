"""What Kubelets themselves asked the API server about callers: TokenReview, SubjectAccessReview.

That is the only trace that a direct call to a Kubelet leaves in the API server's audit log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.kubelet.address import PORTS
from tocsin.web.kql_text import either, every
from tocsin.web.steps.asking import Asking
from tocsin.web.steps.audit_entry import AuditEntry
from tocsin.web.steps.audit_form import REVIEWS, AuditForm
from tocsin.web.steps.audit_trail import AKS, GKE, LACKING, AuditTrail
from tocsin.web.steps.case import Case
from tocsin.web.steps.step import MOST_ROWS, Listing, Step

_TITLE = "What the Kubelet asked about the caller"
_BEFORE, _AFTER = 10 * 60_000, 10 * 60_000
_NODE = "system:node:"
_CAUTION = (
    "That no review stands here does not prove that nothing was asked of the Kubelet. Answers are "
    "cached (by default 2 minutes for a token, 5 minutes for what is allowed, 30 seconds for what "
    "is not); a client certificate and an anonymous caller need no TokenReview; with authorization "
    "mode AlwaysAllow, and on port 10255, nobody is asked at all; and the audit policy may leave "
    "reviews out."
)
_MANAGED = (
    "In AKS and GKE the provider sets that policy: whether it has reviews by nodes, and whether "
    "they say about whom they are, is not in the hands of the cluster's owner."
)


def reviews(case: Case, asking: Asking) -> Step:
    """The reviews by Kubelets of ten minutes before and after."""
    trail, span = AuditTrail(case, asking), case.around(_BEFORE, _AFTER)
    found = trail.find("TokenReview and SubjectAccessReview by Kubelets", _by_kubelets, span)
    listed: dict[Listing, None] = {found.listing: None}
    told: list[str] = []
    lacking = ""
    if found.number:
        told += _told(found.number, found.entries, case)
    elif found.looked:
        stored = trail.stored("all audit entries of that time", span)
        listed.setdefault(stored.listing)
        if stored.looked and not stored.number:
            lacking = LACKING
        elif stored.looked:
            told.append(
                f"No review by a Kubelet is among the {stored.number:,} audit entries "
                "from ten minutes "
                "before to ten minutes after."
            )
    rows = found.rows(lambda entry: _matters(entry, case), review_told)
    rows.sort(key=lambda row: (not row.marked, row.time))
    if case.addresses and all(one.port == PORTS[1] for one in case.addresses):
        told.append("Port 10255 asks nobody, so no review can belong to it.")
    managed = trail.has(AKS) or trail.has(GKE)
    return Step(
        "reviews",
        _TITLE,
        tuple(told),
        tuple(rows[:MOST_ROWS]),
        max(0, found.number - MOST_ROWS),
        tuple(listed),
        lacking,
        f"{_CAUTION} {_MANAGED}" if managed else _CAUTION,
    )


def _by_kubelets(form: AuditForm) -> str:
    kubelets = either(form.groups("system:nodes"), form.users_like(f"{_NODE}*"))
    return every(form.resources(*REVIEWS), kubelets)


def _told(number: int, entries: Sequence[AuditEntry], case: Case) -> Iterator[str]:
    yield f"{number:,} review{'' if number == 1 else 's'} by Kubelets in these twenty minutes."
    from_nodes = [one for one in entries if _by_asked_node(one, case)]
    if from_nodes and case.nodes:
        yield (
            f"{len(from_nodes):,} of them by a node that the alert addresses "
            f"({', '.join(case.nodes)})."
        )
    denied = [one for one in entries if one.review.allowed == "false"]
    allowed = [one for one in entries if one.review.allowed == "true" and _asks_for_nodes(one)]
    if allowed:
        yield f"Allowed on `nodes/…`: {_users(allowed)}."
    if denied:
        yield f"Denied: {_users(denied)}."
    if not any(one.review.user for one in entries):
        yield (
            "The entries do not say about whom: they were written at level Metadata. At level "
            "RequestResponse for these two resources they would."
        )


def _users(entries: Sequence[AuditEntry]) -> str:
    users = dict.fromkeys(one.review.user for one in entries if one.review.user)
    return ", ".join(users) or "a user that is not told"


def review_told(entry: AuditEntry) -> str:
    """A review in words."""
    review = entry.review
    about = f" about {review.user}" if review.user else ""
    if entry.resource == "tokenreviews":
        ends = {"true": ": the token is good", "false": ": the token is not good"}
        return f"{entry.who}: TokenReview{about}{ends.get(review.authenticated, '')}"
    allowed = {"true": ": allowed", "false": ": denied"}.get(review.allowed, "")
    kind = f"{review.resource}{'/' if review.subresource else ''}{review.subresource}"
    asked = f", {review.verb} {kind}" if review.resource else ""
    return f"{entry.who}: SubjectAccessReview{about}{asked}{allowed}"


def _asks_for_nodes(entry: AuditEntry) -> bool:
    return entry.review.resource == "nodes"


def _by_asked_node(entry: AuditEntry, case: Case) -> bool:
    return bool({entry.who.removeprefix(_NODE), entry.source} & set(case.nodes))


def _matters(entry: AuditEntry, case: Case) -> bool:
    user = entry.review.user
    account = user.startswith("system:serviceaccount:")
    return (
        user in case.accounts or _by_asked_node(entry, case) or (account and _asks_for_nodes(entry))
    )
