"""Logs that nobody wrote in earnest: broken, endless, meant to hurt."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.inputs.audit import AuditReader, looks_like_audit

SYSCALL = b'type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=59 pid=7 comm="x"'


def read(lines: list[bytes]):
    reader = AuditReader()
    events = [e for number, line in enumerate(lines, 1) for e in reader.feed(line, number)]
    events += reader.finish()
    documents = [event.document() for event in events]
    for document in documents:
        orjson.dumps(document)
    return documents, reader.rejects


def test_an_argument_of_a_megabyte():
    long = "A" * (1 << 20)
    (document,), rejects = read(
        [SYSCALL, f'type=EXECVE msg=audit(1.000:1): argc=2 a0="x" a1="{long}"'.encode()]
    )
    assert document["process"]["args"] == ["x", long]
    assert rejects == []


def test_an_argument_of_a_megabyte_in_hexadecimal():
    text = "a b" * 350_000
    (document,), _ = read(
        [
            SYSCALL,
            f"type=EXECVE msg=audit(1.000:1): argc=1 a0={text.encode().hex().upper()}".encode(),
        ]
    )
    assert document["process"]["args"] == [text]


def test_more_arguments_than_there_are():
    (document,), _ = read([SYSCALL, b'type=EXECVE msg=audit(1.000:1): argc=999999999 a0="x"'])
    assert document["process"]["args"] == ["x"]


def test_an_index_beyond_reason():
    (document,), _ = read(
        [SYSCALL, b'type=EXECVE msg=audit(1.000:1): argc=1 a999999999="x" a9999999999="y"']
    )
    assert document["process"]["args"] == ["x"]


@pytest.mark.parametrize(
    "body",
    [
        b"a" * 1_000_000,
        b"a=" * 500_000,
        b'a="' * 300_000,
        b"a='" * 300_000,
        b"a=\\'" * 200_000,
        b"msg='" * 200_000,
        b"avc:  denied  { " * 60_000,
        b" " * 1_000_000,
        b"-" * 1_000_000,
        b"=" * 1_000_000,
        b"a0[0]=" * 150_000,
        b"A" * 1_000_000 + b"=",
        b"\x1d" + b"UID=" * 250_000,
        b"\x1d" + b"A" * 1_000_000,
    ],
)
@pytest.mark.parametrize("kind", [b"SYSCALL", b"AVC", b"EXECVE", b"USER_LOGIN"])
def test_a_megabyte_of_anything_takes_no_longer_than_its_length(kind, body):
    # A pattern that looked twice at each character would take hours here.
    documents, rejects = read([b"type=" + kind + b" msg=audit(1.000:1): " + body])
    assert len(documents) == 1
    assert rejects == []


@pytest.mark.parametrize("serial", [0, 4294967295, 4294967296, 2**63, 2**64 - 1])
def test_huge_serial_numbers(serial):
    (document,), _ = read([SYSCALL.replace(b":1)", b":%d)" % serial)])
    assert document["event"]["sequence"] == serial


@pytest.mark.parametrize(
    ("time", "stamp"),
    [
        (b"0.000", "1970-01-01T00:00:00.000Z"),
        (b"253402300799.999", "9999-12-31T23:59:59.999Z"),
        (b"1700000000.123456789", "2023-11-14T22:13:20.123456789Z"),
        (b"1700000000.5", "2023-11-14T22:13:20.5Z"),
    ],
)
def test_times(time, stamp):
    (document,), _ = read([SYSCALL.replace(b"1.000", time)])
    assert document["@timestamp"] == stamp


@pytest.mark.parametrize(
    "pid", [b"-1", b"99999999999999999999", b"x", b"1.5", b"9223372036854775807"]
)
def test_process_ids_that_are_none(pid):
    (document,), _ = read([SYSCALL.replace(b"pid=7", b"pid=" + pid)])
    assert document["process"].get("pid") == (int(pid) if len(pid) == 19 else None)


def test_keys_that_would_clash():
    (document,), _ = read(
        [
            SYSCALL + b" socket=x socket_addr=y id=5 uid=1 auditd=z message-type=w",
            b"type=SOCKADDR msg=audit(1.000:1): saddr=0200005001020304",
        ]
    )
    assert document["auditd"]["data"]["socket"]["addr"] == "1.2.3.4"
    assert document["auditd"]["data"]["message_type"] == "w"


pieces = st.sampled_from(
    [
        b"type=SYSCALL msg=audit(1.000:1): ",
        b"type=EXECVE msg=audit(1.000:1): ",
        b"type=PATH msg=audit(1.000:2): ",
        b"type=SOCKADDR msg=audit(1.000:1): saddr=",
        b"type=USER_LOGIN msg=audit(1.000:3): msg='",
        b"type=PROCTITLE msg=audit(1.000:1): proctitle=",
        b"type=EOE msg=audit(1.000:1): ",
        b"node=a ",
        b'a0="',
        b"a1[3]=",
        b"arch=c000003e syscall=59 ",
        b"uid=4294967295 gid=0 ",
        b"key=",
        b"mode=0100",
        b"name=(null) ",
        b"saddr=0200",
        b"61620A00",
        b'"',
        b"'",
        b" ",
        b"\x1d",
        b"\n",
        b"\xc3\x28",
    ]
)


@given(st.lists(pieces | st.binary(max_size=8), max_size=40))
def test_whatever_comes_is_an_event_or_a_reject(parts):
    log = b"".join(parts)
    looks_like_audit(log)
    lines = log.split(b"\n")
    documents, rejects = read(lines)
    assert len(documents) + len(rejects) <= len(lines)
    records = sum(b"msg=audit(" in line for line in lines)
    assert len(documents) <= records
    for document in documents:
        assert document["@timestamp"] == "1970-01-01T00:00:01.000Z"


bodies = st.text(st.characters(codec="utf-8", exclude_characters='\x00\n"'), max_size=30)


@given(st.lists(bodies, min_size=1, max_size=5))
def test_arguments_survive_the_kernels_coding(arguments):
    coded = []
    for index, text in enumerate(arguments):
        plain = all("!" <= c <= "~" for c in text)
        value = f'"{text}"' if plain else text.encode().hex().upper()
        coded.append(f"a{index}={value}")
    line = f"type=EXECVE msg=audit(1.000:1): argc={len(arguments)} {' '.join(coded)}"
    (document,), rejects = read([SYSCALL, line.encode()])
    assert rejects == []
    assert document["process"]["args"] == arguments
