"""Records from a pipe and from a socket."""

import json
import os
import socket
import struct

import pytest

from follow.following import Memory
from follow.test_joining import records, serials
from tocsin.follow.records import Records, open_socket


class Pipe:
    """The reading end of a pipe, as the follower sees it."""

    def __init__(self):
        self.read_end, self.write_end = os.pipe()

    def fileno(self):
        return self.read_end

    def close(self):
        os.close(self.read_end)

    def write(self, *lines):
        os.write(self.write_end, "".join(f"{line}\n" for line in lines).encode())


@pytest.fixture
def rejects():
    return []


@pytest.fixture
def journal():
    return Memory()


@pytest.fixture
def pipe():
    return Pipe()


@pytest.fixture
def follower(pipe, journal, rejects):
    follower = Records("audit:stdin", lambda: pipe, journal, lambda *told: rejects.append(told))
    yield follower
    follower.close()


def test_an_event_is_in_the_journal_with_its_end_record(follower, pipe, journal):
    pipe.write(*records(5), *records(5, "EOE"))
    assert follower.step(1234, 0.0)
    (frame,) = journal.frames
    assert (frame.accepted, frame.source) == (1234, "audit:stdin")
    assert serials(frame.lines) == [5]
    assert not follower.step(1235, 0.0)


def test_records_cut_anywhere(follower, pipe, journal):
    text = "".join(f"{line}\n" for n in (1, 2) for line in [*records(n), *records(n, "EOE")])
    for at in range(0, len(text), 7):
        os.write(pipe.write_end, text[at : at + 7].encode())
        follower.step(0, 0.0)
    assert serials(journal.lines) == [1, 2]


def test_without_an_end_record_time_ends_an_event(follower, pipe, journal):
    pipe.write(*records(5))
    follower.step(0, 10.0)
    assert journal.lines == []
    follower.step(0, 10.1)
    assert serials(journal.lines) == [5]


def test_the_end_of_the_stream_ends_all_events(follower, pipe, journal):
    pipe.write(*records(5, "SYSCALL", "EXECVE"))
    os.write(pipe.write_end, records(6, "USER_LOGIN")[0].encode())
    os.close(pipe.write_end)
    follower.step(0, 0.0)
    follower.step(0, 0.0)
    assert serials(journal.lines) == [5, 6]
    assert follower.ended
    assert follower.counts.problem.endswith("has ended; no records come any more")
    assert not follower.step(0, 100.0)


@pytest.mark.parametrize("version", [0, 1])
def test_records_in_binary_are_told_of_once(follower, pipe, journal, rejects, version):
    text = b"audit(1787572800.001:7): pid=1 uid=0 res=success"
    record = struct.pack("=IIII", version, 16, 1112, len(text)) + text
    os.write(pipe.write_end, record + record)
    follower.step(0, 0.0)
    os.write(pipe.write_end, record[:9] + b"\n" + record)
    follower.step(0, 0.0)
    assert journal.lines == []
    assert len(rejects) == follower.counts.rejected == 1
    assert "`format = string`" in follower.counts.problem


def test_what_is_no_record_is_told_of(follower, pipe, journal, rejects):
    pipe.write("rubbish", *records(1, "USER_LOGIN"), "")
    follower.step(0, 0.0)
    assert serials(journal.lines) == [1]
    assert rejects == [("audit:stdin", 1, "not an audit record", b"rubbish")]
    assert follower.counts.rejected == 1


def test_a_line_without_an_end_is_not_held_for_ever(follower, pipe, journal, rejects, monkeypatch):
    monkeypatch.setattr("tocsin.follow.records.LONGEST", 100)
    os.write(pipe.write_end, b"x" * 150)
    follower.step(0, 0.0)
    assert rejects == [("audit:stdin", 1, "longer than 1 MiB", b"x" * 150)]


def test_no_part_of_a_line_that_is_too_long_is_a_record(
    follower, pipe, journal, rejects, monkeypatch
):
    monkeypatch.setattr("tocsin.follow.records.LONGEST", 300)
    (forged,) = records(6, "USER_LOGIN")
    for part in ("x" * 350, forged, forged + "\n"):
        os.write(pipe.write_end, part.encode())
        follower.step(0, 0.0)
    pipe.write(*records(7, "USER_LOGIN"), "rubbish")
    follower.step(0, 0.0)
    assert serials(journal.lines) == [7]
    assert [told[1:3] for told in rejects] == [
        (1, "longer than 1 MiB"),
        (3, "not an audit record"),
    ]


def test_a_line_that_is_too_long_ends_with_its_stream(journal, rejects, monkeypatch):
    monkeypatch.setattr("tocsin.follow.records.LONGEST", 300)
    pipes = [Pipe(), Pipe()]
    os.write(pipes[0].write_end, b"x" * 350)
    pipes[1].write(*records(7, "USER_LOGIN"))
    streams = iter(pipes)
    follower = Records(
        "audit:stdin",
        lambda: next(streams),
        journal,
        lambda *told: rejects.append(told),
        again=True,
    )
    follower.step(0, 0.0)
    os.close(pipes[0].write_end)
    follower.step(0, 0.0)
    follower.step(0, 100.0)
    assert serials(journal.lines) == [7]
    assert [reason for _, _, reason, _ in rejects] == ["longer than 1 MiB"]
    follower.close()


def test_a_full_journal_is_no_loss(follower, pipe, journal):
    journal.full = True
    pipe.write(*records(1, "USER_LOGIN"))
    follower.step(0, 0.0)
    pipe.write(*records(2, "USER_LOGIN"))
    assert not follower.step(0, 0.0)
    journal.full = False
    follower.step(0, 0.0)
    assert serials(journal.lines) == [1, 2]


def test_stopping_writes_what_waits(follower, pipe, journal):
    pipe.write(*records(5))
    follower.step(0, 0.0)
    follower.close()
    assert serials(journal.lines) == [5]


def test_a_socket_is_opened_again(tmp_path, journal, rejects):
    path = str(tmp_path / "events")
    follower = Records(
        f"audit:{path}",
        lambda: open_socket(path),
        journal,
        lambda *told: rejects.append(told),
        again=True,
    )
    assert not follower.step(0, 0.0)
    assert "No such file" in follower.counts.problem
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        assert not follower.step(0, 0.1), "it waits before it tries again"
        follower.step(0, 1.0)
        assert follower.counts.problem == ""
        for n in (1, 2):
            connection, _ = server.accept()
            connection.sendall(records(n, "USER_LOGIN")[0].encode() + b"\n")
            follower.step(0, 100.0 * n)
            connection.close()
            follower.step(0, 100.0 * n)
            assert "closed the connection" in follower.counts.problem
            follower.step(0, 100.0 * n + 1)
    assert serials(journal.lines) == [1, 2]
    assert rejects == []
    follower.close()


def test_the_document_is_the_one_of_a_scan(follower, pipe, journal):
    pipe.write(*records(5), *records(5, "EOE"))
    follower.step(0, 0.0)
    (document,) = map(json.loads, journal.lines)
    assert document["process"]["args"] == ["x", "5"]
    assert document["data_stream"]["dataset"] == "auditd_manager.auditd"
