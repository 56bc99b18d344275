"""Closed alerts leave the store after some days, looked for once an hour."""

import logging

from tocsin.server.closed import DAY, PAUSE, ClosedAlerts
from tocsin.store.alert import StoredAlert
from tocsin.store.error import StoreError
from tocsin.store.store import Store
from tocsin.store.triage import Act

NOW = 1_785_600_000_000


def alert(name):
    return StoredAlert(name, "r", "A rule", "low", 21.0, NOW, False, b"{}")


def test_those_closed_long_enough_ago_go_and_the_trail_says_who(tmp_path):
    with Store.open(tmp_path) as store:
        store.put([alert("old"), alert("late"), alert("open")])
        store.set_status(["old"], "closed", Act("ann", NOW - 3 * DAY), reason="other")
        store.set_status(["late"], "closed", Act("ann", NOW - DAY), reason="other")
        keeping = ClosedAlerts(store, 2.5)
        assert keeping.step(NOW) == 1
        assert store.known(["old", "late", "open"]) == {"late", "open"}
        assert store.trail()[0].actor == "tocsin serve"
        assert keeping.step(NOW + 2 * DAY) == 1
        assert store.known(["old", "late", "open"]) == {"open"}


def test_a_sink_that_is_behind_gets_its_alert_first(tmp_path):
    with Store.open(tmp_path) as store:
        store.move_cursor("webhook", 0)
        store.put([alert("old")])
        store.set_status(["old"], "closed", Act("ann", NOW - DAY), reason="other")
        assert ClosedAlerts(store, 0).step(NOW) == 0
        store.move_cursor("webhook", store.last_number())
        assert ClosedAlerts(store, 0).step(NOW) == 1


def test_they_stay_unless_asked_and_nobody_looks_all_the_time():
    asked = []

    class Counting:
        def delete_closed(self, before, act):
            asked.append((before, act.at))
            return 0

    ClosedAlerts(Counting(), None).step(NOW)
    assert not asked
    keeping = ClosedAlerts(Counting(), 1)
    for later in (0, 1, PAUSE - 1, PAUSE, PAUSE + 1):
        keeping.step(NOW + later)
    assert asked == [(NOW - DAY, NOW), (NOW + PAUSE - DAY, NOW + PAUSE)]


def test_a_store_that_is_away_is_asked_again_later(caplog):
    class Away:
        def delete_closed(self, before, act):
            raise StoreError("away")

    with caplog.at_level(logging.WARNING):
        assert ClosedAlerts(Away(), 1).step(NOW) == 0
    assert "away" in caplog.text
