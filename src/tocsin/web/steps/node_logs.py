"""Logs of Kubelets and nodes, and access logs, as far as they are among the stored events."""

from __future__ import annotations

from tocsin.kubelet.address import PORTS
from tocsin.web.kql_text import both, either, is_, like
from tocsin.web.steps.asking import Asking
from tocsin.web.steps.case import HOUR, Case
from tocsin.web.steps.step import MOST_ROWS, Step

_KUBELET = either(
    is_("systemd.unit", "kubelet.service"),
    is_("log.syslog.appname", "kubelet"),
    is_("syslog.identifier", "kubelet"),
    both(is_("process.name", "kubelet"), "message: *"),
    is_("service.name", "kubelet"),
)
_ACCESS = either(
    is_("url.port", *PORTS),
    like("url.full", *(f"*:{port}/*" for port in PORTS)),
    like("url.original", *(f"*:{port}/*" for port in PORTS)),
)
_UPSTREAM = both("http.request.method: *", "http.response.status_code: *")
_QUARTER = HOUR // 4


def node_logs(case: Case, asking: Asking) -> Step:
    """Lines of a quarter of an hour before and after."""
    span = case.around(_QUARTER, _QUARTER)
    kubelet = asking.find("lines of Kubelets' own logs", _KUBELET, span)
    access = asking.find("access logs that name a Kubelet's port", _ACCESS, span)
    listings = [kubelet.listing, access.listing]
    told = []
    for answer, what in (
        (kubelet, "of Kubelets' own logs"),
        (access, "of access logs to a Kubelet's port"),
    ):
        if answer.number:
            told.append(f"{answer.number:,} line{'' if answer.number == 1 else 's'} {what}.")
    if place := _upstream(case):
        upstream = asking.any("requests that this workload was sent", both(_UPSTREAM, place), span)
        listings.append(upstream.listing)
        if upstream.number:
            told.append(
                f"{upstream.number:,} HTTP "
                f"request{'' if upstream.number == 1 else 's'} to this workload: "
                "one of them may be how somebody came in."
            )
    rows = [*access.rows(), *kubelet.rows()]
    lacking = ""
    if not told and all(one.number is not None for one in listings):
        lacking = (
            "No log of a Kubelet or of access to it is stored for that time. The Kubelet's journal "
            "(`journalctl -u kubelet`; requests stand there from verbosity 4 on), a "
            "node's syslog, an "
            "ingress's or a mesh's access log would show it. By itself a Kubelet logs no request."
        )
    return Step(
        "node_logs",
        "Logs of Kubelets, nodes and access",
        tuple(told),
        tuple(rows[:MOST_ROWS]),
        max(0, len(rows) - MOST_ROWS),
        tuple(listings),
        lacking,
    )


def _upstream(case: Case) -> str:
    if case.pod:
        return either(
            is_("kubernetes.pod.name", case.pod), is_("orchestrator.resource.name", case.pod)
        )
    return is_("destination.ip", *case.sources) if case.sources else ""
