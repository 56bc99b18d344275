"""Elastic's whole set: what does not fully run, and what it finds in real events."""

from golden import reports
from shared import needs_shared

pytestmark = needs_shared


def test_each_rule_that_does_not_fully_run_is_known():
    assert reports.support(reports.production()) == reports.stored(reports.SUPPORT)


def test_real_events_give_the_alerts_that_are_known():
    """A change here is looked at alert by alert, then ``tests/golden/reports.py`` writes it."""
    report, whys = reports.corpus(reports.compiled_rules())
    changed = reports.difference(reports.stored(reports.CORPUS), report, whys)
    assert not changed, f"\n{changed}"
