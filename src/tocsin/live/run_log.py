"""What each rule did over a span of time, for the run log of the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tocsin.live.guard import Suspension
from tocsin.rules.rule import Rule
from tocsin.store.alert import RuleRun

LEAST_SECONDS = 0.001
"""Work that is worth a row, if there were no alerts."""


class RunLog:
    """Makes rows, one for each rule that did anything since the last ones."""

    def __init__(self) -> None:
        self._first = self._events = 0
        self._told: Counter[str] = Counter()
        self._seconds: dict[str, float] = {}

    def rows(
        self,
        rules: Sequence[Rule],
        told: Counter[str],
        seconds: Mapping[int, float],
        suspended: Mapping[int, Suspension],
        *,
        events: int,
        latest: int,
        at: int,
    ) -> list[RuleRun]:
        """The rows up to now.

        Parameters
        ----------
        told
            Alerts by rule id since the start; ``events`` likewise.
        seconds
            Work by rule number since these rules were loaded.
        latest, at
            The latest time of an event, and the wall clock of the journal, in milliseconds.
        """
        found = []
        for number, rule in enumerate(rules):
            alerts = told[rule.id] - self._told[rule.id]
            spent = seconds.get(number, 0.0)
            worked = spent - self._seconds.get(rule.id, 0.0)
            worked = spent if worked < 0 else worked
            self._seconds[rule.id] = spent
            stopped = suspended.get(number)
            if alerts or worked >= LEAST_SECONDS or stopped is not None:
                found.append(
                    RuleRun(
                        rule.id,
                        self._first or latest,
                        latest,
                        events - self._events,
                        alerts,
                        round(worked, 6),
                        at,
                        "" if stopped is None else f"suspended: {stopped.reason}",
                    )
                )
        self._first, self._events, self._told = latest, events, Counter(told)
        return found
