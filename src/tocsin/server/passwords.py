"""Passwords as argon2id hashes."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 1_000
"""Characters of a password."""

TIME, MEMORY, LANES = 3, 64 << 10, 1
"""argon2's parameters: rounds, KiB of memory, threads."""


def hashed(password: str) -> str:
    """What is kept of a password. Raises ValueError if it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST:,} characters")
    return _hasher().hash(password.encode(errors="surrogatepass"))


def right(kept: str | None, password: str) -> bool:
    """Whether a password is the one; it takes as long where nothing is kept."""
    if len(password) > LONGEST:
        return False
    try:
        _hasher().verify(kept or _nobodys(), password.encode(errors="surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=TIME, memory_cost=MEMORY, parallelism=LANES)


@cache
def _nobodys() -> str:
    """A hash that no password is compared with for anybody's sake."""
    return _hasher().hash(b"nobody's")
