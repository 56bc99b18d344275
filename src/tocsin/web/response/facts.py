"""The alert's values that may stand in a manifest or a command, and what stands there else."""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from tocsin.kubelet.name import is_label, is_label_key, is_label_value, is_name
from tocsin.web.steps.case import HOUR, Case

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONTAINER_ID = re.compile(r"[0-9a-f]{12,64}", re.ASCII)
_IMAGE = re.compile(r"[a-z0-9][a-z0-9._/:-]{0,250}(?:@sha256:[0-9a-f]{64})?", re.ASCII)
_PATH = re.compile(r"/[\x21-\x7e]{0,500}", re.ASCII)
_MOST_LABELS = 10

OWNERS = (
    ("kubernetes.deployment.name", "deployment"),
    ("kubernetes.statefulset.name", "statefulset"),
    ("kubernetes.daemonset.name", "daemonset"),
    ("kubernetes.cronjob.name", "cronjob"),
    ("kubernetes.job.name", "job"),
    ("kubernetes.replicaset.name", "replicaset"),
)
_SERIAL = re.compile(r"(.+)-\d+", re.ASCII)


class Facts:
    """Values of an alert that were checked; `remarks` tell of those that were not put in."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.remarks: list[str] = []
        self.namespace = self._checked("namespace", case.namespace, is_label, "NAMESPACE")
        self.pod = self._checked("pod", case.pod, is_name, "POD")
        self.container = self._checked(
            "container",
            case.first("container.name", "kubernetes.container.name"),
            is_label,
            "CONTAINER",
        )
        self.account = self._checked("service account", self._account(), is_name, "SERVICE_ACCOUNT")
        self.container_id = self._matching(
            "container id", case.first("container.id"), _CONTAINER_ID, "CONTAINER_ID"
        )
        self.image = self._matching("image", _image(case), _IMAGE, "IMAGE")
        self.executable = self._matching("executable", case.first("process.executable"), _PATH, "")
        self.workload, self.kind = self._workload()
        self.labels = _labels(case)
        self.nodes = tuple(node for node in case.nodes if is_name(node) or _address(node))
        self.addresses = tuple(filter(None, map(_address, case.sources)))

    @property
    def node(self) -> str:
        """The node where it ran, as Kubernetes may name it."""
        found = self.case.first("kubernetes.node.name", "host.name")
        return found if is_name(found) else "NODE"

    @property
    def since(self) -> str:
        """An hour before the alert, as GNU find takes it."""
        try:
            moment = _EPOCH + timedelta(milliseconds=self.case.at - HOUR)
        except OverflowError:
            return "1970-01-01 00:00:00"
        return moment.strftime("%Y-%m-%d %H:%M:%S")

    @property
    def quoted_executable(self) -> str:
        """The program as a word of a shell; empty if it is not known."""
        return shlex.quote(self.executable) if self.executable else ""

    def _account(self) -> str:
        named = next(iter(self.case.accounts), "")
        return named.rpartition(":")[2]

    def _checked(self, what: str, value: str, check: Callable[[str], bool], otherwise: str) -> str:
        if value and check(value):
            return value
        if value:
            self.remarks.append(
                f"The alert's {what} is no such name as Kubernetes allows: "
                f"{otherwise} stands in its "
                "place."
            )
        return otherwise

    def _matching(self, what: str, value: str, form: re.Pattern[str], otherwise: str) -> str:
        if value and form.fullmatch(value):
            return value
        if value:
            place = f"{otherwise} stands in its place" if otherwise else "it is left out"
            self.remarks.append(f"The alert's {what} does not look like one: {place}.")
        return otherwise

    def _workload(self) -> tuple[str, str]:
        """Name and kind of what made the pod, as far as the alert tells for sure."""
        for field, kind in OWNERS:
            name = self.case.first(field)
            if name and is_name(name):
                return name, kind
        parent = self.case.first("orchestrator.resource.parent.type").lower()
        serial = _SERIAL.fullmatch(self.pod)
        if parent == "statefulset" and serial:
            return serial[1], "statefulset"
        if parent in {"replicaset", "daemonset", "job"} and "-" in self.pod and self.pod != "POD":
            # the name of such a pod is its owner's with a dash and five characters
            return self.pod.rpartition("-")[0], parent
        return "WORKLOAD", ""


def _image(case: Case) -> str:
    name, tag = case.first("container.image.name"), case.first("container.image.tag")
    return f"{name}:{tag}" if name and tag and ":" not in name.rpartition("/")[2] else name


def _labels(case: Case) -> dict[str, str]:
    """The pod's labels, where the alert has them and they are labels."""
    found: dict[str, str] = {}
    for pair in case.values("orchestrator.resource.label"):
        key, colon, value = pair.partition(":")
        if colon and is_label_key(key) and is_label_value(value):
            found[key] = value
    for event in case.events:
        node = event.get("kubernetes")
        table = node.get("labels") if isinstance(node, Mapping) else None
        for key, value in table.items() if isinstance(table, Mapping) else ():
            # the agents make underscores of dots, so such a key may be another one in the cluster
            if is_label_key(str(key)) and is_label_value(str(value)) and "_" not in str(key):
                found[str(key)] = str(value)
    for changing in ("pod-template-hash", "controller-revision-hash"):
        found.pop(changing, None)
    return dict(list(found.items())[:_MOST_LABELS])


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
