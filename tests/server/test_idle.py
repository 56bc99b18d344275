"""Marks where no events come: the watermark goes on with the wall clock, from where it was."""

import pytest
from serving import EVENT

from tocsin.journal.frame import Frame, Kind
from tocsin.journal.journal import Journal
from tocsin.server.idle import Idle

REACHED = 1_000_000
"""The watermark that the engine has reached."""


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(Frame(Kind.EVENTS, 1, lines=[str(EVENT).encode()]))
        yield journal


def marks(journal):
    return [found.frame.mark for found in journal.read(0) if found.frame.kind == Kind.MARK]


def test_after_a_while_marks_move_on_with_the_clock(journal):
    idle = Idle(journal, lambda: (journal.end, REACHED), after=60, every=5)
    for now in range(1_000, 1_073):
        idle.step(now)
    assert marks(journal) == [REACHED + 60, REACHED + 65, REACHED + 70]


def test_events_end_it(journal):
    idle = Idle(journal, lambda: (journal.end, REACHED), after=60, every=5)
    idle.step(1_000)
    idle.step(1_060)
    journal.append(Frame(Kind.EVENTS, 1, lines=[b"{}"]))
    for now in range(1_061, 1_121):
        idle.step(now)
    assert marks(journal) == [REACHED + 60]
    idle.step(1_121)
    assert marks(journal) == [REACHED + 60, REACHED + 60]


def test_events_between_look_and_mark_end_it(journal):
    class Racing:
        end = property(lambda self: journal.end)

        def append(self, frame):
            journal.append(Frame(Kind.EVENTS, 1, lines=[b"{}"]))
            return journal.append(frame)

    idle = Idle(Racing(), lambda: (journal.end, REACHED), after=60, every=5)
    for now in range(1_000, 1_100):
        idle.step(now)
    assert marks(journal) == [REACHED + 60]


@pytest.mark.parametrize("reached", [(0, REACHED), (1 << 40, 0)])
def test_an_engine_that_is_behind_or_has_seen_nothing_gets_none(journal, reached):
    idle = Idle(journal, lambda: reached, after=60, every=5)
    for now in range(1_000, 1_100):
        idle.step(now)
    assert marks(journal) == []
