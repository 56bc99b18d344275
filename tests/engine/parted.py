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


def parted(events, cuts, *, named, moments=False):
    """Events of one scan after the other, the last one of which only lets time pass.

    ``moments``: no cut parts events of one time.
    """
    times = [event["@timestamp"] for event in events]
    events = numbered(events) if named else distinct(events)
    cuts = [cut for cut in cuts if cut < len(events)]
    if moments:
        cuts = [cut for cut in cuts if times[cut - 1] != times[cut]]
    edges = sorted({0, *cuts, len(events)})
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


GROWING = ("suppression.docs_count", "suppression.end", "last_detected", "tocsin.suppressed")
"""How the names of members end that a later scan may add to."""


def plain(document):
    """A document without what a later scan may add to, also in the alerts that it is made of."""
    return {key: within(value) for key, value in strip(document).items() if not grows(key)}


def within(value):
    if isinstance(value, list):
        return [within(each) for each in value]
    if isinstance(value, dict):
        return {key: within(inner) for key, inner in value.items() if not grows(key)}
    return value


def grows(key):
    return key.endswith(GROWING)
