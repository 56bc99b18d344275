"""Records joined while they come, and the place to begin again at."""

import json
import random

from tocsin.follow.joining import LOST, SETTLED, Joining
from tocsin.inputs.audit import AuditReader


def records(serial, *kinds):
    """The records of one event, as lines."""
    bodies = {
        "SYSCALL": 'arch=c000003e syscall=59 success=yes exit=0 pid={0} comm="x" exe="/bin/x"',
        "EXECVE": 'argc=2 a0="x" a1="{0}"',
        "CWD": 'cwd="/"',
        "PROCTITLE": 'proctitle="x"',
        "EOE": "",
        "USER_LOGIN": "pid={0} uid=0 msg='op=login acct=\"root\" res=success'",
    }
    return [
        f"type={kind} msg=audit(1700000000.{serial:03}:{serial}): {bodies[kind].format(serial)}"
        for kind in kinds or ("SYSCALL", "EXECVE", "CWD", "PROCTITLE")
    ]


def serials(events):
    return [json.loads(event)["event"]["sequence"] for event in events]


def test_the_end_record_ends_an_event_at_once():
    joining = Joining()
    found = []
    for n, line in enumerate(records(7, "SYSCALL", "EXECVE", "PROCTITLE", "EOE")):
        found += joining.feed(line.encode(), n, 0.0)
    assert serials(found) == [7]
    assert json.loads(found[0])["process"]["args"] == ["x", "7"]
    assert not joining.waiting


def test_the_last_record_settles_an_event_soon():
    joining = Joining()
    for n, line in enumerate(records(7)):
        assert joining.feed(line.encode(), n, 10.0) == []
    assert joining.expire(10.0 + SETTLED / 2) == []
    assert joining.expire(10.0 + SETTLED, torn=True) == [], "more is being written"
    assert serials(joining.expire(10.0 + SETTLED)) == [7]


def test_an_event_without_its_last_record_waits_longer():
    joining = Joining()
    for n, line in enumerate(records(7, "SYSCALL", "EXECVE")):
        joining.feed(line.encode(), n, 10.0)
    assert joining.expire(10.0 + SETTLED) == []
    assert serials(joining.expire(10.0 + LOST)) == [7]


def test_events_leave_in_the_order_in_which_they_began():
    joining = Joining()
    first, second = records(1, "SYSCALL"), records(2, "SYSCALL", "EOE")
    lines = [*first, *second, *records(3, "USER_LOGIN")]
    for n, line in enumerate(lines):
        assert joining.feed(line.encode(), n, 0.0) == []
    assert serials(joining.expire(LOST)) == [1, 2, 3]


def test_a_line_that_is_no_record():
    joining = Joining()
    assert joining.feed(b"rubbish", 0, 0.0) == []
    assert joining.rejected() == [("not an audit record", b"rubbish")]
    assert joining.rejected() == []


def log_of(seed, events=40):
    """A log of interleaved events, each with all its records in order."""
    chance = random.Random(seed)
    pending, lines, serial = [], [], 0
    while serial < events or pending:
        if serial < events and (not pending or (len(pending) < 4 and chance.random() < 0.5)):
            serial += 1
            alone = chance.random() < 0.2
            pending.append(records(serial, "USER_LOGIN") if alone else records(serial))
        queue = chance.choice(pending)
        lines.append(queue.pop(0).encode())
        pending = [queue for queue in pending if queue]
    return lines


def test_begun_again_at_any_place_nothing_is_lost_or_doubled():
    for seed in range(30):
        chance = random.Random(seed)
        lines = log_of(seed)
        reader = AuditReader()
        whole = [event for n, line in enumerate(lines) for event in reader.feed(line, n)]
        expected = [event.document() for event in [*whole, *reader.finish()]]
        joining, at, clock, found, saved = Joining(), 0, 0.0, [], (0, {})
        while at < len(lines):
            found += joining.feed(lines[at], at, clock)
            at += 1
            # Time passes now and then; records of an event never wait as long as that.
            clock += SETTLED / 4
            found += joining.expire(clock, torn=True)
            saved = joining.place(at), dict(joining.done)
            if chance.random() < 0.05:
                at = saved[0]
                joining = Joining(saved[1])
                clock += 0.001
        found += joining.finish()
        assert [json.loads(event) for event in found] == expected, seed
