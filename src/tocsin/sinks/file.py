"""Alerts as lines of a file that is rotated by its size, or of standard output."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from tocsin.sinks.sink import TAKEN, Change, ClosedError, Outcome, UnreachableError


class FileSink:
    """One alert a line, on disk before the next ones are asked for.

    At ``most`` bytes the file becomes ``NAME.1``, what was ``NAME.1`` becomes ``NAME.2``, and so on
    up to ``kept`` of them. A line that a crash cut off stays as it is, on a line of its own: the
    alert follows once more.
    """

    def __init__(self, path: Path, *, most: int = 100 << 20, kept: int = 9) -> None:
        self.batch = 500
        self._path = path
        self._most = most
        self._kept = kept

    def send(self, changes: Sequence[Change], now: int) -> Outcome:  # noqa: ARG002
        """Append alerts."""
        try:
            for part in self._parts([change.alert.document + b"\n" for change in changes]):
                self._append(part)
        except OSError as error:
            raise UnreachableError(f"{self._path}: {error.strerror or error}") from error
        return TAKEN

    def close(self) -> None:
        """Nothing is held."""

    def _parts(self, lines: Sequence[bytes]) -> list[list[bytes]]:
        """The lines, cut where the file is full."""
        size = self._size()
        parts: list[list[bytes]] = [[]]
        for line in lines:
            if size and size + len(line) > self._most:
                parts.append([])
                size = 0
            parts[-1].append(line)
            size += len(line)
        return parts

    def _append(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        size = self._size()
        if size and size + sum(map(len, lines)) > self._most:
            self._rotate()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as out:
            end = out.seek(0, os.SEEK_END)
            if end:
                out.seek(end - 1)
                if out.read(1) != b"\n":
                    out.write(b"\n")
            out.write(b"".join(lines))
            out.flush()
            os.fsync(out.fileno())

    def _size(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            return self._path.stat().st_size
        return 0

    def _rotate(self) -> None:
        for number in range(self._kept, 0, -1):
            older = Path(f"{self._path}.{number}")
            younger = Path(f"{self._path}.{number - 1}") if number > 1 else self._path
            with contextlib.suppress(FileNotFoundError):
                younger.replace(older)
        if not self._kept:
            self._path.unlink()


class StreamSink:
    """One alert a line on an open stream: standard output."""

    def __init__(self, out: BinaryIO, name: str = "standard output") -> None:
        self.batch = 500
        self._out = out
        self._name = name

    def send(self, changes: Sequence[Change], now: int) -> Outcome:  # noqa: ARG002
        """Write alerts."""
        try:
            self._out.write(b"".join(change.alert.document + b"\n" for change in changes))
            self._out.flush()
        except (BrokenPipeError, ValueError) as error:
            raise ClosedError(f"nobody reads {self._name} any longer") from error
        except OSError as error:
            raise UnreachableError(f"{self._name}: {error.strerror or error}") from error
        return TAKEN

    def close(self) -> None:
        """The stream belongs to somebody else."""
