"""Rules that were loaded are put to work, at the latest when the journal takes something again."""

import logging

from serving import Kept

from tocsin.journal.errors import JournalFullError
from tocsin.journal.frame import Kind
from tocsin.server.switches import Switches


def notes(kept):
    assert {frame.kind for frame in kept.frames} <= {Kind.RULES}
    return [bytes(frame.note) for frame in kept.frames]


def test_a_switch_is_a_frame_of_the_journal():
    kept = Kept()
    switches = Switches(kept, lambda: 7)
    switches.step()
    assert kept.frames == []
    switches.put("one")
    switches.step()
    assert notes(kept) == [b"one"]
    assert kept.frames[0].accepted == 7


def test_a_switch_waits_for_a_journal_that_takes_nothing(caplog):
    kept = Kept(fails=JournalFullError("the disk is full"))
    switches = Switches(kept, lambda: 7)
    switches.put("one")
    switches.step()
    assert "cannot be put to work yet" in caplog.text
    kept.fails = None
    with caplog.at_level(logging.INFO):
        switches.step()
        switches.step()
    assert notes(kept) == [b"one"]
    assert caplog.messages.count("the new rules are put to work") == 1


def test_of_switches_that_wait_the_last_holds():
    kept = Kept(fails=JournalFullError("the disk is full"))
    switches = Switches(kept, lambda: 7)
    switches.put("one")
    switches.put("two")
    kept.fails = None
    switches.put("three")
    switches.step()
    assert notes(kept) == [b"three"]
