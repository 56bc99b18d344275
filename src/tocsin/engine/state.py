"""What rules remember from one run to the next, in a folder: ``scan --state DIR``.

    state.json          which files belong together, up to when events are settled, and a secret
    events-N.ndjson     the events of what is open, each with its name
    rules-N.ndjson      for each rule what is open: sequences, counts, windows of suppression
    terms-N.keys        hashes of terms that were seen, ascending (uint64, little endian)
    terms-N.until       until when each is not new (int64)
    alerts-…            the same four of rules that read alerts, which have seen other events

A run writes new files and then, in one step, a new ``state.json``: if it fails before, the folder
is as it was. Nothing in it is code, and no path is taken from it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
import orjson

from tocsin.engine.carried import CarriedEvent, CarriedEvents
from tocsin.engine.lock import Lock
from tocsin.match.terms import NOTHING, Terms

MANIFEST = "state.json"
FORMAT, VERSION = "tocsin state", 1
_EVENTS, _RULES, _KEYS, _UNTIL = "events", "rules", "terms.keys", "terms.until"
_PARTS = {
    _EVENTS: "events-{}.ndjson",
    _RULES: "rules-{}.ndjson",
    _KEYS: "terms-{}.keys",
    _UNTIL: "terms-{}.until",
}
READERS = "alerts-"
"""Before the names of the files that belong to rules which read alerts."""
_BLOCK = 1 << 20

RuleState: TypeAlias = dict[str, Any]
"""``key`` (`tocsin.engine.remembering.rule_key`), ``rule_id``, ``name``; ``machine``, ``table`` and
``windows`` if there are any."""


class StateError(Exception):
    """The state cannot be used; the message says why and what to do."""


@dataclass(slots=True)
class State:
    """What was remembered. Without a folder's content: nothing, and a new secret.

    ``watermark`` (milliseconds): earlier events are settled; None: there were none. ``arrival``:
    the next event's arrival number. ``rules``: by their keys. ``readers``: what rules that read
    alerts remember, which has a ``prefix``.

    Of the run that goes on from here: ``writer`` writes its own state, ``latest`` is the time of
    its latest event, ``updated`` has the names of alerts that earlier runs have told.
    """

    folder: Path
    generation: int = 0
    watermark: int | None = None
    arrival: int = 0
    secret: int = field(default_factory=lambda: secrets.randbits(64))
    rules: dict[str, RuleState] = field(default_factory=dict)
    terms: Terms = NOTHING
    events: CarriedEvents = field(default_factory=CarriedEvents)
    lock: Lock | None = None
    prefix: str = ""
    readers: State | None = None
    writer: StateWriter | None = None
    latest: int | None = None
    updated: set[str] = field(default_factory=set)

    def begin(self) -> StateWriter | Unwritten:
        """What writes the next state; of readers' rules nothing is written if nobody wants it."""
        if not self.prefix:
            self.writer = StateWriter(self)
        return self.writer or Unwritten()

    def reached(self, latest: int | None) -> int | None:
        """The time of the latest event of this run, and of the run that this one is part of."""
        known = [time for time in (self.latest, latest) if time is not None]
        self.latest = max(known, default=None)
        return self.latest

    def of_readers(self) -> State:
        """What rules that read alerts remember."""
        if self.readers is None:
            self.readers = State(self.folder, self.generation, secret=self.secret, prefix=READERS)
        return self.readers

    def close(self) -> None:
        """Let other runs use the folder."""
        if self.lock is not None:
            self.lock.release()
            self.lock = None


def open_state(folder: str | os.PathLike[str]) -> State:
    """The state in a folder, for this run alone until it is closed; empty if nothing is there.

    Raises
    ------
    StateError
        The folder cannot be used, another run uses it, or what is there is no state, of another
        version, or damaged.
    """
    if not os.fspath(folder):
        raise StateError("the name of the folder is empty; . is this folder")
    state = State(Path(folder))
    try:
        state.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state.lock = Lock(state.folder / "lock")
    except BlockingIOError as error:
        raise StateError(f"another run uses {folder}: wait for it to end") from error
    except OSError as error:
        why = "it is not a folder" if state.folder.is_file() else error.strerror
        raise StateError(
            f"{folder} cannot be used: {why}; name a folder that is there or can be made"
        ) from error
    try:
        _read(state)
    except StateError:
        state.close()
        raise
    return state


def _read(state: State) -> None:
    path = state.folder / MANIFEST
    try:
        told = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StateError(f"{path} cannot be read: {error.strerror}") from error
    try:
        manifest = orjson.loads(told)
        version = manifest["version"] if manifest["format"] == FORMAT else None
        if version == VERSION:
            _fill(state, manifest)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise damaged(state.folder) from error
    if version != VERSION:
        raise StateError(
            f"{path} was written by another version of Tocsin: name another folder, or remove "
            f"this one to begin anew"
        )


def _fill(state: State, manifest: dict[str, Any]) -> None:
    """Read the files that a manifest names."""
    state.generation, state.secret = _whole(manifest["generation"]), _whole(manifest["secret"])
    _fill_part(state, manifest)
    if "readers" in manifest:
        _fill_part(state.of_readers(), manifest["readers"])


