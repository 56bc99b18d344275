"""What a scan tells a person at its end, on stderr."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.text import Text

from tocsin.alerts.overrides import SEVERITIES
from tocsin.cli.console import STYLES, console
from tocsin.cli.happening import safe
from tocsin.cli.reference_rows import reference_rows
from tocsin.cli.rejects import Rejects
from tocsin.cli.unread import reasons_of, unread, unread_beside
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.engine.alert import Alert
from tocsin.engine.compiled import Compiled
from tocsin.engine.statistics import Statistics

_RULES = 10
_FEW = 5


class Summary:
    """Counts alerts by rule and severity and says what was left out, and why.

    Attributes
    ----------
    hidden
        Alerts that were not written, since their severity or kind was not asked for.
    """

    def __init__(self, compiled: Compiled) -> None:
        self.hidden = 0
        self._compiled = compiled
        self._by_rule: Counter[str] = Counter()
        self._by_severity: Counter[str] = Counter()
        self._levels: dict[str, str] = {}
        self._rules = {rule.id: rule for rule in compiled.rules}
        self._console = console(stderr=True)

    def count(self, alert: Alert) -> int:
        """Take an alert into account; its severity as a number, `SEVERITIES` in order."""
        rule, severity = alert.rule, alert.rating.severity
        level = _level(severity)
        self._by_rule[rule.id] += 1
        if level > _level(self._levels.setdefault(rule.id, severity)):
            self._levels[rule.id] = severity
        if not rule.building_block:
            self._by_severity[severity] += 1
        return level

    def complete(self, counts: Statistics) -> None:
        """Put what only the rules know into the counts."""
        counts.alerts_by_rule = dict(self._by_rule)
        for rule, status in zip(self._compiled.rules, self._compiled.statuses, strict=True):
            row = (rule.id, rule.name, status.reason)
            if status.status == "unsupported":
                counts.unsupported.append(row)
            elif status.status == "invalid":
                counts.invalid.append(row)

    def tell(
        self,
        counts: Statistics,
        diagnostics: Sequence[Diagnostic],
        rejects: Rejects,
        seconds: float,
    ) -> None:
        """Print the summary; ``seconds`` are those of reading and matching."""
        self._alerts(counts)
        self._by_rules()
        self._events(counts, seconds)
        self._inputs(counts, rejects)
        self._remembered(counts)
        self._ran(counts, diagnostics)
        self._indicators(counts)
        if counts.events:
            self._cannot_match(counts)
        if counts.reference is not None:
            self._reference(counts.reference)

    def _say(self, text: str | Text, style: str = "") -> None:
        line = text if isinstance(text, Text) else Text(text, style=style)
        self._console.print(line, soft_wrap=True)

    def _alerts(self, counts: Statistics) -> None:
        line = Text(_many(counts.alerts, "alert"), style="bold")
        for severity in reversed(SEVERITIES):
            if found := self._by_severity[severity]:
                line.append(f" · {found:,} {severity}", style=STYLES[severity])
        if counts.building_block_alerts:
            told = _many(counts.building_block_alerts, "alert")
            line.append(f" · {told} of building-block rules", style="dim")
        if self.hidden:
            line.append(f" · {self.hidden:,} not shown", style="dim")
        if counts.suppressed:
            line.append(f" · {counts.suppressed:,} suppressed")
        if counts.interrupted:
            line.append(" · interrupted: this is what was found so far", style="bold")
        self._say(line)

    def _by_rules(self) -> None:
        found = sorted(self._by_rule.items(), key=self._order)
        for rule_id, number in found[:_RULES]:
            level, rule = self._levels[rule_id], self._rules[rule_id]
            line = Text(f"  {number:>7,}  ")
            line.append(f"{safe(level):<8}", style=STYLES.get(level, ""))
            line.append(f"  {safe(rule.name)}")
            line.append(" (building block)" if rule.building_block else "", style="dim")
            self._say(line)
        if rest := found[_RULES:]:
            number = sum(number for _, number in rest)
            self._say(f"  {number:>7,}  of {_many(len(rest), 'more rule')}")

    def _order(self, row: tuple[str, int]) -> tuple[bool, int, int, str]:
        rule_id, number = row
        block = self._rules[rule_id].building_block
        return block, -_level(self._levels[rule_id]), -number, rule_id

    def _events(self, counts: Statistics, seconds: float) -> None:
        told = f"{_many(counts.events, 'event')} in {seconds:.1f} s"
        if seconds >= 1:
            told += f" ({counts.events / seconds:,.0f}/s), {counts.seconds.total:.1f} s in all"
        for number, what in (
            (counts.outside, "outside --since and --until"),
            (counts.repeated, "repeated"),
            (counts.late, "late"),
            (counts.unrouted, "of no index that a rule reads, shown to all rules"),
        ):
            told += f" · {number:,} {what}" if number else ""
        self._say(told)

    def _inputs(self, counts: Statistics, rejects: Rejects) -> None:
        keep = "" if rejects.kept else "--rejects FILE keeps them"
        for line in unread(counts.rejected, rejects, counts.inputs, keep=keep):
            self._say(line, "" if line.startswith(" ") else "yellow")
        past = unread_beside("--history", counts.history_rejected, counts.history_rejects)
        for line in past:
            self._say(line, "" if line.startswith(" ") else "yellow")
        for option, why in counts.unused:
            self._say(f"{option} was not read: {why}", "yellow")

    def _remembered(self, counts: Statistics) -> None:
        """What had to be forgotten, and what an earlier run kept for nothing."""
        if counts.state.evicted:
            told = _many(counts.state.evicted, "open event or sequence")
            self._say(f"{told} dropped to bound memory: alerts may be missing", "yellow")
        for reason, number in _most(reason for *_, reason in counts.state.dropped):
            told = _many(number, "rule")
            self._say(f"what {told} remembered is gone: {safe(reason)}", "yellow")

    def _ran(self, counts: Statistics, diagnostics: Sequence[Diagnostic]) -> None:
        told = f"{counts.rules_compiled:,} of {_many(counts.rules_loaded, 'rule')} ran"
        for found in diagnostics:
            told += f" · {found.message}" if found.code == "RULE021" else ""
        wrong = sum(found.severity is Severity.ERROR for found in diagnostics)
        if wrong:
            told += f" · {_many(wrong, 'error')} in rule files (`tocsin check` tells them)"
        self._say(told)
        for name, rows in (("unsupported", counts.unsupported), ("invalid", counts.invalid)):
            for reason, number in _most(reason for *_, reason in rows):
                self._say(f"  {number:>7,}  {name}: {safe(reason)}", "dim")

    def _indicators(self, counts: Statistics) -> None:
        if counts.without_indicators:
            rules = _many(counts.without_indicators, "indicator match rule")
            self._say(f"{rules} found nothing: no indicators were given (--indicators FILE)")
        if counts.indicators:
            told = f"{_many(counts.indicators['used'], 'indicator')} of "
            told += _many(counts.indicators["read"], "document")
            if rejected := counts.indicators["rejected"]:
                told += f" · {_many(rejected, 'line')} of indicators rejected"
            if left_out := counts.indicators.get("left_out", 0):
                told += f" · {left_out:,} not compared: too many with the same value"
            self._say(told)
            for line in reasons_of(counts.indicator_rejects):
                self._say(line)

    def _reference(self, rows: dict[str, dict[str, Any]]) -> None:
        """How the alerts of the reference's clock differ from those in event time, by rule."""
        for line in reference_rows(rows):
            self._say(line)

    def _cannot_match(self, counts: Statistics) -> None:
        """Which rules can never match, by name if they are few, else by the field they lack."""
        rows = counts.cannot_match
        if not rows:
            return
        self._say(f"{_many(len(rows), 'rule')} cannot match: a field they need never occurs")
        if len(rows) <= _FEW:
            for rule_id, fields in rows:
                name = safe(self._rules[rule_id].name)
                self._say(f"  {name}: no {safe(', '.join(fields))}", "dim")
            return
        needed = (field for _, fields in rows for field in fields)
        for field, number in _most(needed, "other fields"):
            self._say(f"  {number:>7,}  need {safe(field)}", "dim")


def _level(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _most(texts: Iterable[str], others: str = "other reasons") -> list[tuple[str, int]]:
    """The most frequent texts; what is left is one row more."""
    found = Counter(texts).most_common()
    rest = sum(number for _, number in found[_FEW:])
    return [*found[:_FEW], (others, rest)] if rest else found
