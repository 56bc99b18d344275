"""What a scan tells a person at its end, on stderr."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from tocsin.alerts.overrides import SEVERITIES
from tocsin.cli.output import STYLES, safe
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.engine.compiled import Compiled
from tocsin.engine.statistics import Statistics
from tocsin.rules.rule import Rule

_MOST = 10


class Summary:
    """Counts alerts by rule and severity and says what was left out, and why."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._by_rule: Counter[str] = Counter()
        self._by_severity: Counter[str] = Counter()
        self._names = {rule.id: rule.name for rule in compiled.rules}
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)

    def count(self, rule: Rule, severity: str) -> None:
        """Take an alert into account."""
        self._by_rule[rule.id] += 1
        if not rule.building_block:
            self._by_severity[severity] += 1

    def complete(self, counts: Statistics) -> None:
        """Put what only the rules know into the counts."""
        counts.alerts_by_rule = dict(self._by_rule)
        for rule, status in zip(self._compiled.rules, self._compiled.statuses, strict=True):
            row = (rule.id, rule.name, status.reason)
            if status.status == "unsupported":
                counts.unsupported.append(row)
            elif status.status == "invalid":
                counts.invalid.append(row)

    def tell(self, counts: Statistics, diagnostics: Sequence[Diagnostic]) -> None:
        """Print the summary."""
        self._alerts(counts)
        self._by_rules()
        self._events(counts)
        self._rules(counts, diagnostics)

    def _alerts(self, counts: Statistics) -> None:
        line = Text(f"{counts.alerts:,} alert{'' if counts.alerts == 1 else 's'}", style="bold")
        for severity in reversed(SEVERITIES):
            if found := self._by_severity[severity]:
                line.append(f" · {found:,} {severity}", style=STYLES[severity])
        if counts.building_block_alerts:
            line.append(f" · {counts.building_block_alerts:,} building blocks", style="dim")
        if counts.interrupted:
            line.append(" · interrupted: this is what was found so far", style="bold")
        self._console.print(line)

    def _by_rules(self) -> None:
        for rule_id, found in self._by_rule.most_common(_MOST):
            self._console.print(Text(f"  {found:>7,}  {safe(self._names[rule_id])}"))
        if (rest := len(self._by_rule) - _MOST) > 0:
            self._console.print(Text(f"           and {rest} more rules"))

    def _events(self, counts: Statistics) -> None:
        seconds = max(counts.seconds.total, 1e-9)
        told = f"{counts.events:,} events in {seconds:.1f} s ({counts.events / seconds:,.0f}/s)"
        if counts.outside:
            told += f" · {counts.outside:,} outside --since/--until"
        if counts.unrouted:
            told += f" · {counts.unrouted:,} of no rule's index, offered to all"
        if counts.rejected:
            told += f" · {counts.rejected:,} lines rejected (--rejects FILE keeps them)"
        self._console.print(Text(told))
        for name, reason in counts.inputs:
            self._console.print(Text(f"not read: {safe(name)}: {safe(reason)}", style="yellow"))

    def _rules(self, counts: Statistics, diagnostics: Sequence[Diagnostic]) -> None:
        told = f"{counts.rules_compiled:,} of {counts.rules_loaded:,} rules ran"
        if counts.unsupported:
            told += f" · {len(counts.unsupported):,} unsupported"
        if counts.invalid:
            told += f" · {len(counts.invalid):,} invalid"
        if counts.cannot_match and counts.events:
            told += f" · {len(counts.cannot_match):,} cannot match: a field they need never occurs"
        wrong = sum(found.severity is Severity.ERROR for found in diagnostics)
        if wrong:
            told += f" · {wrong:,} errors in rule files (tocsin check)"
        self._console.print(Text(told))
        if counts.cannot_match and counts.events and len(counts.cannot_match) <= _MOST:
            for rule_id, fields in counts.cannot_match:
                name = safe(self._names.get(rule_id, rule_id))
                self._console.print(
                    Text(f"  cannot match: {name}: no {', '.join(fields)}", style="dim")
                )
