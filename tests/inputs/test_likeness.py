"""Logs as their makers write them are known by their names."""

import json

import pytest

from tocsin.inputs.likeness import likeness
from tocsin.inputs.report import SAMPLE

TRAIL = {
    "eventVersion": "1.08",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/a" * 9},
    "eventTime": "2026-01-01T00:00:00Z",
    "eventSource": "signin.amazonaws.com",
    "eventName": "ConsoleLogin",
    "awsRegion": "us-east-1",
}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (TRAIL, "CloudTrail's records"),
        ({"Records": [TRAIL, TRAIL]}, "CloudTrail's records"),
        ({"protoPayload": {"serviceName": "k8s.io"}}, "Google Cloud's audit logs"),
        ({"time": "t", "operationName": "Sign-in", "category": "SignInLogs"}, "Azure's logs"),
        ({"ts": 1.5, "uid": "C1", "id.orig_h": "10.0.0.1"}, "Zeek's logs"),
        ({"timestamp": "t", "flow_id": 1, "event_type": "alert"}, "Suricata's EVE log"),
        ({"__REALTIME_TIMESTAMP": "1", "MESSAGE": "x"}, "the systemd journal"),
        ({"EventID": 1, "Channel": "Security"}, "Windows events"),
        ("Jan  1 00:00:00 host sshd[1]: Accepted password for root", "syslog messages"),
        ("<86>Jan 11 00:00:00 host sshd: x", "syslog messages"),
        ("<86>1 2026-01-01T00:00:00.123+02:00 host sshd 1 - - x", "syslog messages"),
        ("2026-01-01T00:00:00.123456+00:00 host sshd[1]: x", "syslog messages"),
        ("Jan  1 00:00:00 host CEF:0|Vendor|Product|1|100|x|5|src=10.0.0.1", "messages in CEF"),
        ({"message": "Jan  1 00:00:00 host sshd[1]: x"}, ""),
        ("hello", ""),
        ("", ""),
    ],
)
def test_what_lines_seem_to_be(content, name):
    text = content if isinstance(content, str) else json.dumps(content)
    assert likeness(text.encode()[:SAMPLE]) == name
