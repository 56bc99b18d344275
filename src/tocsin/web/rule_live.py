"""What a running engine adds to a rule's page: its alerts, its cost, its data, its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.engine.seen_data import RuleReady, SeenSet
from tocsin.store.alert import RuleRun
from tocsin.web.address import query_string
from tocsin.web.day_bars import DayBar, as_json, day_bars
from tocsin.web.shelf import Tried
from tocsin.web.times import moment

DAYS = 30
"""Days whose alerts are shown."""

MOST_RUNS = 24
MOST_SETS = 20
MOST_TRIED = 100


@dataclass(frozen=True, slots=True)
class Stopped:
    """A rule that was suspended: why, since when (ms), and how many hits it has missed."""

    reason: str
    since: int
    missed: int


@dataclass(frozen=True, slots=True)
class RuleLive:
    """Beside what its author wrote.

    ``bars``: alerts by day, None while they are being counted; ``open_``: alerts to do. ``seconds``
    of work since the engine started, None if there was none. ``runs``: the latest rows of the run
    log. ``ready``: None while nobody knows. ``sets``: those data sets it sees that came. ``tried``:
    its tests, None while they run.
    """

    bars: tuple[DayBar, ...] | None
    open_: int
    seconds: float | None
    runs: tuple[RuleRun, ...]
    stopped: Stopped | None
    ready: RuleReady | None
    sets: tuple[SeenSet, ...]
    tried: Sequence[Tried] | None
    indices: tuple[str, ...] = ()

    @property
    def alerts(self) -> int:
        """Alerts of all the days."""
        return sum(bar.number for bar in self.bars or ())

    @property
    def week(self) -> int:
        """Alerts of the last seven days."""
        return sum(bar.number for bar in (self.bars or ())[-7:])

    @property
    def failed(self) -> int:
        """Tests that failed."""
        return sum(bool(one.problem) for one in self.tried or ())


def alerts_link(rule_id: str, day: str = "") -> str:
    """The queue with the alerts of a rule, on a day."""
    span = [("since", day), ("until", day)] if day else []
    return f"/alerts{query_string([('status', 'any'), ('blocks', '1'), ('rule', rule_id), *span])}"


def rule_bars(rule_id: str, numbers: Mapping[int, int], today: int) -> tuple[DayBar, ...]:
    """The alerts of a rule by day; days count from 1970."""
    return day_bars(numbers, today, DAYS, lambda day: alerts_link(rule_id, day))


def run_rows(runs: Sequence[RuleRun]) -> list[tuple[str, str, int, int, str, str]]:
    """The run log for people: when, events up to, events, alerts, seconds, what is to be said."""
    return [
        (
            moment(run.at),
            moment(run.last),
            run.events,
            run.alerts,
            f"{run.seconds:,.3f}",
            run.note,
        )
        for run in runs
    ]


def live_json(live: RuleLive) -> dict[str, Any]:
    """The same for programs."""
    ready, stopped = live.ready, live.stopped
    return {
        "alerts": None
        if live.bars is None
        else {
            "days": as_json(live.bars, "alerts"),
            "last_7_days": live.week,
            "last_30_days": live.alerts,
            "to_do": live.open_,
        },
        "seconds": live.seconds,
        "runs": [run._asdict() for run in live.runs],
        "suspended": None
        if stopped is None
        else {"reason": stopped.reason, "since": stopped.since, "missed": stopped.missed},
        "data": None
        if ready is None
        else {
            "state": ready.state,
            "events": ready.events,
            "missing": list(ready.missing),
            "data_sets": [
                {"name": one.name, "events": one.events, "last": one.last} for one in live.sets
            ],
        },
        "tests": None
        if live.tried is None
        else [
            {name: getattr(one, name) for name in ("name", "expected", "alerts", "problem", "line")}
            for one in live.tried
        ],
    }
