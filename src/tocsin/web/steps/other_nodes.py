"""Which other nodes were addressed from the same place: one is a target, several are a scan."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.alerts.paths import first_at, values_at
from tocsin.kubelet.address import PORTS, addresses
from tocsin.kubelet.kubeletctl import call
from tocsin.web.kql_text import both, either, is_
from tocsin.web.steps.asking import Answer, Asking, Event
from tocsin.web.steps.case import HOUR, TO_KUBELET, Case, arguments_of
from tocsin.web.steps.step import MOST_ROWS, Row, Step

SCAN = 3
"""Different nodes from which on it is called a scan."""

_TITLE = "Other nodes that were addressed"


def other_nodes(case: Case, asking: Asking) -> Step:
    """Connections and arguments of the hour before and after, of the same container or host."""
    if not case.place:
        return Step(
            "other_nodes", _TITLE, lacking="The alert names neither a container nor a host."
        )
    calls = [name for name in (case.first("process.name"),) if name and case.calls]
    asked = either(TO_KUBELET, is_("process.name", *calls))
    answer = asking.find(
        f"connections and calls to Kubelets from {case.place_told}",
        both(case.place, asked),
        case.around(HOUR, HOUR),
    )
    listings = [answer.listing]
    told, lacking = list(_told(answer)), ""
    if answer.looked:
        connections = both(case.place, is_("event.category", "network"))
        network = asking.any(
            "all network events of the same place", connections, case.around(HOUR, HOUR)
        )
        listings.append(network.listing)
        if network.looked and not network.number:
            lacking = (
                f"No network event of {case.place_told} is stored for that time, so "
                "that only addresses "
                "in arguments are known. Elastic Defend's network events, or auditd "
                "on connect, would "
                "show connections."
            )
    found = _nodes(answer)
    rows = [
        Row(
            first,
            f"{node}: {number:,} time{'' if number == 1 else 's'}, first by {by}",
            not node.startswith("127."),
        )
        for node, (first, number, by) in found.items()
    ]
    return Step(
        "other_nodes",
        _TITLE,
        tuple(told),
        tuple(rows[:MOST_ROWS]),
        max(0, len(rows) - MOST_ROWS),
        tuple(listings),
        lacking,
    )


def _told(answer: Answer) -> Iterator[str]:
    if not answer.looked:
        return
    found = _nodes(answer)
    single = [node for node in found if "/" not in node]
    ranges = [node for node in found if "/" in node]
    if not found:
        yield "No other event of that place addresses a Kubelet."
        return
    events = answer.sources
    if ranges:
        yield f"A whole range was to be scanned: {', '.join(ranges)}."
    if len(single) >= SCAN:
        first, last = _time(events[0]), _time(events[-1])
        yield (
            f"{len(single):,} different nodes between {first} and {last}: that is the "
            "pattern of a scan."
        )
    elif single:
        yield f"{'One node' if len(single) == 1 else f'{len(single)} nodes'}: {', '.join(single)}."


def _nodes(answer: Answer) -> dict[str, tuple[str, int, str]]:
    """Nodes (or ranges) with the first time, how often, and by which process."""
    found: dict[str, tuple[str, int, str]] = {}
    for event in answer.sources:
        by = str(first_at(event, "process.name") or "?")
        for node in _addressed(event):
            first, number, name = found.get(node, (_time(event), 0, by))
            found[node] = (first, number + 1, name)
    return found


def _addressed(event: Event) -> set[str]:
    arguments, name = arguments_of(event)
    nodes = {one.node for one in addresses(arguments, name)}
    made = call(arguments, name)
    if made is not None:
        nodes.update(made.nodes)
    if any(
        str(port).isdecimal() and int(port) in PORTS
        for port in values_at(event, "destination.port")
    ):
        found = values_at(event, "destination.ip") or values_at(event, "destination.address")
        # a connection repeats what its process was told to do
        nodes = {str(one) for one in found[:1]} or nodes
    return nodes


def _time(event: Event) -> str:
    return str(first_at(event, "@timestamp") or "")
