"""Carries out the steps for an alert of the Kubelet's family."""

from __future__ import annotations

from tocsin.corpus.questions import Questions
from tocsin.web.steps.asking import Asking
from tocsin.web.steps.audit_log import audit_log
from tocsin.web.steps.case import Case
from tocsin.web.steps.credentials import credentials
from tocsin.web.steps.follow_on import follow_on
from tocsin.web.steps.node_logs import node_logs
from tocsin.web.steps.other_nodes import other_nodes
from tocsin.web.steps.proxied import proxied
from tocsin.web.steps.request import request
from tocsin.web.steps.reviews import reviews
from tocsin.web.steps.session import session
from tocsin.web.steps.step import Step

_ASKING = (session, other_nodes, credentials, audit_log, reviews, proxied, follow_on, node_logs)
"""In the order in which a person would go: what is told first needs the least."""


def steps(case: Case, questions: Questions, seconds: float) -> tuple[Step, ...]:
    """All steps; what is not looked at within ``seconds`` says so. None for other alerts."""
    if not case.because:
        return ()
    asking = Asking(questions, seconds)
    return (request(case), *(step(case, asking) for step in _ASKING))
