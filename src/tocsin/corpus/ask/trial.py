"""A rule on trial: what it would have said of the stored events, and what it costs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tocsin.alerts.happening import steps
from tocsin.alerts.paths import values_at
from tocsin.corpus.ask.answering import span_of
from tocsin.corpus.ask.asked import MOST_ROWS, Asked, Looked, TooMuchError
from tocsin.corpus.ask.readable import Readable
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.engine.alert import Alert
from tocsin.engine.api import alerts
from tocsin.engine.compiled import Compiled, compile_rules
from tocsin.engine.scan import Options, Scan
from tocsin.engine.statistics import Statistics
from tocsin.lint import judge, lint
from tocsin.rules.fields import query_fields
from tocsin.rules.rule import Rule
from tocsin.rules.ruleset import RuleSet
from tocsin.rules.sources import SourceFile
from tocsin.rules.toml import toml_rule
from tocsin.schema.fields import Schema, TextMode
from tocsin.schema.values import text_of

SECONDS = 30.0
"""How long a trial may take."""

LISTED = 2_000
"""Alerts whose values are counted."""

EXAMPLES = 10
"""Alerts that are told."""

FIELDS, VALUES = 8, 5
"""Fields whose most frequent values are told, and how many of them."""

TELLING = ("host.name", "user.name", "process.name", "process.parent.name", "source.ip")
DAY = 86_400_000
_NO_TELLING = (AttributeError, IndexError, KeyError, TypeError, ValueError)


BETWEEN = 0.25
"""Seconds between two accounts of how far a trial is."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a trial is: events that it looked at, of about so many (0: it is not known yet).

    ``again``: of ``kept``, events that may belong together, so many were read again to be joined,
    once all were looked at.
    """

    events: int = 0
    total: int = 0
    alerts: int = 0
    again: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule as the text of its file, and the time that it is tried over."""

    toml: str
    about: Asked
    seconds: float = SECONDS

    def __call__(self, readable: Readable) -> Tried:
        """Try it. Raises TooMuchError."""
        return tried(self, readable)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a rule costs: seconds over so many events, pairs of event and condition it looked at."""

    events: int = 0
    seconds: float = 0.0
    pairs: int = 0
    slow: int = 0
    unrouted: int = 0


@dataclass(slots=True)
class Tried:
    """What became of a trial.

    ``trouble``: why the rule cannot run; empty if it does. ``days``: alerts by day (ms since 1970),
    days without any among them. ``top``: the most frequent values of fields, among the first
    ``listed`` alerts. ``examples``: time and account of the latest ones.
    """

    trouble: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    alerts: int = 0
    listed: int = 0
    days: tuple[tuple[int, int], ...] = ()
    top: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()
    examples: tuple[tuple[int, str], ...] = ()
    looked: Looked = field(default_factory=Looked)
    cost: Cost = field(default_factory=Cost)


def tried(trial: Trial, readable: Readable, clock: Callable[[], float] = time.monotonic) -> Tried:
    """What a rule says of the stored events. Raises TooMuchError if that takes too long."""
    rule, compiled, found = judged(trial.toml, trial.about.text_mode)
    if rule is None or compiled is None:
        return Tried(_why(found), found)
    readable.unread = 0
    span = span_of(readable, trial.about)
    chosen = readable.source(span, MOST_ROWS)
    told = _Told(rule)
    watch = _Watch(trial.seconds, clock, readable.tell, chosen.rows, told)
    options = Options(routing="strict", since=span.since, until=span.until, suppression=True)
    scan = Scan(compiled, chosen.events, options, progress=watch.look)
    chosen.events.on_again = lambda number: watch.again(scan.statistics, number)
    began = clock()
    for alert in alerts(scan, compiled, chosen.events):
        told.add(alert)
        watch.look(scan.statistics)
    counts = scan.statistics
    problems = len(chosen.events.problems) + readable.unread
    looked = Looked(counts.events, chosen.whole and not problems, chosen.since, span, problems)
    return Tried(
        "",
        found,
        told.alerts,
        told.listed,
        told.days,
        told.top,
        tuple(told.examples[-EXAMPLES:][::-1]),
        looked,
        Cost(
            counts.events,
            clock() - began,
            counts.candidate_pairs,
            counts.residual_pairs,
            counts.unrouted,
        ),
    )


def judged(
    toml: str, text_mode: TextMode = "raw"
) -> tuple[Rule | None, Compiled | None, tuple[Diagnostic, ...]]:
    """A rule of a file's text, compiled, with what is wrong or doubtful; None: it cannot run."""
    told: list[Diagnostic] = []
    rule = toml_rule(SourceFile("rule.toml", toml.encode(errors="replace")), told)
    if rule is None:
        return None, None, tuple(told)
    compiled = compile_rules([rule], Schema(text=text_mode))
    found = [*told, *compiled.diagnostics, *lint([rule])]
    diagnostics = tuple(dict.fromkeys(judge(found, RuleSet([rule])).diagnostics))
    return rule, (compiled if compiled.plans[0] is not None else None), diagnostics


