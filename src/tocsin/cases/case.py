"""One test case of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """Events with what the rule must make of them.

    ``fires``: how many alerts, or whether any. ``line`` is the place in ``file``, from 1.
    ``history``: events of the past; ``indicators``: what an indicator match compares with;
    ``exceptions``: items as Kibana's interface has them.
    """

    name: str
    fires: int | bool
    events: tuple[Mapping[str, Any], ...]
    file: str
    line: int
    history: tuple[Mapping[str, Any], ...] = ()
    indicators: tuple[Mapping[str, Any], ...] = ()
    exceptions: tuple[Mapping[str, Any], ...] = ()

    @property
    def expected(self) -> str:
        """What must happen, in words."""
        if self.fires is True:
            return "an alert"
        return told(int(self.fires))

    def holds(self, alerts: int) -> bool:
        """Whether so many alerts are right."""
        return alerts > 0 if self.fires is True else alerts == int(self.fires)


def told(alerts: int) -> str:
    """A number of alerts in words."""
    return {0: "no alert", 1: "1 alert"}.get(alerts, f"{alerts:,} alerts")
