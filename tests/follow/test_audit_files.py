"""Audit logs that are followed while auditd writes and rotates them."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

import tocsin
from follow.following import Bench
from follow.test_joining import log_of, records, serials
from tocsin.inputs.audit import AuditReader
from tocsin.inputs.source import read


@pytest.fixture
def bench(tmp_path):
    with ExitStack() as stack:
        (tmp_path / "logs").mkdir()
        yield stack.enter_context(Bench(tmp_path / "data", tmp_path / "logs"))


def write(bench, *lines, log="audit.log"):
    with (bench.arguments[0] / log).open("ab") as out:
        out.writelines(line.encode() + b"\n" for line in lines)


def test_a_started_process_is_in_the_journal_within_a_tenth_of_a_second(bench):
    write(bench, *records(1))
    bench.step(0.0)
    assert bench.journal.lines == []
    bench.step(0.06)
    assert serials(bench.journal.lines) == [1]


def test_records_that_come_in_pieces_are_one_event(bench):
    first, *others = records(1)
    write(bench, first)
    bench.step(0.0)
    for line in others:
        bench.step(0.1)
        write(bench, line)
        bench.step(0.1)
    bench.step(0.1)
    assert serials(bench.journal.lines) == [1]


def test_killed_between_the_records_of_an_event(bench):
    write(bench, *records(1), *records(2, "SYSCALL"))
    bench.step(0.0)
    write(bench, *records(3), *records(2, "EXECVE", "PROCTITLE"))
    bench.begin()
    bench.step(0.0)
    bench.step(0.2)
    bench.begin()
    bench.step(0.0)
    bench.step(0.5)
    assert serials(bench.journal.lines) == [1, 2, 3]


def test_an_event_across_a_rotation_of_the_log(bench):
    write(bench, *records(1, "SYSCALL"))
    bench.step(0.0)
    write(bench, *records(1, "EXECVE", "PROCTITLE"))
    (bench.arguments[0] / "audit.log").rename(bench.arguments[0] / "audit.log.1")
    write(bench, *records(2))
    bench.step(0.0)
    bench.step(0.1)
    assert sorted(serials(bench.journal.lines)) == [1, 2]


def test_followed_in_pieces_and_killed_it_says_what_a_scan_says(bench):
    lines = log_of(3, events=300)
    reader = AuditReader()
    scanned = [event for n, line in enumerate(lines) for event in reader.feed(line, n)]
    scanned += reader.finish()
    for at in range(0, len(lines), 13):
        write(bench, *(line.decode() for line in lines[at : at + 13]))
        bench.step(0.01)
        if at % 5 == 0:
            bench.begin()
            bench.step(0.0)
    bench.step(1.0)
    bench.step(1.0)
    assert serials(bench.journal.lines) == [
        event.document()["event"]["sequence"] for event in scanned
    ]


def test_a_recorded_log_says_what_a_scan_says(bench):
    recorded = Path(tocsin.__file__).parent / "demo" / "kubelet-abuse.audit.log"
    text = recorded.read_bytes()
    with (bench.arguments[0] / "audit.log").open("ab", 0) as out:
        for at in range(0, len(text), 9_973):
            out.write(text[at : at + 9_973])
            bench.step(0.01)
            if at % 4 == 0:
                bench.begin()
    bench.run()
    bench.run()
    batches = read(recorded).batches()
    scanned = [event for batch in batches for event in batch.events(range(len(batch)))]
    assert [json.loads(line) for line in bench.journal.lines] == [*map(json.loads, scanned)]
    assert bench.rejects == []


def test_a_log_that_begins_in_the_middle_of_a_record(bench):
    write(bench, "uid=0 gid=0", "")
    bench.step()
    write(bench, *records(1))
    bench.step()
    bench.step()
    assert serials(bench.journal.lines) == [1]
    assert [line for _, line, _, _ in bench.rejects] == [1]


def test_a_log_that_begins_with_blank_lines(bench):
    write(bench, "", "")
    bench.step()
    write(bench, *records(1))
    bench.step()
    bench.step()
    assert serials(bench.journal.lines) == [1]
    assert bench.rejects == []


def test_a_log_that_is_there_already_is_read_like_a_scan(bench):
    lines = log_of(4, events=500)
    write(bench, "rubbish", *(line.decode() for line in lines))
    bench.step()
    bench.step()
    assert len(serials(bench.journal.lines)) == 500
    assert [(line, reason) for _, line, reason, _ in bench.rejects] == [(1, "not an audit record")]
