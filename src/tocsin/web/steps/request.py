"""What was asked of which Kubelet, told by the alert alone."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.kubelet.address import Address
from tocsin.kubelet.endpoint import Intent
from tocsin.kubelet.kubeletctl import Call
from tocsin.web.steps.case import Case, arguments_of
from tocsin.web.steps.step import Row, Step

_READ_ONLY = 10255
_WORST = (Intent.EXECUTION, Intent.CHANGE, Intent.COLLECTION, Intent.DISCOVERY, Intent.HEALTH)


def request(case: Case) -> Step:
    """The addresses and calls of the alert, and what they are for."""
    rows = [*map(_row, case.addresses), *map(_call_row, case.calls)]
    if not rows and case.port:
        nodes = ", ".join(case.nodes) or "an unknown address"
        rows.append(
            Row("", f"a connection to {nodes}, port {case.port}; what was asked is not told")
        )
    lacking = ""
    if not case.addresses and not case.calls:
        lacking = (
            "The alert has no URL. Process events with their arguments (Elastic Defend, Defend for "
            "Containers, auditd on execve) would show it, unless a program keeps it to itself."
        )
    return Step(
        "request",
        "What was asked of which Kubelet",
        tuple(_told(case)),
        tuple(rows),
        lacking=lacking,
        caution="Arguments show what was to be asked, not whether the Kubelet answered.",
    )


def intents(case: Case) -> list[Intent]:
    """What the requests are for, the worst first."""
    found = {one.endpoint.intent for one in case.addresses} | {one.intent for one in case.calls}
    return [intent for intent in _WORST if intent in found]


def _told(case: Case) -> Iterator[str]:
    found = intents(case)
    if found:
        others = f", and {' and '.join(found[1:])}" if found[1:] else ""
        yield f"The intent is {found[0]}{others}."
    elif case.addresses or case.calls:
        yield "What it is for cannot be told by the path."
    elif any("kubeletctl" in str(one) for event in case.events for one in arguments_of(event)[0]):
        yield (
            "An argument names kubeletctl, but it is not called: the file is fetched, "
            "moved or such."
        )
    if any(one.port == _READ_ONLY for one in case.addresses):
        yield (
            "Port 10255 only reads, and asks nobody who they are: it leaves no trace in the API "
            "server's audit log."
        )
    if any(one.through_api for one in case.addresses):
        yield "It goes through the API server, whose audit log has it as `nodes/proxy`."
    yield from _proofs(case)
    if any(_streams(one) for one in case.addresses):
        yield (
            "A WebSocket begins with GET, so that `get` on `nodes/proxy` is enough "
            "to run commands; "
            "`create` is not asked for."
        )


def _proofs(case: Case) -> Iterator[str]:
    """With what the caller proves who it is, as far as arguments tell."""
    arguments = [str(one) for event in case.events for one in arguments_of(event)[0]]
    lowered = [one.lower() for one in arguments]
    if any("authorization:" in one and "bearer" in one for one in lowered):
        yield "A bearer token was sent along (it is not shown here)."
    files = [file for one in case.calls for file in one.credentials]
    flags = {"--cert", "-E", "--key", "--certificate", "--private-key"}
    if files or flags & {one.partition("=")[0] for one in arguments}:
        yield f"A client certificate or kubeconfig was used{_list(files)}."
    if {"-k", "--insecure", "--no-check-certificate"} & set(arguments) or any(
        one.startswith("-") and not one.startswith("--") and "k" in one and one[1:].isalpha()
        for one in arguments[1:]
        if arguments[0].endswith("curl")
    ):
        yield "The node's certificate was not checked."


def _list(files: list[str]) -> str:
    return f" ({', '.join(dict.fromkeys(files))})" if files else ""


def _streams(one: Address) -> bool:
    return one.streams and one.endpoint.intent is Intent.EXECUTION


def _row(one: Address) -> Row:
    known = one.endpoint
    guard = " or ".join(f"nodes/{name}" for name in known.guard)
    asked = "nobody is asked" if one.port == _READ_ONLY else f"guarded by {guard}"
    target = one.target
    where = ""
    if target.pod:
        container = f", container {target.container}" if target.container else ""
        where = f" Pod {target.pod} of namespace {target.namespace}{container}."
        where += f" Command: {target.command}" if target.command else ""
    path = one.path or "/"
    told = (
        f"node {one.node}, port {one.port}, {path}: {known.does} ({known.intent}; {asked}).{where}"
    )
    return Row("", told, marked=known.intent is Intent.EXECUTION)


def _call_row(one: Call) -> Row:
    name = "A renamed kubeletctl" if one.renamed else "kubeletctl"
    nodes = f" of {', '.join(one.nodes)}" if one.nodes else ""
    parts = [
        f"{key} {one.given[key]}" for key in ("namespace", "pod", "container") if one.given.get(key)
    ]
    where = f" ({', '.join(parts)})" if parts else " in all pods" if one.every_pod else ""
    words = f": {' '.join(one.words)}" if one.words else ""
    does = one.does or "does something that is not known"
    told = f"{name} {one.command}{nodes}{where}{words}: {does} ({one.intent})."
    return Row("", told, marked=one.intent is Intent.EXECUTION)
