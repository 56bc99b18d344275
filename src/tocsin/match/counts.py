"""What happened to the events and partials of a machine, so that nothing is silent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Tallies of one machine, or of several added up."""

    seen: int = 0
    """An event was tried as a stage for a key."""
    ignored: int = 0
    """… and nothing was open that it could continue."""
    rejected_maxspan: int = 0
    """… and what it would have continued had begun too long before."""
    rejected_until: int = 0
    """Open partials that an ``until`` event ended."""
    rejected_missing: int = 0
    """Complete sequences in which an event occurred that had to be missing."""
    expired: int = 0
    """Partials dropped since nothing that is still to come could complete them."""
    evicted: int = 0
    """Partials dropped to bound memory: matches may have been lost."""

    def add(self, other: Counts) -> None:
        """Add another machine's tallies."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
