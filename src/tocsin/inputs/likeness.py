"""What lines that are no events seem to be: logs as their makers write them, known by names."""

from __future__ import annotations

import re

_LOGS = (
    ("CloudTrail's records", (b'"eventSource"', b'"eventVersion"')),
    ("CloudTrail's records", (b'"eventName"', b'"awsRegion"')),
    ("Google Cloud's audit logs", (b'"protoPayload"',)),
    ("Microsoft 365's audit logs", (b'"Workload"', b'"CreationTime"')),
    ("Azure's logs", (b'"operationName"', b'"category"')),
    ("Okta's system log", (b'"legacyEventType"',)),
    ("GitHub's audit log", (b'"_document_id"', b'"actor"')),
    ("Zeek's logs", (b'"id.orig_h"',)),
    ("Suricata's EVE log", (b'"event_type"', b'"flow_id"')),
    ("Falco's alerts", (b'"output_fields"', b'"priority"')),
    ("Tetragon's events", (b'"process_exec"',)),
    ("Tetragon's events", (b'"process_kprobe"',)),
    ("osquery's results", (b'"hostIdentifier"', b'"calendarTime"')),
    ("the systemd journal", (b'"__REALTIME_TIMESTAMP"',)),
    ("Windows events", (b'"EventID"', b'"Channel"')),
    ("Windows events", (b"schemas.microsoft.com/win/2004/08/events",)),
    ("an export of Splunk's", (b'"_raw"', b'"_time"')),
    ("messages in CEF", (b"CEF:0|",)),
    ("messages in CEF", (b"CEF:1|",)),
    ("messages in LEEF", (b"LEEF:1.0|",)),
    ("messages in LEEF", (b"LEEF:2.0|",)),
)
"""Which names, all of them, stand in which logs."""

_SYSLOG = re.compile(
    rb"(?:<\d{1,3}>)?(?:1 )?(?:"
    rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|"
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]{0,10}[-+Z:\d]{1,6}) \S"
)


def likeness(content: bytes) -> str:
    """What the beginning of a rejected line seems to come from; empty if that is not known."""
    for name, marks in _LOGS:
        if all(mark in content for mark in marks):
            return name
    return "syslog messages" if _SYSLOG.match(content) else ""
