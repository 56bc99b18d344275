"""Elastic's whole set: what does not fully run, and what it finds in real events."""

import pytest

from golden import reports
from shared import needs_shared

pytestmark = needs_shared


@pytest.fixture(scope="module")
def compiled():
    return reports.compiled_rules()


def test_each_rule_that_does_not_fully_run_is_known(compiled):
    assert reports.support(compiled) == reports.stored(reports.SUPPORT)


def test_real_events_give_the_alerts_that_are_known(compiled):
    """A change here is looked at alert by alert, then ``tests/golden/reports.py`` writes it."""
    report, whys = reports.corpus(compiled)
    changed = reports.difference(reports.stored(reports.CORPUS), report, whys)
    assert not changed, f"\n{changed}"
