"""When among the alerts of a moment one is shown to rules that read alerts."""

from __future__ import annotations

import orjson
import pytest

from tocsin.alerts.lineage import DEEPEST, DEPTH, turn_of


@pytest.mark.parametrize(
    ("depth", "turn"), [(1, 1), (2, 2), (DEEPEST, DEEPEST), (DEEPEST + 1, DEEPEST), (999, DEEPEST)]
)
def test_an_alert_comes_behind_what_it_stands_on(depth, turn):
    assert turn_of(orjson.dumps({"a": 1, DEPTH: depth, "b": 2})) == turn


def test_what_an_event_says_is_no_depth():
    said = orjson.dumps({DEPTH: 30}).decode()
    assert turn_of(orjson.dumps({"message": said, DEPTH: 2})) == 2
