"""What is an audit record, and what is not."""

import pytest

from tocsin.inputs.audit import AuditReader, looks_like_audit
from tocsin.inputs.audit.bodies import read_bodies
from tocsin.inputs.audit.records import Block, read_stretches

HEADER = b"type=SYSCALL msg=audit(1700000000.123:42): arch=c000003e syscall=59"


def read_line(line: bytes):
    """The record on a line, and what it says."""
    (stretch,) = read_stretches(Block.of([line], [7]), "", [])
    (body,) = read_bodies([stretch.text])
    return stretch, body


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
    stretch, said = read_line(line)
    assert stretch.identity == (node, 1_700_000_000, "123", 42)
    assert stretch.numbers == [7]
    assert stretch.kind == said.kind == kind
    assert said.data == dict(pair.split("=") for pair in body.split())
    assert said.names is None


def test_the_names_that_auditd_adds_are_apart():
    _, said = read_line(HEADER + b'\x1dARCH=x86_64 AUID="root"')
    assert said.data == {"arch": "c000003e", "syscall": "59"}
    assert said.names == 'ARCH=x86_64 AUID="root"'


def test_syslog_writes_the_separator_as_an_octal_number():
    _, said = read_line(b"Mar  3 04:05:06 db-2 audispd: " + HEADER + b'#035AUID="root"')
    assert said.names == 'AUID="root"'


@pytest.mark.parametrize(
    ("body", "data", "names"),
    [
        (' key="x" ARCH=x86_64 AUID="eve"', {"key": "x"}, 'ARCH=x86_64 AUID="eve"'),
        (' key="x"  UID="two words"\r\n', {"key": "x"}, 'UID="two words"'),
        (' key=(null)ARCH=x86_64 UID="eve"', {}, 'ARCH=x86_64 UID="eve"'),
        (" msg='acct=\"eve\" res=1'UID=\"root\"", {"acct": "eve", "res": "1"}, 'UID="root"'),
        (" saddr=0A00 SADDR={ saddr_fam=inet6 lport=1 }", {"saddr": "0A00"}, None),
        (" saddr=0A00SADDR={ saddr_fam=inet6 lport=1 }", {"saddr": "0A00"}, None),
        (' key="x"\x1dAUID="eve" UID="app"', {"key": "x"}, 'AUID="eve" UID="app"'),
        (' exe=2F62696EUID="x"', {"exe": "2F62696EUID="}, ""),
        (' nametype=NORMALOUID="root"', {"nametype": "NORMALOUID="}, ""),
        (' comm="UID="', {"comm": "UID="}, ""),
        (' comm="a" b="UID=x"', {"comm": "a", "b": "UID=x"}, ""),
        (' sig=31 AUID="eve" SYSCALL=clone3', {"sig": "31"}, 'AUID="eve" SYSCALL=clone3'),
        (" SYSCALL=" + 40 * "a", {}, ""),
        (" x=" + 50 * "A", {"x": 50 * "A"}, ""),
        (' 1UID="root"', {}, ""),
        (' ="root"', {}, ""),
        (' "', {}, ""),
        (" }", {}, ""),
        (" FAMSADDR={ lport=1 }", {}, "SADDR={ lport=1 }"),
        (" {SADDR=1 }", {}, ""),
    ],
)  # fmt: skip
def test_names_are_known_by_their_keys_where_the_separator_was_lost(body, data, names):
    _, said = read_line(HEADER.split(b"arch")[0] + b"a=1" + body.encode())
    assert said.data == {"a": "1", **data}
    if names is None:
        names = body[body.index("SADDR") :]
    assert said.names == (names or None)


@pytest.mark.parametrize("body", [b'UID="root"', b"SADDR={ lport=1 }", b'"', b"}", b'="', b"={}"])
def test_a_record_is_not_made_of_names_alone(body):
    assert read_line(HEADER.split(b"arch")[0] + body)[1].names is None


def test_a_name_in_the_record_counts_more_than_that_of_syslog():
    stretch, _ = read_line(b"Mar  3 04:05:06 db-2 audispd: node=db-3 " + HEADER)
    assert stretch.identity.node == "db-3"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"-----", "not an audit record"),
        (b"x time->Fri Jan  2 03:04:05 2026", "not an audit record"),
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
        (b"Mar  3 04:05:06 d\x00 audispd: " + HEADER, "NUL byte in an audit record"),
        (b"Mar  3 04:05:06 db-2 a\x00: " + HEADER, "NUL byte in an audit record"),
        (b"Mar  3 04:05:06 db-2 audispd:  " + HEADER, "not an audit record"),
        (b"type=EOE msg=audit(253402300800.000:1):", "time of the audit record out of range"),
        (
            b"type=EOE msg=audit(1.000:18446744073709551616):",
            "serial number of the audit record out of range",
        ),
    ],
)
def test_no_records(line, why):
    reader = AuditReader()
    assert list(reader.feed(line + b"\n", 9)) == []
    assert [(r.number, r.reason, r.line) for r in reader.rejects] == [(9, why, line + b"\n")]


def test_what_stands_between_events_is_nothing():
    reader = AuditReader()
    ausearch = b"----\n", b"----\r\n", b"time->Fri Jan  2 03:04:05 2026\n"
    for line in (b"", b"\n", b" \t\r\n", *ausearch):
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


def test_records_that_stand_together_are_read_together():
    identity = b" msg=audit(1700000000.123:42): "
    other = identity.replace(b"42", b"43")
    kinds = [b"SYSCALL", b"CWD", b"PATH", b"PROCTITLE", b"PATH", b"EOE", b"SYSCALL", b"SYSCALL"]
    lines = [b"type=" + kind + identity + b"a=1" for kind in kinds]
    lines += [b"type=PATH" + other, b"node=x type=PATH" + other, b"", b"type=PATH" + other]
    stretches = list(read_stretches(Block.of(lines, range(12)), "", []))
    assert [list(stretch.numbers) for stretch in stretches] == [
        [0, 1, 2, 3],
        [4],
        [5],
        [6],
        [7],
        [8],
        [9],
        [11],
    ]
    assert stretches[0].text == b"\n".join(lines[:4])
    assert [(s.has_syscall, s.settled) for s in stretches][:3] == [(1, 1), (0, 0), (0, 0)]
    assert stretches[0].size == 12
