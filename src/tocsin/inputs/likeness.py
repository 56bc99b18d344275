"""What lines that are no events seem to be: logs as their makers write them, known by names."""

from __future__ import annotations

import re

_LOGS = (
    ("CloudTrail's records", (b'"eventSource"', b'"eventVersion"')),
    ("CloudTrail's records", (b'"eventName"', b'"awsRegion"')),
    ("CloudTrail's records", (b'"eventVersion"', b'"userIdentity"')),
    ("CloudTrail's records", (b'"CloudTrailEvent"',)),
    ("GuardDuty's findings", (b'"GuardDuty Finding"',)),
    ("GuardDuty's findings", (b'"accountId"', b'"guardduty"')),
    ("VPC flow logs", (b"version account-id interface-id",)),
    ("Google Cloud's audit logs", (b'"protoPayload"',)),
    ("Google Cloud's logs", (b'"insertId"', b'"logName"')),
    ("Google Workspace's reports", (b"#reports#activit",)),
    ("Microsoft 365's audit logs", (b'"Workload"', b'"CreationTime"')),
    ("Microsoft Defender's events", (b'"AdvancedHunting-',)),
    ("Microsoft Defender's events", (b'"DeviceId"', b'"ActionType"')),
    ("Microsoft Entra ID's logs", (b"graph.microsoft.com", b"#auditLogs/")),
    ("Microsoft Entra ID's logs", (b'"activityDateTime"', b'"activityDisplayName"')),
    ("Microsoft Entra ID's logs", (b'"createdDateTime"', b'"userPrincipalName"')),
    ("Azure's logs", (b'"operationName"', b'"category"')),
    ("Okta's system log", (b'"legacyEventType"',)),
    ("Okta's system log", (b'"eventType"', b'"alternateId"')),
    ("Okta's system log", (b'"authenticationContext"', b'"alternateId"')),
    ("GitHub's audit log", (b'"_document_id"', b'"actor"')),
    ("GitHub's audit log", (b'"actor"', b'"action"', b'"org"', b'"created_at"')),
    ("CrowdStrike's events", (b'"event_simpleName"',)),
    ("SentinelOne's events", (b'"src.process.',)),
    ("Jamf Protect's events", (b'"Jamf Protect"',)),
    ("events of macOS's Endpoint Security", (b'"mach_time"', b'"event_type"')),
    ("Cloudflare's logs", (b'"RayID"', b'"ClientIP"')),
    ("Zeek's logs", (b'"id.orig_h"',)),
    ("Zeek's logs", (b"#separator \\x",)),
    ("Suricata's EVE log", (b'"event_type"', b'"flow_id"')),
    ("Falco's alerts", (b'"output_fields"', b'"priority"')),
    ("Tetragon's events", (b'"process_exec"',)),
    ("Tetragon's events", (b'"process_kprobe"',)),
    ("osquery's results", (b'"hostIdentifier"', b'"calendarTime"')),
    ("the systemd journal", (b'"__REALTIME_TIMESTAMP"',)),
    ("Windows events", (b'"EventID"', b'"Channel"')),
    ("Windows events", (b'"LogName"', b'"RecordId"')),
    ("Windows events", (b"schemas.microsoft.com/win/2004/08/events",)),
    ("an export of Splunk's", (b'"_raw"', b'"_time"')),
    ("events in OCSF", (b'"class_uid"', b'"category_uid"')),
    ("messages in CEF", (b"CEF:0|",)),
    ("messages in CEF", (b"CEF:1|",)),
    ("messages in LEEF", (b"LEEF:1.0|",)),
    ("messages in LEEF", (b"LEEF:2.0|",)),
    ("logs of IIS", (b"#Software: Microsoft Internet Information Services",)),
)
"""Which names, all of them, stand in which logs."""

_SYSLOG = re.compile(
    rb"(?:<\d{1,3}>)?(?:1 )?(?:"
    rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|"
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]{0,10}[-+Z:\d]{1,6}) \S"
)


_REQUEST = re.compile(rb'\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [-+]\d{4}\] "')
_FIREWALL = re.compile(rb"(?:[^{\n]{0,100} )?1,\d{4}/\d\d/\d\d \d\d:\d\d:\d\d,\w+,[A-Z]+,")
_TABLE = re.compile(rb'(?:[^{\n]{0,2000}[,;\t])?"?@timestamp"?(?:[,;\t]|\Z)')

_SHAPES = (
    ("requests to a web server", _REQUEST),
    ("logs of PAN-OS", _FIREWALL),
    ("syslog messages", _SYSLOG),
)

TABLE = "a table in CSV"
"""What has columns, the first line of which is their names."""


def likeness(content: bytes) -> str:
    """What the beginning of a rejected line seems to come from; empty if that is not known."""
    for name, marks in _LOGS:
        if all(mark in content for mark in marks):
            return name
    if _TABLE.match(content):
        return TABLE
    return next((name for name, shape in _SHAPES if shape.match(content)), "")
