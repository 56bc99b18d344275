"""Logs as their makers write them are known by their names."""

import json

import pytest

from tocsin.inputs.likeness import TABLE, likeness
from tocsin.inputs.report import SAMPLE

TRAIL = {
    "eventVersion": "1.08",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/a" * 9},
    "eventTime": "2026-01-01T00:00:00Z",
    "eventSource": "signin.amazonaws.com",
    "eventName": "ConsoleLogin",
    "awsRegion": "us-east-1",
}

TRAILS = "CloudTrail's records"
DEFENDER = "Microsoft Defender's events"
ENTRA = "Microsoft Entra ID's logs"
GITHUB = "GitHub's audit log"
REQUESTS = "requests to a web server"


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
        ({"Records": [{"eventVersion": "1.1", "userIdentity": {"a": "b" * 2000}}]}, TRAILS),
        ({"Events": [{"EventId": "1", "CloudTrailEvent": "{}"}]}, TRAILS),
        ({"detail-type": "GuardDuty Finding", "detail": {}}, "GuardDuty's findings"),
        ({"insertId": "a", "jsonPayload": {}, "logName": "b"}, "Google Cloud's logs"),
        ({"kind": "admin#reports#activity", "id": {}}, "Google Workspace's reports"),
        ({"category": "AdvancedHunting-DeviceEvents", "operationName": "a"}, DEFENDER),
        ({"Results": [{"DeviceId": "1", "ActionType": "FileCreated"}]}, DEFENDER),
        ({"@odata.context": "https://graph.microsoft.com/x#auditLogs/signIns"}, ENTRA),
        ({"activityDateTime": "t", "activityDisplayName": "Add user"}, ENTRA),
        ({"actor": {"alternateId": "a"}, "eventType": "user.session.end"}, "Okta's system log"),
        ({"actor": "a", "org": "o", "action": "repo.rename", "created_at": 1}, GITHUB),
        ({"event_simpleName": "DnsRequest", "aid": "f"}, "CrowdStrike's events"),
        ({"src.process.name": "a.exe"}, "SentinelOne's events"),
        ({"LogName": "Security", "RecordId": 7, "Id": 4624}, "Windows events"),
        ({"class_uid": 3002, "category_uid": 3}, "events in OCSF"),
        ("version account-id interface-id srcaddr dstaddr", "VPC flow logs"),
        ("#separator \\x09", "Zeek's logs"),
        ("#Software: Microsoft Internet Information Services 10.0", "logs of IIS"),
        ('10.0.0.1 - ann [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 1', REQUESTS),
        ("1,2026/01/01 00:00:00,0123,TRAFFIC,end,1", "logs of PAN-OS"),
        ("<14>Jan  1 00:00:00 fw 1,2026/01/01 00:00:00,0123,THREAT,url", "logs of PAN-OS"),
        ("@timestamp,event.action,user.name", TABLE),
        ('"@timestamp"', TABLE),
        ("_id;@timestamp;event.action", TABLE),
        ("event.action\t@timestamp", TABLE),
        ("event.action,my@timestamp,@timestamps", ""),
        ('{"a": ",@timestamp,"}', ""),
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
