"""Tasks for the processes that answer: they must be found there by name."""

from __future__ import annotations

import gc
import time
from typing import Any


def sleeping(_: Any) -> None:
    """Takes too long."""
    time.sleep(600)


def greedy(_: Any) -> None:
    """Takes too much memory."""
    held = [bytearray(1 << 20) for _ in range(900)]
    time.sleep(600)
    del held


def broken(_: Any) -> None:
    """Fails in a way that nobody thought of."""
    raise ZeroDivisionError


def asking(readable: Any) -> int:
    """Says what it was given."""
    return int(readable.unread)


def telling(readable: Any) -> str:
    """Says how far it is."""
    for number in range(3):
        readable.tell(number)
    return "done"


def looked_through(_: Any) -> int:
    """How many things a collection looks through."""
    return len(gc.get_objects())
