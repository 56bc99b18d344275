"""API keys: made, kept as hashes, and recognised again.

A key is an id, which is no secret, and a secret of 32 random bytes. Only scrypt's hash of the
secret is kept. Since that takes tens of milliseconds, a key that was right is remembered for a
while, by an HMAC under a secret of this process; each time the keys' records are looked at again,
so that a revoked key stops within seconds.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from tocsin.server.refusal import busy
from tocsin.store.keys import ApiKey

SCOPES = ("ingest", "read", "triage", "admin")
"""What a key may be good for; ``triage`` includes ``read``, ``admin`` all."""

COST, BLOCK, LANES = 1 << 14, 8, 1
"""scrypt's parameters: 16 MiB of memory."""

SALT = 16
"""Bytes of a salt."""

REMEMBERED, FRESH = 10_000, 5.0
"""Right keys that are remembered, and the seconds until their records are looked at again."""

MOST_JUDGED = 64
"""Unknown keys that wait to be looked at."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what that may do."""

    name: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether something is allowed."""
        more = {"read": "triage"}.get(scope, "admin")
        return not self.scopes.isdisjoint({scope, more, "admin"})


ANYBODY = Caller("anybody", frozenset(SCOPES))
"""Who asks where no keys are required."""


def make_key(name: str, scopes: tuple[str, ...], now: int) -> tuple[ApiKey, str]:
    """A new key: what is kept of it, and its secret, which nobody can find out again."""
    secret = secrets.token_urlsafe(32)
    hashed = _hash(secret, secrets.token_bytes(SALT))
    return ApiKey(secrets.token_hex(10), name, hashed, scopes, now), secret


def encoded(key_id: str, secret: str) -> str:
    """A key as it stands behind ``Authorization: ApiKey``."""
    return base64.b64encode(f"{key_id}:{secret}".encode()).decode()


def given_key(authorization: str) -> tuple[str, str] | None:
    """The id and secret in an Authorization header: ``ApiKey``, ``Basic`` or ``Bearer``."""
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() not in {"apikey", "basic", "bearer"} or len(rest) > 1_000:
        return None
    try:
        text = base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    key_id, colon, secret = text.partition(":")
    return (key_id, secret) if colon and key_id and secret else None


class Keys:
    """Recognises keys. Any thread may ask.

    ``kept``: gives the records of all keys, revoked ones too.
    """

    def __init__(self, kept: Callable[[], Sequence[ApiKey]]) -> None:
        self._kept = kept
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, tuple[Caller, float]] = OrderedDict()
        self._lock = Lock()
        self._judging = 0
        # One at a time: guessing must not take all processors, nor the threads of those known.
        self._judge = ThreadPoolExecutor(1, thread_name_prefix="keys")

    async def caller(self, authorization: str) -> Caller | None:
        """Whose key it is; None if it is no key, a wrong one or a revoked one.

        Raises RefusedError (429) if too many keys wait to be looked at.
        """
        found = self.known(authorization)
        if found is not None or not authorization:
            return found
        if self._seen(self._mark(authorization)):
            return await asyncio.to_thread(self.check, authorization)
        if self._judging >= MOST_JUDGED:
            raise busy("too many API keys wait to be looked at")
        self._judging += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._judge, self.check, authorization)
        finally:
            self._judging -= 1

    def known(self, authorization: str) -> Caller | None:
        """Who gave this key a moment ago."""
        with self._lock:
            found = self._known.get(self._mark(authorization))
        if found is None or time.monotonic() - found[1] > FRESH:
            return None
        return found[0]

    def check(self, authorization: str) -> Caller | None:
        """As `caller`, which may take tens of milliseconds."""
        given = given_key(authorization)
        record = None if given is None else self._key(given[0])
        mark = self._mark(authorization)
        if given is None or record is None or record.revoked is not None:
            with self._lock:
                self._known.pop(mark, None)
            return None
        if not self._seen(mark) and not _right(record, given[1]):
            return None
        caller = Caller(record.id, frozenset(record.scopes))
        with self._lock:
            self._known[mark] = caller, time.monotonic()
            self._known.move_to_end(mark)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return caller

    def scopes(self, key_id: str) -> frozenset[str] | None:
        """What the key of an id is good for now; None if it is revoked or gone."""
        record = self._key(key_id)
        return None if record is None or record.revoked is not None else frozenset(record.scopes)

    def name(self, key_id: str) -> str:
        """What the key of an id is called; its id if it has no name."""
        record = self._key(key_id)
        return (record.name.strip() if record is not None else "") or key_id

    def _key(self, key_id: str) -> ApiKey | None:
        return next((key for key in self._kept() if key.id == key_id), None)

    def _seen(self, mark: bytes) -> bool:
        """Whether this very key was right once."""
        with self._lock:
            return mark in self._known

    def _mark(self, authorization: str) -> bytes:
        return hmac.digest(self._secret, authorization.encode(errors="replace"), "sha256")


def _right(record: ApiKey, secret: str) -> bool:
    return hmac.compare_digest(_hash(secret, record.hash[:SALT]), record.hash)


def _hash(secret: str, salt: bytes) -> bytes:
    """The salt, and behind it scrypt's hash."""
    hashed = hashlib.scrypt(secret.encode(), salt=salt, n=COST, r=BLOCK, p=LANES, dklen=32)
    return salt + hashed
