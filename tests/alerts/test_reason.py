"""The sentence."""

import pytest

from tocsin.alerts.overrides import Rating
from tocsin.alerts.paths import values_at
from tocsin.alerts.reason import reason

RATING = Rating("Kubelet probed", "high", 73)
ROWS = [
    ({}, "event created high alert Kubelet probed."),
    ({"event": {"category": ["process"]}}, "process event created high alert Kubelet probed."),
    (
        {
            "event": {"category": ["network", "process"]},
            "process": {"name": "curl", "parent": {"name": "sh"}},
            "source": {"ip": "10.0.0.1"},
            "destination": {"ip": "10.0.0.2", "port": 10250},
            "user": {"name": "root"},
            "host": {"name": "node-1"},
        },
        (
            "network, process event with process curl, parent process sh, source 10.0.0.1 "
            "destination 10.0.0.2:10250, by root on node-1 created high alert Kubelet probed."
        ),
    ),
    (
        {"file": {"name": "token"}, "host": {"name": ["a", "b"]}},
        "event with file token, on a, b created high alert Kubelet probed.",
    ),
    ({"user": {"name": "root"}}, "event by root created high alert Kubelet probed."),
    (
        {"source": {"address": "gate", "port": [22, 23]}, "user": {"name": "root"}},
        "event with source gate:22, 23, by root created high alert Kubelet probed.",
    ),
    (
        {"source": {"ip": "10.0.0.1"}, "user": {"name": "root"}},
        "event with source 10.0.0.1 by root created high alert Kubelet probed.",
    ),
    (
        {
            "event": {"category": "-"},
            "process": {"name": ["-"], "parent": {"name": ""}},
            "source": {"ip": "-", "address": [""], "port": 22},
            "destination": {"ip": "10.0.0.2", "port": "-"},
            "user": {"name": ["-", "eve"]},
            "host": {"name": ["", "b"]},
        },
        "event with destination 10.0.0.2 by -, eve on , b created high alert Kubelet probed.",
    ),
]


@pytest.mark.parametrize(("event", "sentence"), ROWS)
def test_reason(event, sentence):
    """Parts come in a fixed order, with Kibana's commas; what is missing leaves no gap."""
    assert reason(lambda field: values_at(event, field), RATING) == sentence
