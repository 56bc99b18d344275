"""Findings come in order whatever memory allows."""

import random
from contextlib import closing

import pytest

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.sorter import Sorter


def finding(number: int) -> Finding:
    event = SourceEvent(str(number), "i", number, 0, b'{"n": %d}' % number, 0, number)
    return Finding(number % 3, f"id-{number:05}", number // 2, (event, None), ("k", None, 1))


@pytest.mark.parametrize("limit", [1, 5_000, 1 << 30])
def test_order(limit):
    """By time, rule id and alert id, spilled or not, and nothing is lost or changed."""
    findings = [finding(number) for number in range(500)]
    shuffled = random.Random(3).sample(findings, len(findings))
    with closing(Sorter(limit)) as sorter:
        for item in shuffled:
            sorter.add_alert(f"rule-{item.rule}", item)
        got = list(sorter)
    assert got == sorted(findings, key=lambda f: (f.time, f"rule-{f.rule}", f.alert_id))


def test_empty():
    """No findings, no trouble."""
    with closing(Sorter()) as sorter:
        assert list(sorter) == []


def test_any_key():
    """A key of the caller's own decides."""
    with closing(Sorter(1)) as sorter:
        for number in (3, 1, 2):
            sorter.add((number,), finding(number))
        assert [item.alert_id for item in sorter] == ["id-00001", "id-00002", "id-00003"]
