"""What the same identity asked the API server around the alert, and whether that was allowed."""

from __future__ import annotations

from collections import Counter

from tocsin.kubelet.name import is_label
from tocsin.web.kql_text import both, either, is_, like
from tocsin.web.steps import audit_entry
from tocsin.web.steps.asking import Answer, Asking
from tocsin.web.steps.case import HOUR, Case
from tocsin.web.steps.step import MOST_ROWS, Row, Step

_TITLE = "The same identity in the Kubernetes audit log"
_POD = "kubernetes.audit.user.extra.authentication.kubernetes.io/pod-name"
_CAUTION = (
    "A call to a Kubelet never reaches the API server, so it cannot stand here itself. An absence "
    "proves little: the identity may be another one (a stolen token has its owner's "
    "name), addresses "
    "are rewritten on the way, and the audit policy may leave requests out."
)


def identity(case: Case) -> tuple[str, str]:
    """KQL for entries of the alert's identity, and that in words; both empty if unknown."""
    parts, words = [], []
    user = "kubernetes.audit.user.username"
    if case.accounts:
        parts.append(is_(user, *case.accounts))
        words.append(", ".join(case.accounts))
    if case.pod:
        parts.append(is_(_POD, case.pod))
        words.append(f"tokens of the pod {case.pod}")
    if case.sources:
        parts.append(is_("source.ip", *case.sources))
        parts.append(is_("kubernetes.audit.sourceIPs", *case.sources))
        words.append(f"the address {', '.join(case.sources)}")
    if is_label(case.namespace) and not case.accounts:
        parts.append(like(user, f"system:serviceaccount:{case.namespace}:*"))
        words.append(f"any service account of the namespace {case.namespace}")
    return either(*parts), " or ".join(words)


def stored(case: Case, asking: Asking) -> Answer:
    """How many audit entries there are at all, of the hour before and after."""
    asked = "all audit entries of the hour before and after"
    return asking.any(asked, audit_entry.ANY, case.around(HOUR, HOUR))


def audit_log(case: Case, asking: Asking) -> Step:
    """The entries of an hour before and after."""
    kql, words = identity(case)
    if not kql:
        told = "The alert names no service account, pod, namespace or address to look for."
        there = stored(case, asking)
        lacking = audit_entry.LACKING if there.looked and not there.number else ""
        listings = (there.listing,)
        return Step("audit_log", _TITLE, (told,), (), 0, listings, lacking, _CAUTION)
    answer = asking.find(
        f"audit entries by {words}", both(audit_entry.ANY, kql), case.around(HOUR, HOUR)
    )
    said = _told(answer, words) if answer.number else ()
    listed, lacking = [answer.listing], ""
    if answer.looked and not answer.number:
        there = stored(case, asking)
        listed.append(there.listing)
        if there.looked and not there.number:
            lacking = audit_entry.LACKING
        elif there.looked:
            said = (f"None of the {there.number:,} audit entries of that time is by {words}.",)
    rows = [
        Row(row.time, row.told, audit_entry.decision(event) == audit_entry.FORBIDDEN)
        for row, event in zip(answer.rows(audit_entry.entry_told), answer.sources, strict=True)
    ]
    more = max(0, answer.number - MOST_ROWS)
    shown = tuple(rows[:MOST_ROWS])
    return Step("audit_log", _TITLE, said, shown, more, tuple(listed), lacking, _CAUTION)


def _told(answer: Answer, words: str) -> tuple[str, ...]:
    events = answer.sources
    users = Counter(audit_entry.field(event, "user.username") for event in events)
    names = ", ".join(name or "an unknown user" for name, _ in users.most_common(3))
    entries = "entry is" if answer.number == 1 else "entries are"
    return (
        f"{answer.number:,} audit {entries} by {words}: {audit_entry.decisions_told(events)}.",
        f"Users: {names}.",
    )
