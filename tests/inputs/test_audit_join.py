"""Records brought together: interleaved, shuffled, cut short, spread apart."""

import random

import pytest
from reading import audit_events

from tocsin.inputs.audit import AuditReader
from tocsin.inputs.audit.join import _LOST_AFTER, _MOST_RECORDS, _SETTLED_AFTER
from tocsin.inputs.audit.records import Block


def record(kind: str, serial: int, body: str = "", *, node: str = "", time: str = "100.000"):
    prefix = f"node={node} " if node else ""
    return f"{prefix}type={kind} msg=audit({time}:{serial}): {body}".encode()


def execve(serial: int, name: str, *, end: bool = True, **where: str) -> list[bytes]:
    lines = [
        record("SYSCALL", serial, f'arch=c000003e syscall=59 success=yes comm="{name}"', **where),
        record("EXECVE", serial, f'argc=2 a0="{name}" a1="-x"', **where),
        record("CWD", serial, 'cwd="/"', **where),
        record("PATH", serial, f'item=0 name="/bin/{name}" nametype=NORMAL', **where),
        record("PATH", serial, 'item=1 name="/lib/ld.so" nametype=NORMAL', **where),
        record("PROCTITLE", serial, f'proctitle="{name}"', **where),
    ]
    return [*lines, record("EOE", serial, **where)] if end else lines


def login(serial: int) -> bytes:
    return record("USER_LOGIN", serial, "pid=1 msg='op=login acct=\"eve\" res=success'")


def told(event):
    document = event.document()
    return (
        document["event"]["sequence"],
        document["host"].get("name"),
        document["process"].get("args"),
        [path["name"] for path in document["auditd"].get("paths", [])],
        document["event"].get("action"),
    )


def whole(serial: int, name: str, node: str = "localhost"):
    return (serial, node, [name, "-x"], [f"/bin/{name}", "/lib/ld.so"], "executed")


@pytest.mark.parametrize("end", [True, False])
def test_one_after_another(end):
    lines = [line for n in range(5) for line in execve(n, f"p{n}", end=end)]
    assert [told(event) for event in audit_events(lines)] == [whole(n, f"p{n}") for n in range(5)]


@pytest.mark.parametrize("end", [True, False])
def test_interleaved_and_shuffled(end):
    lines = [line for n in range(40) for line in execve(n, f"p{n}", end=False)]
    random.Random(7).shuffle(lines)
    if end:
        lines += [record("EOE", n) for n in range(40)]
    events = audit_events(lines)
    assert sorted(told(event) for event in events) == [whole(n, f"p{n}") for n in range(40)]
    assert [event.line for event in events] == sorted(event.line for event in events)


def test_serial_numbers_that_go_backwards():
    lines = [line for n in (9, 3, 7, 1) for line in execve(n, f"p{n}")]
    assert [told(event)[0] for event in audit_events(lines)] == [9, 3, 7, 1]


def test_two_nodes_with_the_same_numbers():
    one, two = execve(5, "a", node="web-1"), execve(5, "b", node="web-2")
    lines = [line for pair in zip(one, two, strict=True) for line in pair]
    assert [told(event) for event in audit_events(lines)] == [
        whole(5, "a", "web-1"),
        whole(5, "b", "web-2"),
    ]


def test_the_same_number_at_another_time():
    lines = execve(5, "a", time="100.000") + execve(5, "b", time="100.001")
    assert [told(event)[2] for event in audit_events(lines)] == [["a", "-x"], ["b", "-x"]]


def test_records_far_apart_still_meet():
    first = execve(1, "far", end=False)
    between = [line for n in range(100, 100 + _LOST_AFTER - 1) for line in execve(n, "near")]
    events = audit_events(first[:2] + between + first[2:])
    assert told(events[0]) == whole(1, "far")
    assert len(events) == _LOST_AFTER


def test_a_record_that_comes_too_late_is_an_event_of_its_own():
    first = execve(1, "far", end=False)
    between = [line for n in range(100, 100 + _LOST_AFTER + 1) for line in execve(n, "near")]
    events = audit_events([*first[:2], *between, first[3]])
    assert events[0].line == 1
    assert told(events[0])[3] == []
    assert events[-1].texts == [first[3]]


def test_an_event_with_its_end_is_given_at_once():
    reader = AuditReader()
    *lines, end = execve(1, "a")
    for number, line in enumerate(lines, 1):
        assert list(reader.feed(line, number)) == []
    assert [told(event) for event in reader.feed(end, 7)] == [whole(1, "a")]
    assert list(reader.finish()) == []


