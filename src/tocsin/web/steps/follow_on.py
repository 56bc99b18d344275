"""What came after: exec, attach, port-forward, processes in the pods addressed, new workloads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tocsin.web.kql_text import both, either, every, is_, like
from tocsin.web.steps.asking import Answer, Asking
from tocsin.web.steps.audit_entry import decisions_told
from tocsin.web.steps.audit_form import AuditForm
from tocsin.web.steps.audit_log import by_identity, identity_told
from tocsin.web.steps.audit_trail import AuditTrail
from tocsin.web.steps.case import HOUR, Case
from tocsin.web.steps.step import MOST_ROWS, Row, Step

_EXECS = ("exec", "attach", "portforward", "ephemeralcontainers")
_CHANGED = ("create", "update", "patch", "delete")
_WORKLOADS = (
    *("pods", "deployments", "daemonsets", "statefulsets", "replicasets", "jobs", "cronjobs"),
    *("clusterrolebindings", "rolebindings", "clusterroles", "roles", "serviceaccounts"),
)
_PATHS = ("exec", "run", "attach", "portForward", "cri")
_LACKING = (
    "Execs through the API server stand in its audit log; those that a Kubelet was "
    "asked for directly "
    "show only as processes in the pod's containers (Defend for Containers, Elastic Defend on the "
    "node)."
)


class _Part(NamedTuple):
    """One question, what it found in a sentence, and its rows."""

    answer: Answer
    told: str
    rows: list[Row]


def follow_on(case: Case, asking: Asking) -> Step:
    """Two hours after (and a quarter of an hour before, for clocks that differ)."""
    parts = [
        part
        for ask in (_execs, _calls, _processes, _changes)
        if (part := ask(case, asking)) is not None
    ]
    told = [part.told for part in parts if part.answer.number]
    rows = sorted((row for part in parts for row in part.rows), key=lambda row: row.time)
    nothing = not told and all(part.answer.looked for part in parts)
    if nothing:
        told = ["Nothing of the kind is stored, a quarter of an hour before to two hours after."]
    return Step(
        "follow_on",
        "What followed",
        tuple(told),
        tuple(rows[:MOST_ROWS]),
        max(0, len(rows) - MOST_ROWS),
        tuple(dict.fromkeys(part.answer.listing for part in parts)),
        _LACKING if nothing else "",
        AuditTrail(case, asking).left_out(),
    )


def _execs(case: Case, asking: Asking) -> _Part:
    """Execs through the API server, by anybody; those in the pods of the alert are marked."""
    found = AuditTrail(case, asking).find(
        "exec, attach and port-forward through the API server",
        lambda form: form.subresources(*_EXECS),
        case.around(HOUR // 4, 2 * HOUR),
    )
    told = (
        f"{found.number:,} exec, attach or port-forward through the API server, by anybody: "
        f"{decisions_told(found.entries)}."
    )
    pods = {*_pods(case), case.pod} - {""}
    return _Part(found.answer, told, found.rows(lambda entry: entry.name in pods))


def _calls(case: Case, asking: Asking) -> _Part | None:
    """Calls of the client, or of paths that run commands, from the same place."""
    if not case.place:
        return None
    client = both(
        either(
            like("process.name", "kubeletctl*"),
            like("process.args", "*kubeletctl*"),
            is_("process.args", "-s", "--server"),
        ),
        is_("process.args", "exec", "run", "attach", "portForward", "token", "cri"),
    )
    ways = [f"*:{port}/{path}/*" for port in (10250, 10255) for path in _PATHS]
    answer = asking.find(
        f"calls to run commands in pods, from {case.place_told}",
        both(case.place, either(client, like("process.args", *ways))),
        case.around(HOUR // 4, 2 * HOUR),
    )
    calls = "call" if answer.number == 1 else "calls"
    told = f"{answer.number:,} {calls} to a Kubelet to run commands in pods."
    return _Part(answer, told, [Row(row.time, row.told, marked=True) for row in answer.rows()])


def _processes(case: Case, asking: Asking) -> _Part | None:
    """Processes that began in the pods that were addressed."""
    pods = list(_pods(case))
    if not pods:
        return None
    names = ", ".join(pods)
    answer = asking.find(
        f"processes started in {names}",
        both(
            _in_pods(pods),
            is_("event.category", "process"),
            is_("event.type", "start"),
        ),
        case.around(0, HOUR),
    )
    processes = "process" if answer.number == 1 else "processes"
    told = f"{answer.number:,} {processes} started in {names} in the hour after."
    rows = [
        Row(row.time, f"in the pod addressed: {row.told}", marked=True) for row in answer.rows()
    ]
    return _Part(answer, told, rows)


def _in_pods(names: Sequence[str]) -> str:
    """KQL for events in pods of these names.

    The field of Kubernetes has no column: it is looked at only where no other names the pod.
    """
    unnamed = 'not orchestrator.resource.type: "pod"'
    named = is_("orchestrator.resource.name", *names)
    return either(named, f"({unnamed} and {is_('kubernetes.pod.name', *names)})")


def _changes(case: Case, asking: Asking) -> _Part | None:
    """What the identity changed, and the secrets that it read."""
    trail = AuditTrail(case, asking)

    def wanted(form: AuditForm) -> str:
        changed = every(form.verbs(*_CHANGED), form.resources(*_WORKLOADS))
        read = every(form.verbs("get", "list", "watch"), form.resources("secrets"))
        return every(by_identity(case, form), either(changed, read))

    if not trail.kql(wanted):
        return None
    words = identity_told(case)
    found = trail.find(
        f"workloads, roles and accounts changed, secrets read, by {words}",
        wanted,
        case.around(HOUR // 4, 2 * HOUR),
    )
    told = (
        f"Workloads or rights changed, or secrets read, by {words}, {found.number:,} in number: "
        f"{decisions_told(found.entries)}."
    )
    return _Part(found.answer, told, found.rows(lambda _: True))


def _pods(case: Case) -> Iterator[str]:
    """The pods that requests and calls name."""
    found = [one.target.pod for one in case.addresses]
    found += [one.given.get("pod", "") for one in case.calls]
    yield from dict.fromkeys(filter(None, found))
