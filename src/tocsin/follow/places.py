"""All places that are known, kept in a small file beside the journal.

Each frame carries the places it moved; the file saves reading the whole journal at a start: it says
up to which position of the journal it is right, and only what stands behind that is read.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tocsin.follow.discover import log_of
from tocsin.follow.place import Place, place_of
from tocsin.journal.frame import Placed

KEY = "files"
"""What the places stand under in the note of a frame."""

MOST = 4096
"""Contents that are remembered besides those of files that are there; those that were touched
longest ago are forgotten first."""

LOADED = 16_384
"""Contents that are taken from the file and the journal, before it is known what is followed."""

VERSION = 1


class Reader(Protocol):
    """What is needed of a journal to find places again."""

    @property
    def begin(self) -> int: ...  # noqa: D102
    @property
    def end(self) -> int: ...  # noqa: D102
    def read(self, position: int, most_bytes: int = ...) -> list[Placed]: ...  # noqa: D102


class Places:
    """Known contents by number, those touched last at the end.

    Attributes
    ----------
    position
        The journal's position up to which all places are known.
    missing
        Whether the journal's frames from the file's position on were removed meanwhile, so that
        places may be older than they were.
    fresh
        Whether nothing was ever followed.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._places: dict[int, Place] = {}
        self._of_file: dict[tuple[int, int], dict[int, Place]] = {}
        self._of_log: dict[str, dict[int, Place]] = {}
        self._last = 0
        self._saved: bytes = b""
        self.position = 0
        self.missing = False
        self.fresh = True

    def __iter__(self) -> Iterator[Place]:
        """All of them, those touched last first."""
        return iter(list(reversed(self._places.values())))

    def __len__(self) -> int:
        return len(self._places)

    def get(self, number: int) -> Place | None:
        """A place by its number."""
        return self._places.get(number)

    def number(self) -> int:
        """A number for a new content."""
        self._last += 1
        return self._last

    def of_file(self, file: tuple[int, int]) -> list[Place]:
        """Those that were in this file, those touched last first."""
        return list(reversed(self._of_file.get(file, {}).values()))

    def of_log(self, log: str) -> list[Place]:
        """Those that were in a part of this log (`log_of`), those touched last first."""
        return list(reversed(self._of_log.get(log, {}).values()))

    def put(self, place: Place) -> None:
        """Remember a place, in front of all others."""
        self._drop(place.number)
        self._places[place.number] = place
        self._of_file.setdefault(place.file, {})[place.number] = place
        self._of_log.setdefault(log_of(place.path), {})[place.number] = place
        self._last = max(self._last, place.number)

    def forget(self, kept: AbstractSet[int], most: int = MOST) -> None:
        """Drop those that were touched longest ago, but for these numbers and ``most`` others."""
        spare = len(self._places) - len(kept) - most
        if spare > 0:
            others = (number for number in self._places if number not in kept)
            for number in list(islice(others, spare)):
                self._drop(number)

    def _drop(self, number: int) -> None:
        place = self._places.pop(number, None)
        if place is None:
            return
        _drop_from(self._of_file, place.file, number)
        _drop_from(self._of_log, log_of(place.path), number)

    def load(self, journal: Reader) -> None:
        """Read the file, then what the journal has beyond it."""
        told = self._read()
        self._last = told.get("last", 0)
        for place in map(place_of, told.get("places", ())):
            if place is not None:
                self.put(place)
        at = told.get("position", 0)
        self.missing = 0 < at < journal.begin
        at = max(at, journal.begin)
        while at < journal.end and (found := journal.read(at)):
            for placed in found:
                self.learn(placed.frame.note)
            at = found[-1].position
        self.position = at
        self.fresh = not told and not self._places

    def learn(self, note: bytes) -> None:
        """Take in the places of a frame's note; a note that is none of ours is nothing."""
        if KEY.encode() not in note:
            return
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            for place in map(place_of, json.loads(note).get(KEY, ())):
                if place is not None:
                    self.put(place)
        self.forget(frozenset(), LOADED)

    def save(self, position: int) -> None:
        """Write the file anew: these places are right up to this position of the journal.

        Raises
        ------
        OSError
            It cannot be written; the old one stays.
        """
        self.position = position
        if self._file is None:
            return
        told = {
            "version": VERSION,
            "position": position,
            "last": self._last,
            "places": [place.shown() for place in self._places.values()],
        }
        content = json.dumps(told, separators=(",", ":")).encode()
        if content == self._saved:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        with fresh.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)
        self._saved = content

    def _read(self) -> dict[str, Any]:
        """What the file says; nothing if it is not there or damaged: then the journal is read."""
        if self._file is None:
            return {}
        try:
            told = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        fine = isinstance(told, dict) and told.get("version") == VERSION
        return told if fine and isinstance(told.get("position"), int) else {}


def note_of(places: Iterable[Place]) -> bytes:
    """The note of a frame that moves these places."""
    return json.dumps({KEY: [place.shown() for place in places]}, separators=(",", ":")).encode()


K = TypeVar("K")


def _drop_from(index: dict[K, dict[int, Place]], key: K, number: int) -> None:
    """Take a number out of one of the sets of an index, and the set where it was the last."""
    numbers = index[key]
    del numbers[number]
    if not numbers:
        del index[key]
