"""Findings of one event each, as columns."""

from __future__ import annotations

import pytest
from written import RULES, writer

from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import named
from tocsin.alerts.singles import singles


def event(number: int, name: str = "") -> SourceEvent:
    return SourceEvent(name, f"i{number}", number, 0, b'{"a":%d}' % number, 0, number)


ONE = Finding(0, "", 1, (event(1),), ("key",), {"x": 1})
OTHER = Finding(1, "told", 2, (event(2, "named"),))
TWO = Finding(0, "two", 3, (event(3, "a"), event(4, "b")))
ABSENT = Finding(0, "absent", 4, (None,))
NONE = Finding(0, "none", 5, ())
MIXED = [TWO, ONE, ABSENT, OTHER, NONE]


def rule_id(number: int) -> str:
    return RULES[number].id


def test_columns():
    found = singles(MIXED)
    assert found.rows == [1, 3]
    assert found.ids == ("", "told")
    assert found.contents == (b'{"a":1}', b'{"a":2}')
    assert found.picked([1]) == type(found)(*([column[1]] for column in found))


def test_without_any():
    assert len(singles([TWO, NONE]).rows) == 0


def test_findings_again_with_other_names():
    found = singles(MIXED)
    made = list(found.findings(["x", "y"], ["n", "m"], [None, ("head",)]))
    assert made == [
        ONE._replace(alert_id="x", events=(event(1, "n"),)),
        OTHER._replace(alert_id="y", events=(event(2, "m"),), excerpt=("head",)),
    ]
    assert all(type(told) is Finding and type(told.events[0]) is SourceEvent for told in made)


def test_who_has_a_name_keeps_it_and_its_event_too():
    known = Finding(0, "known", 1, (event(1),))
    alone = Finding(0, "", 2, (event(2, "mine"),))
    got = list(named([known, alone], rule_id))
    assert got[0] == known
    assert got[1].events == alone.events
    assert got[1].alert_id


def test_what_was_read_before_is_read_again():
    one, two = (told._replace(excerpt=("old",)) for told in (ONE, TWO))
    assert [told.excerpt for told in named([one, two], rule_id)] == [None, None]
    assert [told.excerpt for told in writer().named([one])] == [None]


@pytest.mark.parametrize("happened", [(event(1), event(2)), (None,), ()])
def test_only_a_finding_of_one_event_gets_a_name(happened):
    with pytest.raises(ValueError, match="about one event"):
        list(named([ONE, Finding(0, "", 9, happened)], rule_id))
