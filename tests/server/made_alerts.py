"""Alerts for pages to show."""

import orjson
from serving import NOW

from tocsin.store.alert import StoredAlert


def made(number, *, severity="high", rule="A rule", host="web-1", **extra):
    """An alert named after its number; ``extra``: more of its document."""
    document = {
        "@timestamp": "2026-08-01T12:00:00.000Z",
        "host": {"name": host},
        "user": {"name": "app"},
        "event": {"category": ["process"]},
        "process": {"name": "curl", "command_line": f"curl http://bad.example/{number}"},
        "kibana.alert.rule.name": rule,
        "kibana.alert.rule.threat": [{"tactic": {"id": "TA0002"}, "technique": [{"id": "T1059"}]}],
        "tocsin.why": [
            {
                "stage": 0,
                "clause": 'process.name == "curl"',
                "field": "process.name",
                "value": "curl",
            }
        ],
    } | extra
    name = f"{number:040x}"
    line = orjson.dumps(document)
    return StoredAlert(name, f"id-{rule}", rule, severity, 73.0, NOW + number, False, line)
