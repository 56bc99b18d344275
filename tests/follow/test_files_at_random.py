"""A log that is written, rotated in every way and followed by processes that are killed."""

import gzip
import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from follow.following import Bench, event
from tocsin.follow import opened
from tocsin.journal.errors import JournalFullError


class Log(RuleBasedStateMachine):
    """Whatever happens, each event that was written whole is in the journal once."""

    def __init__(self):
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        self.folder = Path(self.home.name) / "logs"
        self.folder.mkdir()
        self.log = self.folder / "a.log"
        self.written = 0
        self.half = b""
        self.rotated = 0
        self.bench = None

    @initialize(whole=st.booleans(), few=st.booleans())
    def begin(self, whole, few):
        opened.MOST_OPEN = 0 if few else 256
        # A name alone: rotated files are found by what they hold.
        self.whole = whole
        followed = self.folder if whole else self.log
        self.bench = Bench(Path(self.home.name) / "data", followed)

    @rule(count=st.integers(1, 40))
    def write(self, count):
        text = self.half
        for _ in range(count):
            text += event(self.written)
            self.written += 1
        self._append(text)
        self.half = b""

    @precondition(lambda self: not self.half)
    @rule(size=st.integers(1, 20))
    def write_half(self, size):
        text = event(self.written)
        self.written += 1
        self._append(text[:size])
        self.half = text[size:]

    def _append(self, text):
        with self.log.open("ab") as out:
            out.write(text)

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0]))
    def step(self, seconds):
        self.bench.step(seconds)

    @rule()
    def kill(self):
        self.bench.begin()

    @rule()
    def kill_without_places(self):
        (Path(self.home.name) / "data" / "places.json").unlink(missing_ok=True)
        self.bench.begin()

    @rule()
    def kill_in_the_middle(self):
        """The journal has the frame, and the process dies before it knows."""
        journal = self.bench.journal
        really = journal.append

        def append(frame):
            really(frame)
            raise JournalFullError("killed")

        journal.append = append
        self.bench.step()
        journal.append = really
        self.bench.begin()

    @precondition(lambda self: self.log.exists() and not self.half)
    @rule(how=st.sampled_from(["rename", "copytruncate", "compress"]))
    def rotate(self, how):
        if not self.whole:
            # Where one name is followed, what comes and goes between two looks was never there.
            self.write(1)
            self.bench.run(5)
            self.write(3)
        self.rotated += 1
        older = self.folder / f"a.log.{self.rotated}"
        if how == "rename":
            self.log.rename(older)
        elif how == "copytruncate":
            shutil.copy(self.log, older)
            os.truncate(self.log, 0)
        else:
            Path(f"{older}.gz").write_bytes(gzip.compress(self.log.read_bytes()))
            self.log.unlink()

    def teardown(self):
        opened.MOST_OPEN = 256
        if self.half:
            self.write(1)
        for _ in range(12):
            self.bench.run(5)
        assert sorted(self.bench.journal.numbers) == list(range(self.written))
        assert self.bench.rejects == []
        self.bench.drop()
        self.home.cleanup()


TestLog = Log.TestCase
TestLog.settings = settings(max_examples=40, stateful_step_count=40)
