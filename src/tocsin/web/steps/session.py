"""Whether a person typed it, and how the session began."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.alerts.paths import first_at
from tocsin.web.kql_text import both, either, every, is_
from tocsin.web.steps.asking import Answer, Asking, Event
from tocsin.web.steps.audit_trail import AuditTrail, Entries
from tocsin.web.steps.case import HOUR, Case
from tocsin.web.steps.step import Row, Step

_BEGINNINGS = {
    "sshd": "by SSH",
    "ssm": "by the cloud's session manager",
    "container": "within a container",
    "init": "by a service of the system",
    "terminal": "at a terminal of the machine",
    "console": "at the machine's console",
}
_FIRST, _LAST = 5, 15
_RUNTIMES = ("containerd-shim", "runc", "crio", "conmon", "dockerd", "docker-containerd")


def session(case: Case, asking: Asking) -> Step:
    """What the alert says about the session, and the events in which it began."""
    told = list(_told(case))
    kql = _same_session(case)
    if not kql:
        return Step(
            "session",
            "Interactive or not, and how the session began",
            tuple(told),
            lacking=_LACKING,
        )
    answer = asking.find(
        "processes and logins of the same session, in the hour before",
        both(kql, is_("event.category", "process", "session", "authentication")),
        case.around(HOUR, 0),
        most=100,
    )
    told += _begun(case, answer)
    listings = [answer.listing]
    if case.pod:
        execs = _execs(case, asking)
        listings.append(execs.listing)
        told += [f"Into this pod: {one.told}." for one in execs.entries[-3:]]
    return Step(
        "session",
        "Interactive or not, and how the session began",
        tuple(told),
        tuple(_ends(answer.rows())),
        max(0, answer.number - _FIRST - _LAST),
        tuple(listings),
        "" if answer.number or not answer.looked else _LACKING,
        (
            "A session that began more than an hour before, or before events were "
            "stored, shows only its rest."
        ),
    )


def _execs(case: Case, asking: Asking) -> Entries:
    """Shells that were opened in the pod by way of the API server."""
    return AuditTrail(case, asking).find(
        "exec and attach into this pod through the API server, in the hour before",
        lambda form: every(
            form.subresources("exec", "attach", "ephemeralcontainers"), form.pods(case.pod)
        ),
        case.around(HOUR, 60_000),
    )


_LACKING = (
    "How the session began is shown by `process.entry_leader` (Elastic Defend, Defend for "
    "Containers) or by logins in the audit log; an exec into a container also by the Kubernetes "
    "audit log."
)


def _ends(rows: list[Row]) -> list[Row]:
    """The first rows and the last: how it began, and what came just before."""
    return rows if len(rows) <= _FIRST + _LAST else [*rows[:_FIRST], *rows[-_LAST:]]


def _told(case: Case) -> Iterator[str]:
    interactive = case.first("process.interactive")
    terminal = case.first("auditd.data.tty", "process.tty.char_device.minor")
    if interactive == "true":
        yield (
            "It is interactive: a terminal is attached, so somebody types, or a script "
            "has a terminal."
        )
    elif interactive == "false":
        yield "It is not interactive: no terminal is attached."
    elif terminal and terminal not in {"(none)", "?"}:
        yield f"It has the terminal {terminal}, so somebody types, or a script has a terminal."
    elif terminal:
        yield "It has no terminal."
    else:
        yield "Whether a terminal was attached is not told."
    kind = case.first("process.entry_leader.entry_meta.type", "process.entry_meta.type")
    leader = case.first("process.entry_leader.name", "process.session_leader.name")
    source = case.first("process.entry_leader.entry_meta.source.ip", "process.entry_meta.source.ip")
    if kind:
        by = f", with {leader}" if leader else ""
        where = f", from {source}" if source else ""
        yield f"The session began {_BEGINNINGS.get(kind, f'as {kind}')}{by}{where}."
    parent = case.first("process.parent.name")
    if parent.startswith(_RUNTIMES):
        yield (
            f"Its parent is the container runtime ({parent}): an exec, or the container's "
            "first process."
        )
    elif parent:
        yield f"Its parent is {parent}."
    user = case.first("auditd.user.audit.name", "user.audit.name")
    if user:
        yield f"Who logged in was {user}."


def _same_session(case: Case) -> str:
    """KQL for the session, as exactly as the alert names it."""
    leader = case.first("process.entry_leader.entity_id", "process.session_leader.entity_id")
    number = case.first("auditd.session")
    if leader:
        own = either(
            is_("process.entry_leader.entity_id", leader),
            is_("process.session_leader.entity_id", leader),
            is_("process.entity_id", leader),
        )
        # in a container, an exec has a leader of its own only with some sensors
        return (
            either(own, both(case.place, "process.interactive: true")) if _contained(case) else own
        )
    if number and number != "unset":
        host = case.first("host.id")
        return both(is_("auditd.session", number), is_("host.id", host) if host else "")
    return both(case.place, "process.interactive: true") if _contained(case) else ""


def _contained(case: Case) -> bool:
    return bool(case.first("container.id"))


def _begun(case: Case, answer: Answer) -> Iterator[str]:
    if not answer.looked:
        return
    logins = [one for one in answer.sources if _is_login(one)]
    for one in logins[:1]:
        source = first_at(one, "source.ip") or first_at(one, "auditd.data.addr")
        how = first_at(one, "process.executable") or first_at(one, "process.name") or "?"
        where = f" from {source}" if source and source != "?" else ""
        yield f"Its login is stored: by {how}{where}."
    interactive = [one for one in answer.sources if first_at(one, "process.interactive") is True]
    if _contained(case) and interactive:
        first = interactive[0]
        name = first_at(first, "process.name")
        parent = first_at(first, "process.parent.name") or "an unknown parent"
        yield (
            f"The first interactive process of {case.place_told} in that hour is {name}, "
            f"started by {parent}."
        )


def _is_login(event: Event) -> bool:
    return first_at(event, "event.category") in {"session", "authentication"}
