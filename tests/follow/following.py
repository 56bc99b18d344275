"""A journal in memory, and files that are followed into it."""

import json
import os
import time
from pathlib import Path

from tocsin.follow.files import Files, Pace
from tocsin.follow.places import Places
from tocsin.journal.errors import JournalFullError
from tocsin.journal.frame import Placed, pack

_UNPACKED = Path(__file__).resolve().parents[2] / ".venv" / "clients" / "usr"
CLIENTS = os.pathsep.join([str(_UNPACKED / "sbin"), str(_UNPACKED / "bin"), os.environ["PATH"]])
"""Where programs are that only tests start (`.ci/clients`), and all others."""

PATIENCE = 30.0
"""Seconds that a broker may take."""


class Memory:
    """A journal that keeps frames in a list; ``full`` makes it refuse."""

    def __init__(self):
        self.frames = []
        self.full = False
        self.begin = 0

    @property
    def end(self):
        return len(self.frames)

    def append(self, frame):
        if self.full:
            raise JournalFullError("no room")
        pack(frame)  # a frame that could not be written would be tried again for ever
        self.frames.append(frame)
        return self.end

    def read(self, position, most_bytes=0):
        return [Placed(f, n + 1, ()) for n, f in enumerate(self.frames) if n >= position]

    @property
    def lines(self):
        return [line for frame in self.frames for line in frame.lines]

    @property
    def numbers(self):
        """What `event(n)` was made of."""
        return [json.loads(line).get("n") for line in self.lines]


def event(n):
    """An event with a number, as a line."""
    return json.dumps({"@timestamp": "2026-08-01T10:00:00Z", "n": n}).encode() + b"\n"


def run(follower, until):
    """Let a follower of a broker step until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < deadline, follower.counts
        follower.step(1234, time.monotonic())


class Bench:
    """A follower that can be killed and begun again, with a clock that only we move."""

    def __init__(self, folder, *arguments, **options):
        self.folder = folder
        self.arguments = arguments
        self.options = {"pace": Pace(look=0, linger=30, still=2), **options}
        self.journal = Memory()
        self.rejects = []
        self.clock = 1000.0
        self.files = None
        self.begin()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.drop()

    def drop(self):
        """Close the files, and write nothing."""
        for tail in self.files._tails.values() if self.files else ():
            tail.close()

    def begin(self):
        """Begin as a new process would, with what is on disk."""
        self.drop()
        places = Places(self.folder / "places.json")
        places.load(self.journal)
        self.files = Files(
            self.arguments,
            self.journal,
            places,
            lambda *reject: self.rejects.append(reject),
            **self.options,
        )

    def step(self, seconds=1.0):
        self.clock += seconds
        return self.files.step(int(self.clock * 1000), self.clock)

    def run(self, seconds=1.0):
        """Step until nothing happens; what is there now is taken."""
        for _ in range(50):
            if not self.step(seconds):
                break
            seconds = 0.0
        return self.journal.numbers
