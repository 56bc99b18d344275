"""Run the cases of a rule, each by itself."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.cases.case import Case, told
from tocsin.engine.api import alerts as alerts_of
from tocsin.engine.compiled import Compiled
from tocsin.engine.explain import Story, explain
from tocsin.engine.scan import Scan
from tocsin.inputs.source import events

_KEPT = 3
"""Near misses and findings that are kept of a case that failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case. ``problem`` is empty if all is well; ``story`` tells more if not."""

    case: Case
    alerts: int
    problem: str = ""
    story: Story | None = None


def run_case(compiled: Compiled, case: Case) -> Outcome:
    """Run one case of the one rule that was compiled."""
    if compiled.plans[0] is None:
        status = compiled.statuses[0]
        return Outcome(case, 0, f"the rule does not run: {status.reason or status.status}")
    source = events(case.events)
    scan = Scan(compiled, source)
    alerts = sum(1 for _ in alerts_of(scan, compiled, source))
    if scan.statistics.rejected:
        story = None
        problem = f"{scan.statistics.rejected} of {len(case.events)} events cannot be read"
    elif case.holds(alerts):
        return Outcome(case, alerts)
    else:
        problem = f"expected {case.expected}, found {told(alerts)}"
        story = explain(compiled, source, size=_KEPT)
    return Outcome(case, alerts, problem, story)
