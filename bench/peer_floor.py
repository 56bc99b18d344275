"""What all peers share: one core, and the floor, a bare parse loop in the peer's own process."""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

_TIMES = 5
_LINES = 5_000


def one_core() -> None:
    """Keep this process on one core, where the system lets it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def floor(lines: list[bytes]) -> float:
    """CPU seconds an event of ``orjson.loads`` over some lines."""
    began = time.process_time()
    for line in lines:
        orjson.loads(line)
    return (time.process_time() - began) / len(lines)


def measured(path: Path, events: int, run: Callable[[], None]) -> dict[str, Any]:
    """CPU time of a run over so many events, and the floor of the same file's first lines.

    The floor is taken five times before the run and five times after it; the median counts.
    """
    with path.open("rb") as file:
        lines = list(islice(file, _LINES))
    floors = [floor(lines) for _ in range(_TIMES)]
    began = time.process_time()
    run()
    seconds = (time.process_time() - began) / events
    bottom = statistics.median([*floors, *(floor(lines) for _ in range(_TIMES))])
    return {
        "events": events,
        "floor_us": bottom * 1e6,
        "run_us": seconds * 1e6,
        "ratio": seconds / bottom,
        "peak_rss_mb": peak_mb(),
    }


def peak_mb() -> float:
    """The most memory that this process has held, in MiB.

    Where the system tells it, without what the process was before it became this program.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
