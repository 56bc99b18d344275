"""Who, where and what of an event, read from its fields for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Any

from tocsin.alerts.paths import values_at

_SHORT_ID = 12
"""Characters of a container's id that people know it by."""


class Facts:
    """The facts of one event; each is empty where the event does not tell it."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self._event = event

    def text(self, field: str) -> str:
        """All values of a field, a blank between them."""
        return " ".join(str(value) for value in values_at(self._event, field))  # type: ignore[arg-type]

    @property
    def user(self) -> str:
        """The name of the user, else ``user`` and the number."""
        name, number = self.text("user.name"), self.text("user.id")
        return name or (f"user {number}" if number else "")

    @property
    def container(self) -> str:
        """The pod, else the container by name or short id."""
        pod = self.text("orchestrator.resource.name") or self.text("kubernetes.pod.name")
        return pod or self.text("container.name") or self.text("container.id")[:_SHORT_ID]

    @property
    def actor(self) -> str:
        """The process that did it."""
        return self.text("process.name") or file_name(self.text("process.executable"))

    @property
    def parent(self) -> str:
        """What started the process."""
        return self.text("process.parent.name") or file_name(self.text("process.parent.executable"))

    @property
    def command(self) -> str:
        """The command line as far as it is known."""
        return (
            self.text("process.command_line")
            or self.text("process.args")
            or self.text("process.executable")
            or self.text("process.name")
        )

    def address(self, side: str) -> str:
        """The address and port of a side, ``source`` or ``destination``."""
        place = self.text(f"{side}.domain") or self.text(f"{side}.ip")
        place = place or self.text(f"{side}.address")
        port = self.text(f"{side}.port")
        if place and port:
            return f"[{place}]:{port}" if ":" in place else f"{place}:{port}"
        return place or (f"port {port}" if port else "")


def file_name(path: str) -> str:
    """The last part of a path of any system."""
    return PureWindowsPath(path).name
