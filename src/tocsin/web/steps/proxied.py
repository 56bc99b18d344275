"""Requests to Kubelets by way of the API server (`nodes/proxy`), which its log does show."""

from __future__ import annotations

from tocsin.web.kql_text import every
from tocsin.web.steps.asking import Asking
from tocsin.web.steps.audit_entry import ALLOWED, AuditEntry, decisions_told
from tocsin.web.steps.audit_form import AuditForm
from tocsin.web.steps.audit_trail import LACKING, AuditTrail
from tocsin.web.steps.case import HOUR, Case
from tocsin.web.steps.step import MOST_ROWS, Listing, Step

_SUBRESOURCES = ("proxy", "log", "metrics", "stats", "pods", "configz", "healthz", "checkpoint")
_CAUTION = (
    "Only this way round is logged by the API server; the same request straight to port "
    "10250 is not."
)


def proxied(case: Case, asking: Asking) -> Step:
    """The entries of an hour before and after."""
    trail, span = AuditTrail(case, asking), case.around(HOUR, HOUR)
    found = trail.find("requests to `nodes/proxy` and its like", _of_nodes, span)
    listed: dict[Listing, None] = {found.listing: None}
    told, lacking = "", ""
    if found.number:
        decided = decisions_told(found.entries)
        told = f"{found.number:,} in the hour before and after: {decided}."
    elif found.looked:
        there = trail.stored("all audit entries of the hour before and after", span)
        listed.setdefault(there.listing)
        if there.looked and not there.number:
            lacking = LACKING
        elif there.looked:
            told = f"None among the {there.number:,} audit entries of the hour before and after."
    rows = found.rows(lambda entry: entry.decision == ALLOWED, _asked)
    return Step(
        "proxied",
        "Kubelets asked through the API server",
        (told,) if told else (),
        tuple(rows[:MOST_ROWS]),
        max(0, found.number - MOST_ROWS),
        tuple(listed),
        lacking,
        f"{_CAUTION} {trail.left_out()}".rstrip(),
    )


def _of_nodes(form: AuditForm) -> str:
    return every(form.resources("nodes"), form.subresources(*_SUBRESOURCES))


def _asked(entry: AuditEntry) -> str:
    return f"{entry.told}, for {entry.proxied}" if entry.proxied else entry.told
