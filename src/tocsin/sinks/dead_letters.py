"""Alerts that a sink did not take, kept in a file until somebody looks after them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tocsin.alerts.iso import iso
from tocsin.sinks.sink import Change

ENDING = ".dead.ndjson"
"""How the names of files of dead letters end, behind the sink's name."""


class DeadAlert(NamedTuple):
    """The alert of a dead letter, as a sink is given it (`tocsin.sinks.sink.Alert`)."""

    id: str
    rule_id: str
    rule_name: str
    severity: str
    risk_score: float
    timestamp: int
    building_block: bool
    document: bytes


class DeadLetter(NamedTuple):
    """A dead letter (`tocsin.sinks.sink.Change`)."""

    number: int
    kind: str
    alert: DeadAlert
    changed: bool = False


class DeadLetters:
    """One file of dead letters, a JSON object a line: when, why, and the whole alert."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.count = sum(1 for _ in self.lines())

    def add(self, refused: Sequence[tuple[Change, str]], now: int) -> None:
        """Keep alerts; they are on disk when this returns.

        Raises
        ------
        OSError
            They cannot be kept.
        """
        text = b"".join(_line(change, reason, now) for change, reason in refused)
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._file.open("ab") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        self.count += len(refused)

    def read(self) -> list[DeadLetter]:
        """All of them, the oldest first."""
        return [letter for line in self.lines() if (letter := _letter(line)) is not None]

    def keep_only(self, numbers: Sequence[int]) -> None:
        """Drop all but those with these outbox numbers.

        Raises
        ------
        OSError
            The file stays as it was.
        """
        told = [(line, _letter(line)) for line in self.lines()]
        self._write([line for line, letter in told if letter is None or letter.number in numbers])

    def drop(self, ids: Sequence[str] = ()) -> None:
        """Drop those of some alerts; without any, all.

        Raises
        ------
        OSError
            The file stays as it was.
        """
        told = [(line, _letter(line)) for line in self.lines()] if ids else []
        self._write([line for line, letter in told if letter and letter.alert.id not in ids])

    def _write(self, lines: Sequence[bytes]) -> None:
        """Write the file anew."""
        fresh = self._file.with_suffix(".new")
        with fresh.open("wb") as out:
            out.writelines(lines)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)
        self.count = len(lines)

    def lines(self) -> list[bytes]:
        """As they stand in the file."""
        with contextlib.suppress(FileNotFoundError):
            return self._file.read_bytes().splitlines(keepends=True)
        return []


def _line(change: Change, reason: str, now: int) -> bytes:
    alert = change.alert
    told = {
        "at": iso(now),
        "reason": reason,
        "number": change.number,
        "kind": str(change.kind),
        "changed": change.changed,
        "id": alert.id,
        "rule_id": alert.rule_id,
        "rule_name": alert.rule_name,
        "severity": alert.severity,
        "risk_score": alert.risk_score,
        "timestamp": alert.timestamp,
        "building_block": alert.building_block,
    }
    return orjson.dumps(told)[:-1] + b',"alert":' + alert.document + b"}\n"


def _letter(line: bytes) -> DeadLetter | None:
    """The letter of a line; None if the line was not written whole."""
    try:
        told: dict[str, Any] = orjson.loads(line)
        document = line[line.index(b',"alert":') + 9 : line.rindex(b"}")]
        known = {name: told[name] for name in DeadAlert._fields if name != "document"}
        alert = DeadAlert(**known, document=document)
        return DeadLetter(told["number"], told["kind"], alert, told.get("changed") is True)
    except (ValueError, KeyError, TypeError):
        return None
