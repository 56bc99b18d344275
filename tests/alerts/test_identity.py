"""Findings get the same names however many there are at one moment."""

from __future__ import annotations

import random

import pytest
from written import RULES, findings, writer

from tocsin.alerts import identity, reader
from tocsin.alerts.identity import alert_id, named
from tocsin.columns.content import content_hash

EVENTS = [b'{"a":%d}' % (number % 7) for number in range(60)]


def rule_id(number: int) -> str:
    return RULES[number].id


def some_findings():
    """Crowded moments and lonely ones, in order of time but not of arrival."""
    crowd = findings(EVENTS, time=50)
    random.Random(2).shuffle(crowd)
    crowd.insert(9, crowd[4])
    return [
        *findings(EVENTS[:3], time=1),
        *findings(EVENTS[:1], time=2),
        *crowd,
        *findings(EVENTS[:9], time=60),
    ]


@pytest.mark.parametrize("moment", [1, 40, 300, 10_000])
@pytest.mark.parametrize("together", [1, 5, 256])
def test_what_is_held_at_once_makes_no_difference(monkeypatch, moment, together):
    expected = list(named(some_findings(), rule_id))
    monkeypatch.setattr(identity, "_MOMENT", moment)
    monkeypatch.setattr(identity, "TOGETHER", together)
    assert list(named(some_findings(), rule_id)) == expected
    documents = writer()
    documents._reader.texts.used = True
    got = list(documents.named(some_findings()))
    assert all(found.excerpt for found in got)
    assert [found._replace(excerpt=None) for found in got] == expected


@pytest.mark.parametrize(("most", "size"), [(1, 1 << 20), (7, 1 << 20), (1024, 1), (1024, 100)])
def test_what_is_read_at_once_makes_no_difference(monkeypatch, most, size):
    expected = list(writer().named(some_findings()))
    assert any(found.excerpt for found in expected)
    monkeypatch.setattr(reader, "MOST", most)
    monkeypatch.setattr(reader, "BYTES_TOGETHER", size)
    documents = writer()
    documents._reader.texts.used = True
    assert list(documents.named(some_findings())) == expected


def test_order_and_numbers():
    """By time, rule and name; equal events of a moment are numbered as they arrived."""
    got = list(named(some_findings(), rule_id))
    keys = [(found.time, rule_id(found.rule), found.alert_id) for found in got]
    assert keys == sorted(set(keys))
    crowd = [found for found in got if found.time == 50 and found.rule == 0]
    assert len(crowd) == len(EVENTS)
    for found in crowd:
        event = found.events[0]
        digest = content_hash(event.content)
        number = event.offset // 7
        assert event.id == (f"{digest}-{number}" if number else digest)
        assert found.alert_id == alert_id(rule_id(found.rule), [(event.index_name, event.id)])


def test_nothing():
    assert list(named([], rule_id)) == []
