"""What a system call or a kind of record means: one row of the tables of meanings."""

from __future__ import annotations

from dataclasses import dataclass

Names = tuple[str, ...]
"""Fields to look in, the first present one counts."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row.

    ``what`` is the kind of object; for a file, ``path_index`` is the PATH record that names it.
    ``who``, ``as_whom``, ``to``, ``at`` and ``how`` say where the actor (primary, secondary), the
    object (primary, secondary) and the means are found. ``source_ip``: fields with the address
    that a user came from. ``only_with``: fields without which the row does not apply.
    ``users``: which part of the summary is which user or group of ECS.
    """

    action: str = ""
    what: str = ""
    path_index: int = 0
    who: Names = ()
    as_whom: Names = ()
    to: Names = ()
    at: Names = ()
    how: Names = ()
    source_ip: Names = ()
    only_with: str = ""
    category: Names = ()
    type: Names = ()
    users: tuple[tuple[str, str], ...] = ()
