"""What was read of files is given to the journal, and how far each was read is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from tocsin.follow.places import Places, Reader
from tocsin.follow.problems import JOURNAL, Problems
from tocsin.follow.taken import Counts, Writer
from tocsin.journal.errors import JournalError

if TYPE_CHECKING:
    from tocsin.follow.place import Place
    from tocsin.journal.frame import Frame

SAVED_EVERY = 5.0
"""Seconds between two writings of the places."""

SAVED_WITHIN = 64 << 20
"""Bytes of the journal that a start reads at most because of the places."""


class Journal(Reader, Writer, Protocol):
    """What a follower of files needs of a journal."""


class Handover:
    """Gives frames to the journal, one after the other.

    A frame that it does not take waits, and nothing else is given before it. ``places``: what is
    known of contents; they move once their lines are in the journal.
    """

    def __init__(
        self, journal: Journal, places: Places, problems: Problems, counts: Counts
    ) -> None:
        self._journal = journal
        self._places = places
        self._problems = problems
        self._counts = counts
        self._waiting: tuple[Frame, list[Place]] | None = None
        self._unsaved = True  # that we began, though nothing may be there yet
        self._next_save = float("-inf")

    def is_free(self) -> bool:
        """Whether nothing waits any more, after another try."""
        return self._waiting is None or self.give(*self._waiting)

    def give(self, frame: Frame, places: list[Place]) -> bool:
        """Write a frame with the places behind it; whether that was possible."""
        try:
            self._journal.append(frame)
        except JournalError as error:
            self._problems.tell(JOURNAL, f"takes nothing: {error}")
            self._waiting = frame, places
            return False
        self._waiting = None
        self._problems.over(JOURNAL)
        self._counts.took(frame.lines)
        self.remember(places)
        return True

    def remember(self, places: Iterable[Place]) -> None:
        """Contents were read up to these places, without a line that is to be written."""
        for place in places:
            self._places.put(place)
            self._unsaved = True

    def save_if_due(self, clock: float) -> None:
        """Write the places now and then."""
        if clock >= self._next_save:
            self.save()
            self._next_save = clock + SAVED_EVERY

    def save(self) -> None:
        """Write the places, if they moved or the journal went on without them.

        While a frame waits the journal may have it all the same, and only it has the places then.
        """
        if self._waiting is not None:
            return
        end = self._journal.end
        if not self._unsaved and end - self._places.position < SAVED_WITHIN:
            return
        try:
            # All our frames stand before the end: nobody else writes places.
            self._places.save(end)
        except OSError as error:
            self._problems.tell(JOURNAL, f"places cannot be written: {error.strerror or error}")
        else:
            self._unsaved = False
