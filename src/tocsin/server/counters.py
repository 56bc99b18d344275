"""What the server counts, for `/metrics` and `/health`."""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Counters:
    """Sums by name and labels; any thread may add."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sums: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def add(self, name: str, count: float = 1, **labels: str) -> None:
        """Add to a sum; labels come from sets that are small."""
        key = name, tuple(sorted(labels.items()))
        with self._lock:
            self._sums[key] += count  # type: ignore[assignment] # seconds are counted as well

    def all(self) -> list[tuple[str, tuple[tuple[str, str], ...], float]]:
        """Name, labels and sum of each, sorted."""
        with self._lock:
            return sorted((name, labels, value) for (name, labels), value in self._sums.items())

    def total(self, name: str) -> float:
        """The sum over all labels."""
        with self._lock:
            return sum(value for (known, _), value in self._sums.items() if known == name)
