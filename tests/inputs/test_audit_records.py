"""What is an audit record, and what is not."""

import pytest

from tocsin.inputs.audit import AuditReader, looks_like_audit
from tocsin.inputs.audit.records import NotARecord, parse_record

HEADER = b"type=SYSCALL msg=audit(1700000000.123:42): arch=c000003e syscall=59"


@pytest.mark.parametrize(
    ("line", "kind", "node", "body"),
    [
        (HEADER, "SYSCALL", "", "arch=c000003e syscall=59"),
        (b"node=web-1 " + HEADER + b"\r\n", "SYSCALL", "web-1", "arch=c000003e syscall=59"),
        (b"type=1305 msg=audit(1700000000.123:42): op=set", "CONFIG_CHANGE", "", "op=set"),
        (b"type=UNKNOWN[1334] msg=audit(1700000000.123:42): op=LOAD", "BPF", "", "op=LOAD"),
        (b"type=UNKNOWN[1397] msg=audit(1700000000.123:42): x=1", "UNKNOWN[1397]", "", "x=1"),
        (b"type=EOE msg=audit(1700000000.123:42): ", "EOE", "", ""),
        (b"type=EOE msg=audit(1700000000.123:42):", "EOE", "", ""),
        (b"Mar  3 04:05:06 db-2 audispd: " + HEADER, "SYSCALL", "db-2", "arch=c000003e syscall=59"),
        (
            b"<13>Mar 13 04:05:06 db-2 audisp-syslog[77]: node=db-3 " + HEADER,
            "SYSCALL",
            "db-3",
            "arch=c000003e syscall=59",
        ),
        (
            b"<85>1 2026-01-02T03:04:05.678Z db-2 audispd 77 - - " + HEADER,
            "SYSCALL",
            "db-2",
            "arch=c000003e syscall=59",
        ),
        (
            b"2026-01-02T03:04:05Z db-2 kernel: audit: type=1400 audit(1700000000.123:42): a=1",
            "AVC",
            "db-2",
            "a=1",
        ),
        (
            b"Mar  3 04:05:06 db-2 kernel: [ 12.345678] type=1701 audit(1700000000.123:42): sig=11",
            "ANOM_ABEND",
            "db-2",
            "sig=11",
        ),
        (b"[    0.26] audit: type=2000 audit(1700000000.123:42): res=1", "KERNEL", "", "res=1"),
    ],
)
def test_headers(line, kind, node, body):
    record = parse_record(line, 7)
    assert (record.kind, record.node, record.body) == (kind, node, body)
    assert (record.seconds, record.fraction, record.serial) == (1_700_000_000, "123", 42)
    assert record.line == 7


def test_the_names_that_auditd_adds_are_apart():
    record = parse_record(HEADER + b'\x1dARCH=x86_64 AUID="root"', 1)
    assert record.body == "arch=c000003e syscall=59"
    assert record.enriched == 'ARCH=x86_64 AUID="root"'


def test_syslog_writes_the_separator_as_an_octal_number():
    record = parse_record(b"Mar  3 04:05:06 db-2 audispd: " + HEADER + b'#035AUID="root"', 1)
    assert record.enriched == 'AUID="root"'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"----", "not an audit record"),
        (b"time->Fri Jan  2 03:04:05 2026", "not an audit record"),
        (b"type=SYSCALL", "not an audit record"),
        (b"type=SYSCALL msg=?", "not an audit record"),
        (b"type=SYSCALL msg=audit(1700000000:42): a=1", "not an audit record"),
        (b"type=SYSCALL msg=audit(-1.000:42): a=1", "not an audit record"),
        (b"type=syscall msg=audit(1700000000.123:42): a=1", "not an audit record"),
        (b"msg=audit(1700000000.123:42): a=1", "not an audit record"),
        (b"audit(1700000000.123:42): a=1", "not an audit record"),
        (b'{"message": "' + HEADER + b'"}', "not an audit record"),
        (b"see " + HEADER, "not an audit record"),
        (b"\xff\xfe\x00t", "not an audit record"),
        (HEADER + b" \x00\x00", "NUL byte in an audit record"),
        (b"type=EOE msg=audit(253402300800.000:1):", "time of the audit record out of range"),
        (
            b"type=EOE msg=audit(1.000:18446744073709551616):",
            "serial number of the audit record out of range",
        ),
    ],
)
def test_no_records(line, why):
    with pytest.raises(NotARecord, match=why):
        parse_record(line, 1)
    reader = AuditReader()
    assert list(reader.feed(line + b"\n", 9)) == []
    assert [(r.number, r.reason, r.line) for r in reader.rejects] == [(9, why, line + b"\n")]


def test_blank_lines_are_nothing():
    reader = AuditReader()
    for line in (b"", b"\n", b" \t\r\n"):
        assert list(reader.feed(line, 1)) == []
    assert reader.rejects == []


@pytest.mark.parametrize(
    ("begin", "audit"),
    [
        (HEADER + b" success=yes\n", True),
        (b"\n\n" + HEADER, True),
        (b"cut off in the middle of a line\nnode=a " + HEADER, True),
        (b"<13>Mar 13 04:05:06 db-2 audispd: " + HEADER + b"\n", True),
        (b'{"event": {"original": "' + HEADER + b'"}}\n', False),
        (b'[{"a": 1}]', False),
        (b"PAR1\x15\x04\x15", False),
        (b"", False),
        (b"Mar 13 04:05:06 db-2 sshd[1]: Accepted publickey for app\n" * 20, False),
    ],
)
def test_looks_like_audit(begin, audit):
    assert looks_like_audit(begin) is audit
