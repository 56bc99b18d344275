"""All measures, in the order in which one takes them."""

from __future__ import annotations

from tocsin.web.response.action import Action
from tocsin.web.response.clean import persistence, redeploy
from tocsin.web.response.facts import Facts
from tocsin.web.response.isolate import evidence, network_policy, node_block, scale
from tocsin.web.response.secure import (
    kubelet_configuration,
    pod_security,
    rbac_review,
    rotation,
)
from tocsin.web.steps.case import Case

_IN_ORDER = (
    *(evidence, network_policy, node_block, scale),
    *(rotation, rbac_review, kubelet_configuration, pod_security),
    *(persistence, redeploy),
)


def response(case: Case) -> tuple[Action, ...]:
    """The measures for an alert of the Kubelet's family; none for others."""
    if not case.because:
        return ()
    facts = Facts(case)
    return tuple(make(facts) for make in _IN_ORDER)
