"""How much a query has read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """How many events a query has read, and how many lines were none.

    Attributes
    ----------
    told
        Called after each batch, for a progress bar.
    reading
        Entered while events are searched one by one: the command line passes over an interrupt
        there, and what was found before it comes as the answer.
    """

    events: int = 0
    rejected: int = 0
    told: Callable[[Tally], None] = field(default=lambda _: None)
    reading: AbstractContextManager[object] = field(default_factory=nullcontext)
