"""Requests to Kubelets by way of the API server (`nodes/proxy`), which its log does show."""

from __future__ import annotations

from tocsin.web.kql_text import both
from tocsin.web.steps import audit_entry
from tocsin.web.steps.asking import Asking
from tocsin.web.steps.audit_log import stored
from tocsin.web.steps.case import HOUR, Case
from tocsin.web.steps.step import MOST_ROWS, Row, Step

_SUBRESOURCES = ("proxy", "log", "metrics", "stats", "pods", "configz", "healthz", "checkpoint")
_CAUTION = (
    "Only this way round is logged by the API server; the same request straight to port "
    "10250 is not."
)


def proxied(case: Case, asking: Asking) -> Step:
    """The entries of an hour before and after."""
    kql = both(
        audit_entry.ANY,
        audit_entry.of_resource("nodes"),
        audit_entry.of_subresource(*_SUBRESOURCES),
    )
    asked = "requests to `nodes/proxy` and its like"
    answer = asking.find(asked, kql, case.around(HOUR, HOUR))
    listed, told, lacking = [answer.listing], "", ""
    if answer.number:
        decided = audit_entry.decisions_told(answer.sources)
        told = f"{answer.number:,} in the hour before and after: {decided}."
    elif answer.looked:
        there = stored(case, asking)
        listed.append(there.listing)
        if there.looked and not there.number:
            lacking = audit_entry.LACKING
        elif there.looked:
            told = f"None among the {there.number:,} audit entries of the hour before and after."
    rows = [
        Row(row.time, row.told, audit_entry.decision(event) == audit_entry.ALLOWED)
        for row, event in zip(answer.rows(audit_entry.entry_told), answer.sources, strict=True)
    ]
    return Step(
        "proxied",
        "Kubelets asked through the API server",
        (told,) if told else (),
        tuple(rows[:MOST_ROWS]),
        max(0, answer.number - MOST_ROWS),
        tuple(listed),
        lacking,
        _CAUTION,
    )
