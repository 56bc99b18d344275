"""Frames for tests, and all that a journal gives."""

from tocsin.journal.frame import Frame, Kind


def events(*lines, accepted=1, **more):
    """A frame of events."""
    return Frame(Kind.EVENTS, accepted, lines=lines, **more)


def whole(journal, position=0, most_bytes=8 << 20):
    """All that stands behind a position."""
    found = []
    while some := journal.read(position, most_bytes):
        found += some
        position = some[-1].position
    return found


def lines(journal):
    """All lines, in order."""
    return [line for placed in whole(journal) for line in placed.frame.lines]


def segments(folder):
    """The files of a journal, in order."""
    return sorted(folder.glob("*.journal"))
