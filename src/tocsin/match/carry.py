"""What machines go on with from an earlier input, and what they leave for a later one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Carry:
    """The times between which an input lies, and the states of machines at both ends.

    ``low``: events before it were settled by earlier inputs, in ticks; None: there were none.
    ``high``: no event of this input is later; the next one's are not earlier. ``states``: by rule,
    as ``machine.state()`` gave them. ``keep`` is told those that are worth keeping.
    """

    low: int | None
    high: int
    states: Mapping[int, dict[str, Any]]
    keep: Callable[[int, dict[str, Any]], None]
