"""What an alert takes over from its event: it is a signal, however the event spelled its kind."""

import pytest

from tocsin.alerts.paths import values_at
from tocsin.alerts.takeover import original, source


@pytest.mark.parametrize(
    ("event", "taken"),
    [
        ({"a": 1}, {"a": 1, "event.kind": "signal"}),
        ({"event": {"kind": "event"}}, {"event": {"kind": "signal"}}),
        ({"event": {"action": "x"}}, {"event": {"action": "x", "kind": "signal"}}),
        ({"event.kind": "event"}, {"event.kind": "signal"}),
        ({"event": "text"}, {"event": "text", "event.kind": "signal"}),
        (
            {"event.kind": "event", "event": {"kind": "other", "action": "x"}},
            {"event.kind": "signal", "event": {"action": "x"}},
        ),
        (
            {"@timestamp": 1, "kibana.x": 1, "signal": {"y": 1}, "tocsin": 2, "signals": 3},
            {"signals": 3, "event.kind": "signal"},
        ),
    ],
)
def test_source(event, taken):
    assert source(event) == taken
    if "text" not in str(event):
        assert values_at(source(event), "event.kind") == ["signal"]


def test_original():
    event = {"event": {"kind": "event", "a": {"b": [1]}}, "event.c": 2, "data_stream.type": "logs"}
    assert original(event) == {
        "kibana.alert.original_event.kind": "event",
        "kibana.alert.original_event.a.b": [1],
        "kibana.alert.original_event.c": 2,
        "kibana.alert.original_data_stream.type": "logs",
    }
