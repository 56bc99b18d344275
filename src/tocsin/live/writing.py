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
    named
        Whether findings come with names, since rules have seen them that read alerts.
    """

    def __init__(
        self, compiled: Compiled, guard: Guard, execution: str, *, named: bool = False
    ) -> None:
        self._rules = compiled.rules
        self._guard = guard
        self._come_named = named
        self._documents = Documents(
            compiled.rules, compiled.plans, detected_at=0, execution=execution, few=1
        )

    def alerts(self, findings: Sequence[Finding], detected_at: int) -> list[StoredAlert]:
        """The alerts of findings, with names; of several of one alert only the latest."""
        clock = _CLOCK.format(iso(detected_at)).encode()
        found: list[StoredAlert] = []
        for finding in self._named(findings):
            with self._guard.of(finding.rule):
                found.append(self._alert(finding, clock))
        return found

    def _named(self, findings: Sequence[Finding]) -> list[Finding]:
        if not self._come_named:
            return named_apart(self._documents, findings, self._guard)
        # as names are given: by moments, and of one alert at a moment the last
        latest = {(one.time, self._rules[one.rule].id, one.alert_id): one for one in findings}
        return [self._documents.adopted(latest[key]) for key in sorted(latest)]

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


def named_apart(documents: Documents, findings: Sequence[Finding], guard: Guard) -> list[Finding]:
    """Findings with their names, by time; a rule with one that can have none is suspended."""
    in_order = sorted(findings, key=attrgetter("time"))
    try:
        return list(documents.named(in_order))
    except Exception:  # noqa: BLE001 - it is found below which finding it was
        found: list[Finding] = []
        for finding in in_order:
            with guard.of(finding.rule):
                found += documents.named([finding])
        return found