def test_an_event_without_end_is_given_after_enough_newer_ones():
    reader = AuditReader()
    for number, line in enumerate(execve(1, "a", end=False), 1):
        assert list(reader.feed(line, number)) == []
    given = [len(reader.feed(login(n), n)) for n in range(10, 10 + _SETTLED_AFTER)]
    assert given == [0] * (_SETTLED_AFTER - 1) + [1 + _SETTLED_AFTER]


def test_events_leave_in_the_order_in_which_they_began():
    lines = [execve(1, "a")[0], login(2), *execve(3, "c"), *execve(1, "a")[1:]]
    assert [told(event)[0] for event in audit_events(lines)] == [1, 2, 3]


def test_programs_messages_are_never_joined():
    events = audit_events([login(4), login(4)])
    assert [event.line for event in events] == [1, 2]


def test_a_log_that_is_there_twice_gives_its_events_twice():
    lines = execve(1, "a", end=False) + execve(2, "b", end=False)
    assert [told(event) for event in audit_events(lines + lines)] == [
        *(whole(n, name) for n, name in ((1, "a"), (2, "b"))),
        *(whole(n, name) for n, name in ((1, "a"), (2, "b"))),
    ]


def test_a_lonely_end_is_nothing():
    assert audit_events([record("EOE", 1)]) == []


def test_an_id_that_never_ends_is_cut():
    lines = [record("PATH", 1, "item=0")] * (2 * _MOST_RECORDS + 1)
    assert [event.count for event in audit_events(lines)] == [
        _MOST_RECORDS,
        _MOST_RECORDS,
        1,
    ]


def test_what_is_held_is_bounded(monkeypatch):
    monkeypatch.setattr("tocsin.inputs.audit.join._MOST_BYTES", 10_000)
    reader = AuditReader()
    given = 0
    for n in range(50):
        given += len(reader.feed(record("SYSCALL", n, "x" * 1000), n))
        assert n + 1 - given <= 10
    assert given + len(reader.finish()) == 50


@pytest.mark.parametrize("host", ["", "db-9"])
def test_the_host_of_a_log_that_names_none(host):
    reader = AuditReader(host)
    (event,) = reader.feed(login(1), 1)
    assert event.document()["host"].get("name", "") == host


def taken(lines: list[bytes], numbers: list[int] | None = None):
    """The events of some lines that are read at once."""
    reader = AuditReader()
    events = list(reader.take(Block.of(lines, numbers or range(1, len(lines) + 1))))
    return [*events, *reader.finish()]


@pytest.mark.parametrize("seed", range(5))
def test_lines_read_at_once_say_the_same(seed):
    lines = [line for n in range(40) for line in execve(n, f"p{n}", node=f"n{n % 2}")]
    lines += [login(n) for n in range(40, 50)] + [b"", b"no record", lines[0], lines[5]]
    numbers = list(range(0, 7 * len(lines), 7))
    order = random.Random(seed)
    for _ in range(30 * seed):
        a = order.randrange(len(lines) - 1)
        lines[a], lines[a + 1] = lines[a + 1], lines[a]
    reader = AuditReader()
    one_by_one = [e for line, n in zip(lines, numbers, strict=True) for e in reader.feed(line, n)]
    one_by_one += reader.finish()
    given = [(e.document(), e.line, e.last, e.count) for e in one_by_one]
    assert [(e.document(), e.line, e.last, e.count) for e in taken(lines, numbers)] == given


def test_records_that_stand_together_are_cut_where_single_ones_are(monkeypatch):
    monkeypatch.setattr("tocsin.inputs.audit.join._MOST_RECORDS", 4)
    lines = [record("PATH", 1, f"item={n}") for n in range(10)]
    assert [event.count for event in taken(lines)] == [4, 4, 2]
    assert [event.line for event in taken(lines)] == [1, 5, 9]


def test_records_that_stand_together_are_held_only_up_to_the_bound(monkeypatch):
    monkeypatch.setattr("tocsin.inputs.audit.join._MOST_BYTES", 2500)
    lines = [record("PATH", 1, "x" * 1000) for _ in range(7)]
    assert [event.count for event in taken(lines)] == [3, 3, 1]


def test_records_on_both_sides_of_another_line_are_one_event():
    first, *rest = execve(1, "a")
    (event,) = taken([first, b"no record", b"", *rest])
    assert told(event) == whole(1, "a")
