"""What alerts of a rule have in common: the rule's own part, and the members around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tocsin.alerts.overrides import Rating
from tocsin.alerts.reason import created
from tocsin.alerts.snapshot import PROSE, snapshot
from tocsin.plan.plan import Plan
from tocsin.plan.rule_plan import indices_of
from tocsin.rules.rule import Rule

_OPTIONS = orjson.OPT_NON_STR_KEYS


class RuleParts:
    """Writes the members that tell of a rule, once for each.

    Parameters
    ----------
    rules, plans
        By rule number.
    run
        Members that tell of the run, which follow them.
    prose
        Whether there is what a rule's author wrote for people, which is most of it.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        plans: Sequence[Plan | None],
        run: Mapping[str, str],
        *,
        prose: bool,
    ) -> None:
        self._rules = rules
        self._plans = plans
        self._run = run
        self._prose = prose
        self._written: dict[int, bytes] = {}

    def of(self, number: int, name: str) -> bytes:
        """The members as a JSON object; ``name``: the alert's, which may not be the rule's."""
        if name != self._rules[number].name:
            return self._write(number, {"kibana.alert.rule.name": name})
        part = self._written.get(number)
        if part is None:
            part = self._written[number] = self._write(number, {})
        return part

    def _write(self, number: int, other: Mapping[str, str]) -> bytes:
        rule = self._rules[number]
        told = snapshot(rule, indices_of(rule, self._plans[number]))
        if not self._prose:
            told = {key: told[key] for key in told if key not in PROSE}
        return orjson.dumps({**told, **other, **self._run}, option=_OPTIONS)


def same(rule: Rule, rated: Rating) -> dict[str, Any]:
    """What alerts of a rule have in common, but for its own part."""
    told: dict[str, Any] = {
        "kibana.alert.status": "active",
        "kibana.alert.workflow_status": "open",
        "kibana.alert.severity": rated.severity,
        "kibana.alert.risk_score": rated.risk_score,
        "kibana.alert.depth": 1,
        "kibana.space_ids": ["default"],
    }
    if rule.building_block:
        told["kibana.alert.building_block_type"] = "default"
    return told


def block(rule: Rule, rated: Rating) -> dict[str, Any]:
    """What building blocks of a rule have in common."""
    return {
        "kibana.alert.severity": rated.severity,
        "kibana.alert.risk_score": rated.risk_score,
        "kibana.alert.depth": 1,
        "kibana.alert.rule.rule_id": rule.id,
        "kibana.alert.rule.name": rule.name,
    }


def sentence_end(rated: Rating, members: dict[str, Any]) -> bytes:
    """The end of a sentence that stands within a JSON string, and members behind it."""
    return orjson.dumps(created(rated))[1:] + b"," + orjson.dumps(members, option=_OPTIONS)[1:-1]
