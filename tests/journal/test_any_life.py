"""Whatever a journal lives through, in any order: what it acknowledged is what it gives."""

import logging
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from making import events, segments, whole

from tocsin.journal import disk
from tocsin.journal.errors import JournalError
from tocsin.journal.frame import Kind
from tocsin.journal.journal import Journal
from tocsin.journal.reader import JournalReader

logging.getLogger("tocsin.journal").setLevel(logging.CRITICAL)


class Trouble:
    """A disk that fails when it is told to, and knows what would survive a power cut.

    ``synced``: by file, what was there at its last sync. ``written``: by file, the most that was
    ever there. ``names``: the files that a sync of their folder has seen.
    """

    def __init__(self):
        self.write = disk.write
        self.cut = self.failing = None
        self.synced = {}
        self.written = {}
        self.names = set()

    def fails(self, where, cut):
        self.failing, self.cut = where, cut

    def writes(self, file, parts):
        if self.failing == "write":
            text = b"".join(parts)
            os.write(file, text[: int(len(text) * self.cut)])
            self.look(file, self.written)
            raise OSError(28, "No space left on device")
        self.write(file, parts)
        self.look(file, self.written)

    def look(self, file, into):
        status = os.fstat(file)
        into[status.st_ino] = os.pread(file, status.st_size, 0)

    def syncs(self, file):
        if self.failing == "sync":
            raise OSError(5, "Input/output error")
        self.look(file, self.synced)

    def syncs_folder(self, folder):
        self.names = {path.name for path in folder.iterdir()}

    def power_cut(self, folder, share, *, zeros):
        """Behind its last sync a file holds some of what was written, or zeros, or nothing."""
        for path in segments(folder):
            if path.name not in self.names:
                path.unlink()
                continue
            number = path.stat().st_ino
            sure = self.synced.get(number, b"")
            rest = self.written.get(number, b"")[len(sure) :]
            rest = rest[: int(len(rest) * share)]
            self.synced[number] = sure + (bytes(len(rest)) if zeros else rest)
            path.write_bytes(self.synced[number])
        self.written.clear()


class Life(RuleBasedStateMachine):
    """A journal with its troubles, beside a plain list of what it acknowledged."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.patch = pytest.MonkeyPatch()
        self.disk = Trouble()
        self.patch.setattr(disk, "write", self.disk.writes)
        self.patch.setattr(disk, "sync", self.disk.syncs)
        self.patch.setattr(disk, "sync_folder", self.disk.syncs_folder)
        self.known = []  # (end, accepted, lines)
        self.number = 0
        self.clock = 0
        self.open()

    def open(self):
        self.journal = Journal(self.folder / "journal", segment_bytes=400)

    def teardown(self):
        self.journal.close()
        self.patch.undo()
        shutil.rmtree(self.folder)

    def frame(self, count, step):
        self.number += 1
        lines = [b'{"n":%d,"of":%d}' % (self.number, line) for line in range(count)]
        return events(*lines, accepted=max(0, self.clock + step)), lines

    @rule(count=st.integers(0, 5), step=st.integers(-5, 9))
    def append(self, count, step):
        frame, lines = self.frame(count, step)
        end = self.journal.append(frame)
        self.clock = max(self.clock, frame.accepted)
        self.known.append((end, self.clock, lines))

    @rule(where=st.sampled_from(["write", "sync"]), cut=st.floats(0, 1), times=st.integers(1, 2))
    def fail(self, where, cut, times):
        self.disk.fails(where, cut)
        for _ in range(times):
            with pytest.raises(JournalError):
                self.journal.append(self.frame(2, 0)[0])
        self.disk.fails(None, 0)

    @rule()
    def turn(self):
        self.journal.turn()

    @rule()
    def stop_and_start(self):
        self.journal.close()
        self.open()
        assert self.journal.cut is None

    @rule(tear=st.binary(max_size=80), forget=st.booleans())
    def crash(self, tear, forget):
        """A frame that nobody acknowledged was written in part, and the process is gone."""
        self.journal.close()
        with segments(self.folder / "journal")[-1].open("ab") as file:
            file.write(tear)
        if forget:
            (self.folder / "journal" / "marks").unlink()
            # A journal that holds nothing knows no time either.
            self.clock = self.clock if self.known else 0
        self.open()
        assert self.journal.counts.cut == len(tear)

    @rule(share=st.floats(0, 1), zeros=st.booleans(), forget=st.booleans())
    def power_cut(self, share, zeros, forget):
        folder = self.folder / "journal"
        self.journal.close()
        self.disk.power_cut(folder, share, zeros=zeros)
        if forget:
            (folder / "marks").unlink()
            self.clock = self.clock if self.known else 0
        self.open()
        found = told(whole(self.journal, self.journal.begin))
        assert found[: len(self.known)] == self.known
        # What was refused may be there after all, if nothing was accepted in its place.
        self.known = found
        self.clock = max([self.clock, *(accepted for _, accepted, _ in found)])

    @precondition(lambda self: len(self.journal.segments.firsts) > 1)
    @rule()
    def drop(self):
        first = self.journal.segments.all()[0]
        self.journal.drop(first)
        self.known = [one for one in self.known if one[0] > first.next]

    @invariant()
    def what_was_acknowledged_is_there(self):
        with JournalReader(self.folder / "journal") as reader:
            for view in (self.journal, reader):
                found = whole(view, view.begin, 300)
                assert all(placed.frame.kind is Kind.EVENTS for placed in found)
                assert told(found) == self.known
                if found:
                    last = found[-1]
                    assert list(view.events(last.places.tolist())) == last.frame.lines
                assert view.end >= (self.known[-1][0] if self.known else 0)
                assert not view.damage

    @invariant()
    def the_end_never_goes_back(self):
        end = self.journal.end
        with suppress(AttributeError):
            assert end >= self.reached
        self.reached = end


def told(found):
    """Frames as the plain list has them."""
    return [(placed.position, placed.frame.accepted, list(placed.frame.lines)) for placed in found]


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
