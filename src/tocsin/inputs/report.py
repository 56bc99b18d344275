"""What could not be read: lines that are no events, and inputs that could not be opened.

Everything is counted; only the first of each are kept, so that a file of junk needs no memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

KEPT = 1_000
"""How many rejects and problems are kept; further ones are counted and told to the hook."""

SAMPLE = 1_024
"""Bytes of a rejected line that are kept."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A part of an input that is no event: file, line (from 1), reason, and how it begins."""

    file: str
    line: int
    reason: str
    sample: bytes = b""


@dataclass(frozen=True, slots=True)
class Problem:
    """An input that could not be opened or listed."""

    file: str
    reason: str


RejectHook: TypeAlias = Callable[[str, int, str, bytes], None]
"""Told of each reject as it is met: file, line, reason, sample."""


@dataclass(slots=True)
class Report:
    """Collects rejects and problems while inputs are read."""

    on_reject: RejectHook | None = None
    rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def reject(self, file: str, line: int, reason: str, sample: bytes = b"") -> None:
        """Count a reject, keep it if there is room, and tell the hook."""
        self.rejected += 1
        sample = sample[:SAMPLE]
        if len(self.rejects) < KEPT:
            self.rejects.append(Reject(file, line, reason, sample))
        if self.on_reject is not None:
            self.on_reject(file, line, reason, sample)

    def problem(self, file: str, reason: str) -> None:
        """Note an input that cannot be read."""
        if len(self.problems) < KEPT:
            self.problems.append(Problem(file, reason))

    def clear(self) -> None:
        """Forget everything, before an input is read once more."""
        self.rejected = 0
        self.rejects.clear()
        self.problems.clear()
