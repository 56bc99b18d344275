"""Which credentials of Kubernetes were read before, in the same place."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.alerts.paths import values_at
from tocsin.web.kql_text import both, either, is_, like
from tocsin.web.steps.asking import Asking, Event
from tocsin.web.steps.case import HOUR, Case
from tocsin.web.steps.step import MOST_ROWS, Row, Step

KINDS = (
    ("the pod's service-account token", ("/run/secrets/kubernetes.io/serviceaccount/",)),
    ("tokens of other pods on the node", ("/var/lib/kubelet/pods/",)),
    (
        "the Kubelet's client certificates",
        ("/var/lib/kubelet/pki/", "apiserver-kubelet-client", "client-kubelet."),
    ),
    (
        "a kubeconfig",
        (
            ".kube/config",
            "/etc/kubernetes/kubelet.conf",
            "/etc/kubernetes/admin.conf",
            "/etc/kubernetes/super-admin.conf",
            "/var/lib/kubelet/kubeconfig",
            "/etc/rancher/k3s/k3s.yaml",
        ),
    ),
    ("keys of the cluster", ("/etc/kubernetes/pki/",)),
    (
        "credentials of the cloud's metadata service",
        ("169.254.169.254", "metadata.google.internal", "fd00:ec2::254"),
    ),
)
_PARTS = tuple(part for _, parts in KINDS for part in parts)
_TITLE = "Credentials read before"


def credentials(case: Case, asking: Asking) -> Step:
    """Reads of the hour before, and those of the alert itself."""
    if not case.place:
        return Step(
            "credentials", _TITLE, lacking="The alert names neither a container nor a host."
        )
    patterns = [f"*{part}*" for part in _PARTS]
    wanted = either(
        like("file.path", *patterns),
        like("process.args", *patterns),
        is_("destination.ip", "169.254.169.254", "fd00:ec2::254"),
    )
    answer = asking.find(
        f"files of credentials opened or named in {case.place_told}",
        both(case.place, wanted),
        case.around(HOUR, 0),
    )
    listings = [answer.listing]
    kinds = [kind for event in answer.sources for kind in kinds_of(event)]
    told, lacking = [], ""
    for kind in dict.fromkeys(kinds):
        number = kinds.count(kind)
        told.append(f"{kind[0].upper()}{kind[1:]}: {number:,} event{'' if number == 1 else 's'}.")
    if answer.looked:
        files = both(case.place, is_("event.category", "file"))
        stored = asking.any("all file events of the same place", files, case.around(HOUR, 0))
        listings.append(stored.listing)
        if not answer.number:
            told.append("No event names a file of credentials.")
        if stored.looked and not stored.number:
            lacking = (
                f"No file event of {case.place_told} is stored for that hour, so that "
                "only files named "
                "in arguments are known. File events of Elastic Defend or Defend for "
                "Containers, or an "
                "auditd watch on the token, would show reads by programs."
            )
    rows = [
        Row(row.time, f"{', '.join(kinds_of(event))}: {row.told}", marked=True)
        for row, event in zip(answer.rows(), answer.sources, strict=True)
    ]
    return Step(
        "credentials",
        _TITLE,
        tuple(told),
        tuple(rows[:MOST_ROWS]),
        max(0, answer.number - MOST_ROWS),
        tuple(listings),
        lacking,
        "That a file was read shows that it may be used elsewhere, not that it was.",
    )


def kinds_of(event: Event) -> list[str]:
    """The kinds of credentials that an event names."""
    texts = [
        str(one)
        for name in ("file.path", "process.args", "destination.ip")
        for one in values_at(event, name)
    ]
    return [kind for kind, parts in KINDS if any(part in text for part in parts for text in texts)]


def read_kinds(case: Case) -> Iterator[str]:
    """The kinds that the alert itself names."""
    for event in case.events:
        yield from kinds_of(dict(event))
