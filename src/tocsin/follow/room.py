"""How many files this process may have open at once, which systems limit to a thousand at first."""

from __future__ import annotations

import contextlib
import sys

LEAST = 64
"""Files that are opened at once however little the system allows."""

UNKNOWN = 512
"""Files that are opened at once where the system does not tell how many it allows."""


def make_room() -> None:
    """Have the system allow as many open files as it ever will."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on every system

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def room() -> int:
    """How many files may be followed open at once: half of those that the process may have."""
    if sys.platform == "win32":
        return UNKNOWN
    import resource  # noqa: PLC0415 - not on every system

    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return UNKNOWN if allowed < 0 else max(allowed // 2, LEAST)
