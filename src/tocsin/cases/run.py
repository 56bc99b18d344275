"""Run the cases of a rule, each by itself."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.cases.case import Case, told
from tocsin.engine.api import alerts as alerts_of
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.engine.explain import Story, explain
from tocsin.engine.scan import Options, Scan
from tocsin.inputs.indicators import read_indicators
from tocsin.inputs.source import events
from tocsin.match.indices import reads_alerts
from tocsin.plan.rule_plan import indices_of
from tocsin.rules.exceptions import gather

_KEPT = 3
"""Near misses, findings and refused events that are told of a case that failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case. ``problem`` is empty if all is well; ``story`` tells more if not."""

    case: Case
    alerts: int
    problem: str = ""
    story: Story | None = None


def run_case(compiled: Compiled, case: Case) -> Outcome:
    """Run one case of the one rule that was compiled."""
    if case.exceptions:
        rule = compiled.rules[0]
        excepted = gather([rule], [{"rules": [rule.id], **item} for item in case.exceptions])
        compiled = compile_rules([rule], exceptions=excepted)
        told_of = [*excepted.diagnostics, *compiled.diagnostics]
        if wrong := next((one.message for one in told_of if one.code.startswith("EXC")), ""):
            return Outcome(case, 0, f"an exception cannot be used: {wrong}")
    if compiled.plans[0] is None:
        status = compiled.statuses[0]
        return Outcome(case, 0, f"the rule does not run: {status.reason or status.status}")
    source = events(case.events)
    # the events of a case are for its rule, also where that reads alerts, which others never reach
    alone = reads_alerts(indices_of(compiled.rules[0], compiled.plans[0]))
    options = Options(
        routing="off" if alone else "auto",
        history=events(case.history) if case.history else None,
        indicators=read_indicators(case.indicators) if case.indicators else None,
    )
    refused: list[str] = []
    scan = Scan(
        compiled,
        source,
        options,
        reject=lambda _, number, reason, __: refused.append(f"event {number}: {reason}"),
    )
    alerts = sum(1 for _ in alerts_of(scan, compiled, source))
    if scan.statistics.rejected:
        story = None
        problem = f"{scan.statistics.rejected} of {len(case.events)} events cannot be read"
        problem += f"; {'; '.join(refused[:_KEPT])}"
    elif case.holds(alerts):
        return Outcome(case, alerts)
    else:
        problem = f"expected {case.expected}, found {told(alerts)}"
        story = explain(compiled, source, options, size=_KEPT)
    return Outcome(case, alerts, problem, story)
