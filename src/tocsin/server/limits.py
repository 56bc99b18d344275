"""How much of anything the server takes before it says no."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one request, and all of them together, may cost.

    ``body``, ``inflated``: bytes of a request's body, as sent and decompressed. ``ratio``: so many
    times larger may decompressing make it, once it is beyond ``inflated_freely`` bytes. ``held``:
    bytes of all bodies that are being worked on. ``event``: bytes of one event, ``fields``: keys in
    it. ``headers``: bytes of a request before its body. ``connections``: open at a time.
    ``header_seconds``, ``body_seconds``, ``idle_seconds``: for a request's head to be there, for
    its body, and until the next request. ``behind``: bytes of the journal that the engine may have
    before it.
    """

    body: int = 100 << 20
    inflated: int = 100 << 20
    inflated_freely: int = 4 << 20
    ratio: int = 250
    held: int = 512 << 20
    event: int = 10 << 20
    fields: int = 10_000
    headers: int = 64 << 10
    connections: int = 1_000
    header_seconds: float = 15.0
    body_seconds: float = 120.0
    idle_seconds: int = 75
    behind: int = 8 << 30
