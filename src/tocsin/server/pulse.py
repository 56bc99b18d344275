"""What a running engine knows beyond its rules: their alerts, their cost, the data that came.

What takes a while is found out beside the requests (`tocsin.server.fresh`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.engine.seen_data import Judge, Routing, RuleReady
from tocsin.journal.holdings import Held, Holdings
from tocsin.server.fresh import Fresh
from tocsin.server.rule_desk import RuleDesk
from tocsin.store.rule_tally import DAY
from tocsin.store.store import Store
from tocsin.web.rule_list import Live
from tocsin.web.rule_live import DAYS, Stopped
from tocsin.web.shelf import Shelf

ALERTS_EVERY, DATA_EVERY = 10.0, 15.0
"""Seconds between two looks."""

WEEK = 7


@dataclass(frozen=True, slots=True)
class DayAlerts:
    """Alerts by rule id and day (from 1970); ``today`` is the last of the days."""

    today: int
    rules: Mapping[str, Mapping[int, int]]

    def since(self, days: int) -> dict[str, int]:
        """By rule id the alerts of the last so many days."""
        first = self.today - days + 1
        return {
            rule: sum(number for day, number in found.items() if day >= first)
            for rule, found in self.rules.items()
        }


@dataclass(frozen=True, slots=True)
class Data:
    """What came, and what that means for the rules of a shelf."""

    held: Held
    shelf: Shelf | None
    ready: Mapping[str, RuleReady] = field(default_factory=dict)


class Pulse:
    """Any thread may ask.

    Parameters
    ----------
    counts
        What the engine reported last.
    clock
        ms since 1970.
    """

    def __init__(
        self,
        store: Store,
        desk: RuleDesk,
        holdings: Holdings | None,
        counts: Callable[[], Mapping[str, Any]],
        clock: Callable[[], int],
        routing: Routing = "auto",
    ) -> None:
        self._store = store
        self._desk = desk
        self._holdings = holdings
        self._counts = counts
        self._clock = clock
        self._routing = routing
        self._judge: tuple[Shelf, Judge] | None = None
        self._alerts = Fresh(self._count_alerts, ALERTS_EVERY)
        self._data = Fresh(self._look, DATA_EVERY)

    @property
    def today(self) -> int:
        """The day, counted from 1970."""
        return self._clock() // DAY

    def alerts(self) -> DayAlerts | None:
        """The alerts of the last days; None while they are counted for the first time."""
        return self._alerts.get()

    def data(self) -> Data | None:
        """What came; None while it is looked at for the first time."""
        data = self._data.get()
        if data is not None and data.shelf is not self._desk.shelf:
            self._data.hurry()
        return data

    def close(self) -> None:
        """Look at nothing any more."""
        self._alerts.close()
        self._data.close()

    def seconds(self) -> Mapping[str, float]:
        """Work by rule id since the engine started."""
        found = self._counts().get("rule_seconds", {})
        return found if isinstance(found, Mapping) else {}

    def stopped(self) -> dict[str, Stopped]:
        """The rules that are suspended, by id."""
        return {
            rule: Stopped(reason, since, missed)
            for rule, _, reason, since, missed in self._counts().get("suspended", ())
        }

    def live(self) -> Live:
        """What a list of rules shows."""
        alerts, data = self.alerts(), self.data()
        return Live(
            None if alerts is None else alerts.since(WEEK),
            self.seconds(),
            {rule: told.reason for rule, told in self.stopped().items()},
            {} if data is None else data.ready,
        )

    def _count_alerts(self) -> DayAlerts:
        today = self.today
        found: dict[str, dict[int, int]] = {}
        for rule, day, number in self._store.by_rule_and_day((today - DAYS + 1) * DAY):
            found.setdefault(rule, {})[day] = number
        return DayAlerts(today, found)

    def _look(self) -> Data:
        held = Held((), 0, 0, frozenset()) if self._holdings is None else self._holdings.look()
        shelf = self._desk.shelf
        if shelf is None:
            return Data(held, None)
        if self._judge is None or self._judge[0] is not shelf:
            self._judge = shelf, Judge(shelf.needs, shelf.indices, self._routing)
        return Data(held, shelf, self._judge[1].told(held.sets))