def _why(found: Iterable[Diagnostic]) -> str:
    errors = [one.message for one in found if one.severity is Severity.ERROR]
    return "; ".join(errors) or "the rule cannot run"


class _Watch:
    """Tells now and then how far a trial is, of about ``total`` events, and ends it in time.

    Raises
    ------
    TooMuchError
        From each look: the time is over.
    """

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float],
        tell: Callable[[object], None],
        total: int,
        told: _Told,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._tell = tell
        self._total = total
        self._told = told
        self._again = 0
        self._until = clock() + seconds
        self._said = clock()
        tell(Progress(0, total))

    def look(self, counts: Statistics) -> None:
        """Some events were looked at, or an alert was told."""
        now = self._clock()
        if now > self._said + BETWEEN:
            self._said = now
            total = max(self._total, counts.events)
            kept = counts.stage_hits if self._again else 0
            again = min(self._again, kept)
            self._tell(Progress(counts.events, total, self._told.alerts, again, kept))
        if now > self._until:
            raise TooMuchError(
                f"After {self._seconds:.0f} seconds and {counts.events:,} events the trial was not"
                " over. Try the rule over a shorter time."
            )

    def again(self, counts: Statistics, number: int) -> None:
        """Events were read again, to be joined."""
        self._again += number
        self.look(counts)


class _Told:
    """Counts alerts."""

    def __init__(self, rule: Rule) -> None:
        self.alerts = self.listed = 0
        self.examples: list[tuple[int, str]] = []
        self._days: Counter[int] = Counter()
        self._fields = tuple(dict.fromkeys([*sorted(query_fields(rule)), *TELLING]))
        self._values: dict[str, Counter[str]] = {name: Counter() for name in self._fields}

    def add(self, alert: Alert) -> None:
        """Take an alert; they come in order of time."""
        self.alerts += 1
        self._days[alert.time // DAY] += 1
        if self.alerts > LISTED:
            return
        self.listed += 1
        document = alert.document
        try:
            said = "; ".join(filter(None, steps(document)))
        except _NO_TELLING:
            said = ""
        self.examples.append((alert.time, said))
        del self.examples[:-EXAMPLES]
        for name in self._fields:
            self._values[name].update({text_of(value) for value in values_at(document, name)})

    @property
    def days(self) -> tuple[tuple[int, int], ...]:
        """Alerts by day."""
        if not self._days:
            return ()
        return tuple((day * DAY, self._days[day]) for day in _span(self._days))

    @property
    def top(self) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
        """The most frequent values."""
        found = (
            (name, tuple(counts.most_common(VALUES)))
            for name, counts in self._values.items()
            if counts
        )
        return tuple(found)[:FIELDS]


def _span(days: Iterable[int]) -> Iterator[int]:
    """The days from the first to the last; only those with alerts where that would be very many."""
    known = sorted(days)
    yield from range(known[0], known[-1] + 1) if known[-1] - known[0] < 400 else known
