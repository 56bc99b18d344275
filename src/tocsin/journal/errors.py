"""What can go wrong with a journal.

::

    JournalError
     ├─ JournalBusyError      too much waits to be written: ask again later
     ├─ JournalFullError      the disk has no room: ask again when it has
     ├─ JournalGoneError      its folder is not where it was
     ├─ JournalClosedError    the journal was closed
     ├─ JournalLockedError    another process writes it
     └─ FrameError            this frame cannot be written: too large, or a line with a line break
"""

from __future__ import annotations


class JournalError(Exception):
    """Nothing was accepted, and nothing of it will be read."""


class JournalBusyError(JournalError):
    """More bytes wait to be written than may wait."""


class JournalFullError(JournalError):
    """The disk has no room, or would have less than is kept free."""


class JournalClosedError(JournalError):
    """The journal was closed."""


class JournalLockedError(JournalError):
    """Another process writes this journal."""


class FrameError(JournalError, ValueError):
    """A frame that no journal takes."""


class JournalGoneError(JournalError):
    """The journal's folder is not where it was."""
