"""The engine as Python functions: what `tocsin.scan` and `tocsin.query` are."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tocsin.alerts.document import Documents
from tocsin.alerts.identity import named
from tocsin.alerts.sorter import Sorter
from tocsin.engine.alert import Alert
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.engine.scan import Options, Routing, Scan
from tocsin.engine.whole import as_events
from tocsin.inputs.source import Events
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet


def documents(compiled: Compiled) -> Documents:
    """The writer of one run's alerts, stamped with the wall clock."""
    return Documents(
        compiled.rules,
        compiled.plans,
        detected_at=time.time_ns() // 1_000_000,
        execution=str(uuid.uuid4()),
    )


def alerts(scan: Scan, compiled: Compiled, source: Events) -> Iterator[Alert]:
    """Run a scan to its end, then give its alerts by (time, rule id, alert id)."""
    writer = documents(compiled)
    with Sorter() as sorter:
        for finding in scan.findings():
            sorter.add_alert(compiled.rules[finding.rule].id, finding)
        for finding in named(sorter, lambda number: compiled.rules[number].id):
            yield Alert(compiled.rules[finding.rule], finding, writer, source)


def scan(
    events: Events | Iterable[Mapping[str, Any]],
    rules: Iterable[Rule],
    *,
    routing: Routing = "auto",
    rows: int | None = None,
    jobs: int = 1,
) -> Iterator[Alert]:
    """Run rules over events and give the alerts in order of time, rule id and alert id.

    Parameters
    ----------
    events
        What `tocsin.read` or `tocsin.events` gives, or any iterable of mappings, nested or dotted.
    rules
        A rule set (what its ``select`` takes: deprecated rules only if they were named) or any
        iterable of rules; those that cannot run are passed over (``tocsin check`` tells why).
    routing
        ``auto``: a rule sees events whose index its patterns match, and events that no rule's
        patterns match; ``strict``: only the former; ``off``: everything.
    rows, jobs
        The most events in a batch, and how many threads read ahead; results never depend on them.
    """
    source = as_events(events)
    compiled = compile_rules(rules.select() if isinstance(rules, RuleSet) else rules)
    run = Scan(compiled, source, Options(routing=routing, rows=rows, jobs=jobs))
    yield from alerts(run, compiled, source)
