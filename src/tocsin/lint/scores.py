"""Severity, risk and the bound on alerts."""

from __future__ import annotations

from tocsin.lint.subject import Subject
from tocsin.rules.keys import SEVERITIES

_SERVER_LIMIT = 1000
"""Alerts of one run that a Kibana server lets through unless it is told otherwise."""


def bands() -> dict[str, tuple[int, int]]:
    """The risk scores of each severity: from the least to the most, both included."""
    found, least = {}, 0
    for name, most in SEVERITIES.items():
        top = 100 if name == list(SEVERITIES)[-1] else most
        found[name] = (least, top)
        least = top + 1
    return found


def check(subject: Subject) -> None:
    """Tell of risk and severity that disagree (``LINT140``), and of a bound too high (``141``)."""
    rule = subject.rule
    least, most = bands()[rule.severity]
    if not least <= rule.risk_score <= most and "severity" in rule.raw:
        fits = next(name for name, (low, high) in bands().items() if low <= rule.risk_score <= high)
        subject.tell(
            "LINT140",
            ("rule", "risk_score"),
            f"a risk of {rule.risk_score} does not go with the severity {rule.severity}",
            label=f"{rule.severity} is {least} to {most}",
            hint=f'risk_score = {SEVERITIES[rule.severity]}, or severity = "{fits}"',
        )
    if rule.max_signals > _SERVER_LIMIT:
        subject.tell(
            "LINT141",
            ("rule", "max_signals"),
            f"Kibana gives at most {_SERVER_LIMIT:,} alerts of one run",
            label=f"found {rule.max_signals:,}",
            hint=f"max_signals = {_SERVER_LIMIT}",
        )
