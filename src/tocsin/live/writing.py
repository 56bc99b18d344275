"""Findings as the store keeps them: with names, ratings and documents."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding
from tocsin.alerts.iso import iso
from tocsin.alerts.overrides import SEVERITIES
from tocsin.store.alert import StoredAlert

if TYPE_CHECKING:
    from tocsin.engine.compiled import Compiled
    from tocsin.live.guard import Guard

_CLOCK = '"kibana.alert.rule.execution.timestamp":"{0}","tocsin.detected_at":"{0}"'
"""As `Documents` writes it."""
_NEVER = _CLOCK.format(iso(0)).encode()


class Writing:
    """Writes documents; a rule whose alert cannot be written is suspended.

    Parameters
    ----------
    execution
        A name of this run.
    """

    def __init__(self, compiled: Compiled, guard: Guard, execution: str) -> None:
        self._rules = compiled.rules
        self._guard = guard
        self._documents = Documents(
            compiled.rules, compiled.plans, detected_at=0, execution=execution, few=1
        )

    def alerts(self, findings: Sequence[Finding], detected_at: int) -> list[StoredAlert]:
        """The alerts of findings, with names; of several of one alert only the latest."""
        clock = _CLOCK.format(iso(detected_at)).encode()
        found: list[StoredAlert] = []
        in_order = sorted(findings, key=attrgetter("time"))
        for finding in self._named(in_order):
            with self._guard.of(finding.rule):
                found.append(self._alert(finding, clock))
        return found

    def _named(self, findings: Sequence[Finding]) -> list[Finding]:
        try:
            return list(self._documents.named(findings))
        except Exception:  # noqa: BLE001 - it is found below which finding it was
            found: list[Finding] = []
            for finding in findings:
                with self._guard.of(finding.rule):
                    found += self._documents.named([finding])
            return found

    def _alert(self, finding: Finding, clock: bytes) -> StoredAlert:
        rule = self._rules[finding.rule]
        rated = self._documents.rating(finding)
        if rated.severity not in SEVERITIES:
            raise ValueError(f"{rated.severity!r} is no severity")
        # the last one is the rule's: a sample of alerts has others before it
        before, told, behind = self._documents.line(finding).rpartition(_NEVER)
        return StoredAlert(
            finding.alert_id,
            rule.id,
            rated.name,
            rated.severity,
            float(rated.risk_score),
            finding.time,
            rule.building_block,
            before + (clock if told else b"") + behind,
        )
