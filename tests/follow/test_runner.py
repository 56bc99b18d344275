"""Followers at work in threads, and the file of rejects."""

import json
from threading import Event

from tocsin.follow.rejects import Rejects
from tocsin.follow.runner import Runner
from tocsin.follow.taken import Counts


class Counting:
    """A follower that does what it is told at each step, then says that it is done."""

    def __init__(self, name, *steps):
        self.name = name
        self.counts = Counts()
        self.done = Event()
        self.closed = False
        self.seen = []
        self._steps = list(steps)

    def step(self, now, clock):
        self.seen.append((now, clock))
        if not self._steps:
            self.done.set()
            return False
        return self._steps.pop(0)()

    def close(self):
        self.closed = True


def test_one_that_fails_stops_none_of_the_others(monkeypatch, caplog):
    monkeypatch.setattr("tocsin.follow.runner.AFTER_FAILURE", 0.0)

    def fail():
        raise RuntimeError("broken")

    bad, good = Counting("bad", fail, fail), Counting("good", lambda: True)
    runner = Runner([bad, good], now=lambda: 7, clock=lambda: 8.0)
    runner.start()
    assert bad.done.wait(10)
    assert good.done.wait(10)
    runner.stop()
    assert bad.counts.failures == 2
    assert "broken" in bad.counts.problem
    assert (bad.closed, good.closed) == (True, True)
    assert good.seen[0] == (7, 8.0)
    assert "bad failed" in caplog.text


def test_problems_are_said_once(caplog):
    follower = Counting("x")
    follower.counts.failed("cannot be read")
    runner = Runner([follower])
    runner.start()
    assert follower.done.wait(10)
    while len(follower.seen) < 3:
        pass
    runner.stop()
    assert caplog.text.count("cannot be read") == 1


def test_rejects_are_kept_in_a_file(tmp_path):
    rejects = Rejects(tmp_path / "new" / "rejects.ndjson")
    rejects("a.log", 3, "not an audit record", b"\xff" + b"x" * 5000)
    (told,) = map(json.loads, (tmp_path / "new" / "rejects.ndjson").read_text().splitlines())
    assert (told["file"], told["line"], told["reason"]) == ("a.log", 3, "not an audit record")
    assert told["content"] == "\\xff" + "x" * 1023


def test_rejects_take_bounded_room(tmp_path):
    file = tmp_path / "rejects.ndjson"
    rejects = Rejects(file, most=1000)
    for n in range(100):
        rejects("a", n, "why", b"x" * 50)
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) <= 1000
    assert json.loads(file.read_text().splitlines()[-1])["line"] == 99


def test_rejects_that_cannot_be_written_are_counted(tmp_path):
    (tmp_path / "file").write_text("")
    rejects = Rejects(tmp_path / "file" / "rejects.ndjson")
    rejects("a\udcff", 1, "why", b"")
    assert rejects.unwritten == 1