def _fill_part(state: State, told: dict[str, Any]) -> None:
    state.watermark = None if told["watermark"] is None else _whole(told["watermark"])
    state.arrival = _whole(told["arrival"])
    files = {part: state.folder / _file(state, part, state.generation) for part in _PARTS}
    for part, file in files.items():
        _verify(file, *map(_whole, told["parts"][part]))
    state.events = CarriedEvents.read(files[_EVENTS])
    with files[_RULES].open("rb") as lines:
        rows = [orjson.loads(line) for line in lines]
    state.rules = {str(row["key"]): row for row in rows}
    state.terms = _terms(files[_KEYS], files[_UNTIL])


def _file(state: State, part: str, generation: int) -> str:
    return state.prefix + _PARTS[part].format(generation)


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("a whole number is missing")
    return value


def damaged(folder: Path) -> StateError:
    """The error that says so."""
    return StateError(
        f"{folder / MANIFEST} or a file beside it is damaged: put back a copy of the folder, or "
        f"remove it to begin anew (open sequences, counts and seen terms are then forgotten)"
    )


def _verify(path: Path, size: int, crc: int) -> None:
    found = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found = zlib.crc32(block, found)
        if file.tell() != size or found != crc:
            raise ValueError(f"{path} is not as it was written")


def _terms(keys: Path, until: Path) -> Terms:
    if not keys.stat().st_size:
        return NOTHING
    found = Terms(np.memmap(keys, "<u8", "r"), np.memmap(until, "<i8", "r"))
    if found.keys.size != found.until.size:
        raise ValueError("there are not as many times as terms")
    return found


class Unwritten:
    """Takes the place of a `StateWriter` where nothing is kept."""

    def add_terms(self, terms: Terms) -> None:
        """Forget them."""

    def abandon(self) -> None:
        """There is nothing to remove."""


class StateWriter:
    """Writes the next state beside the one that is there; `commit` puts it in its place.

    `abandon` removes what was not committed.

    Raises
    ------
    StateError
        The folder cannot be written to.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._generation = state.generation + 1
        self._files: dict[str, IO[bytes]] = {}
        self._sums = dict.fromkeys(_PARTS, (0, 0))
        self.told: dict[str, Any] = {}
        """What a manifest says of what was committed."""
        self.events = self.terms = 0
        """How many were written."""
        self.readers: StateWriter | None = None
        """Writes the state of rules that read alerts; it is committed before this one."""
        try:
            for part in _PARTS:
                self._files[part] = _private(self._path(part))
        except OSError as error:
            self.abandon()
            raise StateError(f"{state.folder} cannot be written to: {error.strerror}") from error

    @property
    def size(self) -> int:
        """How many bytes were written."""
        own = sum(size for size, _ in self._sums.values())
        return own + (0 if self.readers is None else self.readers.size)

    def add_event(self, number: int, event: CarriedEvent) -> None:
        """Keep an event under a number; all numbers from 0 on must be given."""
        self._write(_EVENTS, event.line(number))
        self.events += 1

    def add_rule(self, told: bytes) -> None:
        """Keep what is open for a rule: a `RuleState` as JSON."""
        self._write(_RULES, told + b"\n")

    def add_terms(self, terms: Terms) -> None:
        """Keep terms; hashes ascend from call to call."""
        self._write(_KEYS, np.ascontiguousarray(terms.keys, "<u8").tobytes())
        self._write(_UNTIL, np.ascontiguousarray(terms.until, "<i8").tobytes())
        self.terms += len(terms.keys)

    def commit(self, watermark: int | None, arrival: int) -> None:
        """What was written is the state from now on; that of readers, from the whole one's on.

        Raises
        ------
        StateError
            It could not be written; the earlier state is as it was.
        """
        self.told = {"watermark": watermark, "arrival": arrival, "parts": self._sums}
        folder = self._state.folder
        try:
            for file in self._files.values():
                _settled(file)
            if not self._state.prefix:
                self._replace(folder)
        except OSError as error:
            raise StateError(f"{folder} cannot be written to: {error.strerror}") from error

    def _replace(self, folder: Path) -> None:
        """Let the manifest name the new files, and remove the old ones."""
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "generation": self._generation,
            "secret": self._state.secret,
            **self.told,
        }
        if self.readers is not None:
            manifest["readers"] = self.readers.told
        new = folder / f"{MANIFEST}.new"
        with _private(new) as file:
            file.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
            _settled(file)
        new.replace(folder / MANIFEST)
        self.done()
        for part in _PARTS.values():
            for prefix in ("", READERS):
                with contextlib.suppress(OSError):
                    (folder / (prefix + part.format(self._state.generation))).unlink()

    def _path(self, part: str) -> Path:
        return self._state.folder / _file(self._state, part, self._generation)

    def _write(self, part: str, content: bytes) -> None:
        try:
            self._files[part].write(content)
        except OSError as error:
            raise StateError(f"{self._path(part)} cannot be written: {error.strerror}") from error
        size, crc = self._sums[part]
        self._sums[part] = size + len(content), zlib.crc32(content, crc)

    def done(self) -> None:
        """What was written stays."""
        self._files.clear()
        if self.readers is not None:
            self.readers.done()

    def abandon(self) -> None:
        """Remove what was not committed."""
        for part, file in self._files.items():
            file.close()
            with contextlib.suppress(OSError):
                self._path(part).unlink()
        self._files.clear()
        if self.readers is not None:
            self.readers.abandon()


def _private(path: Path) -> IO[bytes]:
    """A new file that only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _settled(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
