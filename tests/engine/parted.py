"""Events that come in several scans, and what these find together."""

import json
from itertools import pairwise

from hypothesis import strategies as st

import tocsin
from engine.logins import login, some_logins, strip

LATER = login(600, user=None, host=None, outcome="unknown")
"""An event that lets time pass, so that absences are certain."""

EVENTS = some_logins(60).map(lambda found: sorted(found, key=lambda event: event["@timestamp"]))

CUTS = st.lists(st.integers(1, 19), max_size=3)


def parted(events, cuts, *, named):
    """Events of one scan after the other, the last one of which only lets time pass."""
    events = numbered(events) if named else distinct(events)
    edges = sorted({0, *(cut for cut in cuts if cut < len(events)), len(events)})
    return [*(events[begin:end] for begin, end in pairwise(edges)), [LATER]]


def distinct(events):
    """Equal events of one moment are numbered within an input: cuts may not part them."""
    return [{**event, "event": {**event["event"], "id": str(n)}} for n, event in enumerate(events)]


def numbered(events):
    return [{"_index": "logs-x", "_id": f"e{n}", "_source": e} for n, e in enumerate(events)]


def scan(events, rules, folder=None, **options):
    """The alerts of a scan; ``folder``: what it remembers."""
    return list(tocsin.scan(tocsin.events(events), rules, state=folder, **options))


def scans(parts, rules, folder):
    """The alerts of one scan after the other."""
    return [alert for part in parts for alert in scan(part, rules, folder)]


def latest(alerts):
    """Of alerts of one name the last one that was told."""
    return {alert.id: alert for alert in alerts}.values()


def told(alerts, names=None):
    """Alerts in full, but for what a later scan cannot add to those of an earlier one."""
    return sorted(
        (alert.rule.name, alert.id, json.dumps(plain(alert.document), sort_keys=True))
        for alert in alerts
        if names is None or alert.rule.name in names
    )


def plain(document):
    """A document without what a later scan may add to."""
    return {
        key: value
        for key, value in strip(document).items()
        if not key.endswith(
            ("suppression.docs_count", "suppression.end", "last_detected", "tocsin.suppressed")
        )
    }
