"""Lines that are no events, kept in a file for whoever wants to know; never more than two files."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from threading import Lock

import orjson

SAMPLE = 1024
"""Bytes of a line that are kept."""


class Rejects:
    """A file of rejects, one JSON object a line: `file`, `line`, `reason`, `content`.

    At ``most`` bytes it becomes the older one, ``NAME.1``, in the place of the one before. A file
    that cannot be written is no reason to stop: ``unwritten`` counts what it lacks.
    """

    def __init__(self, file: Path, most: int = 16 << 20) -> None:
        self.unwritten = 0
        self._file = file
        self._most = most
        self._lock = Lock()

    def __call__(self, file: str, line: int, reason: str, content: bytes) -> None:
        """A line of a source, counted from 1, why it was refused, and how it begins."""
        told = {
            "file": os.fsencode(file).decode(errors="replace"),
            "line": line,
            "reason": reason,
            "content": content[:SAMPLE].decode("utf-8", "backslashreplace"),
        }
        with self._lock:
            try:
                self._write(orjson.dumps(told) + b"\n")
            except OSError:
                self.unwritten += 1

    def _write(self, text: bytes) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self._file.stat().st_size + len(text) > self._most:
                self._file.replace(f"{self._file}.1")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as out:
            out.write(text)
