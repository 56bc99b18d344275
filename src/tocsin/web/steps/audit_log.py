"""What the same identity asked the API server around the alert, and whether that was allowed."""

from __future__ import annotations

from collections import Counter

from tocsin.kubelet.name import is_label
from tocsin.web.kql_text import either, every
from tocsin.web.steps.asking import Asking
from tocsin.web.steps.audit_entry import FORBIDDEN, decisions_told
from tocsin.web.steps.audit_form import AuditForm
from tocsin.web.steps.audit_trail import GKE, LACKING, AuditTrail, Entries
from tocsin.web.steps.case import HOUR, Case
from tocsin.web.steps.step import MOST_ROWS, Listing, Step

_TITLE = "The same identity in the Kubernetes audit log"
_STORED = "all audit entries of the hour before and after"
_CAUTION = (
    "A call to a Kubelet never reaches the API server, so it cannot stand here itself. An absence "
    "proves little: the identity may be another one (a stolen token has its owner's "
    "name), addresses "
    "are rewritten on the way, and the audit policy may leave requests out."
)

_NOBODY = "The alert names no service account, pod, namespace or address to look for."
_NO_POD = "GKE's log does not say for which pod a token was made."


def by_identity(case: Case, form: AuditForm) -> str:
    """KQL for a form's entries of the alert's identity; empty if the alert names none.

    A pod's tokens are of an account of its namespace, by which they are quicker found.
    """
    parts = []
    users = (*case.accounts, *case.callers)
    near = f"system:serviceaccount:{case.namespace}:*" if is_label(case.namespace) else ""
    if users:
        parts.append(form.users(*users))
    elif near:
        parts.append(form.users_like(near))
    if case.pod and not near:
        parts.append(form.token_pods(case.pod))
    elif case.pod and users:
        found = every(form.users_like(near), form.token_pods(case.pod))
        parts.append(f"({found})" if found else "")
    if case.sources:
        parts.append(form.sources(*case.sources))
    return either(*parts)


def identity_told(case: Case) -> str:
    """The identity in words, empty if the alert names none."""
    words = []
    users = (*case.accounts, *case.callers)
    if users:
        words.append(", ".join(users))
    if case.pod:
        words.append(f"tokens of the pod {case.pod}")
    if case.sources:
        words.append(f"the address {', '.join(case.sources)}")
    if is_label(case.namespace) and not users:
        words.append(f"any service account of the namespace {case.namespace}")
    return " or ".join(words)


def audit_log(case: Case, asking: Asking) -> Step:
    """The entries of an hour before and after."""
    trail, span = AuditTrail(case, asking), case.around(HOUR, HOUR)

    def who(form: AuditForm) -> str:
        return by_identity(case, form)

    unnamed = _NO_POD if case.pod and trail.has(GKE) else ""
    caution = " ".join(filter(None, (_CAUTION, unnamed, trail.left_out())))
    if not trail.kql(who):
        told = _NOBODY if not case.pod else f"The alert names but a pod, and {_NO_POD}"
        there = trail.stored(_STORED, span)
        lacking = LACKING if there.looked and not there.number else ""
        return Step("audit_log", _TITLE, (told,), (), 0, (there.listing,), lacking, caution)
    words = identity_told(case)
    found = trail.find(f"audit entries by {words}", who, span)
    said = _told(found, words) if found.number else ()
    listed: dict[Listing, None] = {found.listing: None}
    lacking = ""
    if found.looked and not found.number:
        there = trail.stored(_STORED, span)
        listed.setdefault(there.listing)
        if there.looked and not there.number:
            lacking = LACKING
        elif there.looked:
            said = (f"None of the {there.number:,} audit entries of that time is by {words}.",)
    rows = found.rows(lambda entry: entry.decision == FORBIDDEN)
    more = max(0, found.number - MOST_ROWS)
    shown = tuple(rows[:MOST_ROWS])
    return Step("audit_log", _TITLE, said, shown, more, tuple(listed), lacking, caution)


def _told(found: Entries, words: str) -> tuple[str, ...]:
    users = Counter(entry.who for entry in found.entries)
    names = ", ".join(name or "an unknown user" for name, _ in users.most_common(3))
    entries = "entry is" if found.number == 1 else "entries are"
    return (
        f"{found.number:,} audit {entries} by {words}: {decisions_told(found.entries)}.",
        f"Users: {names}.",
    )
