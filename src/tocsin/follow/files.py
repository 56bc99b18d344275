"""Follows files: new lines, new files, rotation, truncation; nothing twice and nothing left out.

A content is known by its file (device and inode) and by its first bytes. A file whose content is
known already (the copy that `copytruncate` makes, the `.gz` of a log that was followed) is read on
from where that content was left. While the original is still followed, its copy waits.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from sys import maxsize
from typing import TYPE_CHECKING

from tocsin.follow.content import State, holds
from tocsin.follow.discover import Found, discover, log_of, relatives
from tocsin.follow.handover import Handover, Journal
from tocsin.follow.known import File, known_place
from tocsin.follow.opened import Opened
from tocsin.follow.places import MOST as MOST_KNOWN
from tocsin.follow.places import Places, note_of
from tocsin.follow.problems import Problems
from tocsin.follow.tail import Round, Tail, Took
from tocsin.follow.taken import Counts, frame_of
from tocsin.follow.turns import Turns

if TYPE_CHECKING:
    from tocsin.follow.content import Content
    from tocsin.follow.place import Place
    from tocsin.inputs.report import RejectHook

ROUND = 4 << 20
"""About how many bytes of events one frame takes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, in seconds.

    ``look``: between two looks for files. ``linger``: how long nothing must have happened to a file
    that lost its name, before it is let go of. ``still``: the same for a compressed file, before it
    is read.
    """

    look: float = 0.25
    linger: float = 30.0
    still: float = 2.0


class Files:
    """Follow the files that arguments stand for.

    Parameters
    ----------
    arguments
        Files, directories and globs; they may fit nothing yet.
    places
        What is known of contents; already loaded.
    reject
        Told of each line that is no event.
    from_end
        Whether, if nothing was ever followed, the files that are there are followed from where they
        end now.
    """

    def __init__(
        self,
        arguments: Sequence[str | os.PathLike[str]],
        journal: Journal,
        places: Places,
        reject: RejectHook,
        *,
        from_end: bool = False,
        pace: Pace | None = None,
    ) -> None:
        self.name = "files"
        self.counts = Counts()
        self._arguments = [str(Path(argument).absolute()) for argument in arguments]
        self._places = places
        self._tell = reject
        self._from_end = from_end and places.fresh
        self._pace = pace or Pace()
        self._tails: dict[File, Tail] = {}
        self._since: dict[File, tuple[State, float]] = {}
        self._finished: dict[File, State] = {}
        self._copies: dict[File, int] = {}
        self._late: dict[File, None] = {}
        self._problems = Problems(self.counts)
        self._opened = Opened(self._tails, self._problems)
        self._handover = Handover(journal, places, self._problems, self.counts)
        self._changed: set[str] = set()
        self._turns = Turns()
        self._next_look = float("-inf")
        self._looked = False

    def step(self, now: int, clock: float) -> bool:
        """Take what is there, up to a batch: see `tocsin.follow.taken.Follower`."""
        if not self._handover.is_free():
            return False
        if clock >= self._next_look:
            self._look(clock)
            pause = self._pace.look * (1 + len(self._tails) / 500)
            self._next_look = clock if self._late else clock + pause
        taken = self._take(now, clock)
        if self._looked:
            self._handover.save_if_due(clock)
        return taken

    def close(self) -> None:
        """Write the places, close the files. Events that are not whole are read again next time."""
        self._handover.save()
        for tail in self._tails.values():
            tail.close()
        self._tails.clear()

    # What is there -------------------------------------------------------------------------------

    def _look(self, clock: float) -> None:
        """Find files that are new, renamed or gone."""
        found = discover(self._arguments)
        for path, problem in found.problems.items():
            self._problems.tell(path, problem)
        self._opened.close_broken()
        self._open_some(found, clock)
        there = {path for path, _ in found.files.values()} | found.problems.keys()
        there.update(tail.path for tail in self._tails.values())
        self._problems.keep_only({*there, *self._arguments})
        self._problems.look_for(self._arguments, first=not self._looked)
        if not self._late and (self._changed or not self._looked):
            self._look_for_rests(found, clock)
            self._changed.clear()
            self._looked = True
        for file, tail in self._tails.items():
            if file not in found.files:
                self._lost(file, tail, clock)
            elif tail.content is None or not tail.content.packed:
                self._since.pop(file, None)
        self._finished = {file: was for file, was in self._finished.items() if file in found.files}
        self._forget(found)
        self._turns.keep_only(self._tails.values())
        self._opened.close_some()
        self.counts.files = len(self._tails)
        self.counts.behind = sum(tail.behind for tail in self._tails.values())

    def _open_some(self, found: Found, clock: float) -> None:
        """Open files that are new or have changed, as many as may be open.

        The others come first at the next look, once these were read.
        """
        self._opened.close_some()
        files = self._in_order(found)
        self._late.clear()
        left = self._opened.left
        for file, (path, state) in files:
            tail = self._tails.get(file)
            if tail is not None:
                tail.path = path
                if tail.content is not None or state == tail.seen:
                    continue
            if left <= 0:
                self._late[file] = None
            elif tail is not None:
                self._opened.again(tail)
            else:
                self._meet(file, path, state, clock)
            tail = self._tails.get(file)
            left -= tail is not None and tail.content is not None

    def _in_order(self, found: Found) -> list[tuple[File, tuple[str, State]]]:
        """Files as they were found, those first that had to wait.

        At the first look those come first that were followed furthest: what is like one of them
        is its copy then, whatever it is called.
        """
        files = list(found.files.items())
        if self._late:
            turns = {file: turn for turn, file in enumerate(self._late)}
            return sorted(files, key=lambda each: turns.get(each[0], len(turns)))
        return files if self._looked else sorted(files, key=self._followed_before, reverse=True)

    def _followed_before(self, found: tuple[File, tuple[str, State]]) -> int:
        """How far a file was followed that holds what it held then; else 0."""
        file, (path, _) = found
        places = self._places.of_file(file)
        content = self._opened.open(path, file) if places else None
        if content is None:
            return 0
        try:
            return max((place.offset for place in places if holds(content, place)), default=0)
        except OSError:
            return 0
        finally:
            content.close()

    def _meet(
        self, file: File, path: str, state: State, clock: float, *, rest: bool = False
    ) -> None:
        """A file that is not followed: new, a copy, or one that was read to its end.

        ``rest``: it is followed only if its content is known.
        """
        if self._finished.get(file) == state or not state.size:
            return
        content = self._opened.open(path, file)
        if content is None:
            return
        tail = None
        try:
            tail = self._begin(file, path, content, clock, rest=rest)
        except OSError as error:
            self._problems.tell(path, error.strerror or str(error))
        else:
            self._problems.over(path)
        if tail is None:
            content.close()
        else:
            self._tails[file] = tail

    def _begin(
        self, file: File, path: str, content: Content, clock: float, *, rest: bool
    ) -> Tail | None:
        """A tail at the right place; None while it is not known whether there is anything new."""
        if content.packed and not rest and not self._is_still(file, content.state, clock):
            return None
        known = known_place(file, path, content, self._places, self._tails)
        if known is None:
            if rest:
                return None
            tail = self._tail(file, path, content, None)
            self.counts.begun += 1
            # The copy of a beginning, whose original has gone on and is gone: all of it was read.
            copied = self._copies.pop(file, None)
            if (copied is not None and self._original(copied) is None) or (
                self._from_end and not self._looked
            ):
                place = tail.begin_at_end()
                self._handover.remember([place] if place is not None else [])
            return tail
        original = self._original(known.number)
        if original is not None:
            if not _goes_on(content, original):
                self._copies[file] = known.number
                return None  # all that it can bring comes from the original
            known = replace(known, number=self._places.number())
        return self._tail(file, path, content, known.moved(path, *file))

    def _tail(self, file: File, path: str, content: Content, place: Place | None) -> Tail:
        began = content.state.changed
        return Tail(path, file, content, place, self._places.number, self._reject, began=began)

    def _followed(self) -> set[int]:
        """The contents that stand in files that are followed."""
        return {tail.place.number for tail in self._tails.values() if tail.place is not None}

    def _forget(self, found: Found) -> None:
        """Have places forgotten if they are many, but for those of files that are there."""
        if len(self._places) > MOST_KNOWN:
            there = (self._places.of_file(file)[:1] for file in found.files)
            last = {place.number for places in there for place in places}
            self._places.forget(last | self._followed())

    def _original(self, number: int) -> Tail | None:
        """The file in which a content is followed."""
        for tail in self._tails.values():
            if tail.place is not None and tail.place.number == number and not tail.replaced():
                return tail
        return None

    def _reject(self, file: str, line: int, reason: str, sample: bytes) -> None:
        self.counts.rejected += 1
        self._tell(file, line, reason, sample)

    def _is_still(self, file: File, state: State, clock: float) -> bool:
        """Whether a file has not changed for a while: compressed files are written in one go."""
        was, since = self._since.get(file, (None, clock))
        if was != state:
            since = clock
            self._since[file] = state, clock
        return not self._looked or clock - since >= self._pace.still

    def _look_for_rests(self, found: Found, clock: float) -> None:
        """Find what was followed before and stands under a name now that nobody gave us.

        At the first look that may be any; later, of logs that were truncated or removed.
        """
        followed = self._followed()
        lost = {
            place.path
            for place in self._places
            if place.number not in followed
            and (not self._looked or log_of(place.path) in self._changed)
        }
        for file, (path, state) in discover(relatives(*lost), maxsize).files.items():
            if file not in found.files and file not in self._tails:
                self._meet(file, path, state, clock, rest=True)

    def _lost(self, file: File, tail: Tail, clock: float) -> None:
        """A file without a name, or under one that is not followed: read on until it is quiet."""
        if tail.content is None:
            # It was closed when all of it was read; what came since stands under its new name.
            others = discover(relatives(tail.path)).files
            if file not in others:
                tail.ended = True
                self._changed.add(tail.family)
                return
            tail.path, _ = others[file]
            self._opened.again(tail)
            if tail.content is None:
                return
        if file not in self._since:
            self.counts.rotated += 1
        self._is_still(file, tail.content.state, clock)

    # What it says --------------------------------------------------------------------------------

    def _take(self, now: int, clock: float) -> bool:
        """Read each file a little, and write what was found as one frame."""
        taken = Round()
        while taken.size < ROUND and self._pass(taken, clock):
            pass
        lines, places = taken.lines, taken.places
        if not lines:
            self._handover.remember(places)
            return bool(places)
        source = f"file:{taken.sources.pop()}" if len(taken.sources) == 1 else "files"
        latest = {place.number: place for place in places}
        note = note_of(latest.values())
        return self._handover.give(frame_of(source, lines, taken.names, now, note), places)

    def _pass(self, taken: Round, clock: float) -> bool:
        """Read each file a little, until it is enough; whether there may be more."""
        before = len(taken.places)
        behind: set[str] = set()
        busy = [each for each in self._tails.items() if self._is_busy(*each, clock)]
        for file, tail in self._turns.in_order(busy):
            if tail.family in behind:
                continue
            for took in self._read(file, tail, clock):
                taken.add(took, tail.path)
            self._turns.had(tail)
            if tail.ended:
                self._end(file, tail)
            elif tail.more:
                behind.add(tail.family)  # its newer parts wait until all of this one was read
            if taken.size >= ROUND:
                break
        return len(taken.places) > before

    def _is_busy(self, file: File, tail: Tail, clock: float) -> bool:
        if tail.ended or file in self._since or tail.rests(clock, self._pace.linger):
            return True
        try:
            return not tail.quiet()
        except OSError:
            return True

    def _read(self, file: File, tail: Tail, clock: float) -> list[Took]:
        """What is new in a file."""
        took: list[Took] = []
        state, since = self._since.get(file, (None, clock))
        last = tail.content is not None and (
            tail.content.packed or (state is not None and clock - since >= self._pace.linger)
        )
        try:
            still = tail.rests(clock, self._pace.linger)
            if tail.quiet() and not last and not still:
                return took
            if tail.replaced():
                self.counts.truncated += 1
                self._changed.add(tail.family)
                broken = tail.break_off()
                took = [broken] if broken is not None else []
                tail.restart()
            advised = tail.advice
            more = tail.step(clock, last=last, still=still)
            if tail.advice:
                self._problems.tell(tail.path, f"no event so far; {tail.advice}")
            elif advised:
                self._problems.over(tail.path)
        except OSError as error:
            self._problems.tell(tail.path, error.strerror or str(error))
            return took
        return took if more is None else [*took, more]

    def _end(self, file: File, tail: Tail) -> None:
        """Nothing will come of this file any more."""
        if tail.refused:
            self._problems.tell(tail.path, f"not followed: {tail.refused}")
        if tail.content is not None:
            self._finished[file] = tail.content.state
        tail.close()
        self._tails.pop(file, None)
        self._since.pop(file, None)


def _goes_on(content: Content, original: Tail) -> bool:
    """Whether a copy has more than the file that it is a copy of, all of which was read."""
    size = content.state.size  # before the original is asked: one that is being copied grows first
    known = original.seen
    return not content.packed and original.quiet() and known is not None and size > known.size
