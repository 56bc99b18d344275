"""People who log in to the pages: by name and password, with a role.

Wrong passwords are counted by name and by address; beyond a few a while has to pass. A password is
looked at one at a time, and takes as long for a name that nobody has.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Final

from tocsin.server.passwords import right
from tocsin.server.refusal import RefusedError, busy
from tocsin.store.people import Person

SCOPES: Final[Mapping[str, frozenset[str]]] = {
    "viewer": frozenset({"read"}),
    "analyst": frozenset({"read", "triage"}),
    "admin": frozenset({"ingest", "read", "triage", "admin"}),
}
"""What a role may do."""

FRESH = 2.0
"""Seconds until the store is asked again who there is."""

MOST_JUDGED = 16
"""Passwords that wait to be looked at."""

PER_PAIR, PER_NAME, PER_ADDRESS = 5, 30, 20
"""Wrong passwords in a while: of one name from one address, of a name, from an address."""

WHILE = 300.0
"""Seconds that a wrong password is remembered."""

_MOST_REMEMBERED = 10_000


class People:
    """Knows people by their passwords. Any thread may ask.

    ``kept``: gives all people. ``clock``: seconds.
    """

    def __init__(
        self,
        kept: Callable[[], Sequence[Person]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kept = kept
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, Person] | None = None
        self._asked = 0.0
        self._wrong: OrderedDict[tuple[str, str], list[float]] = OrderedDict()
        self._judging = 0
        self._judge = ThreadPoolExecutor(1, thread_name_prefix="passwords")

    @property
    def some(self) -> bool:
        """Whether there is anybody."""
        return bool(self._all())

    @property
    def names(self) -> list[str]:
        """Who works with alerts."""
        return [one.name for one in self._all().values() if "triage" in SCOPES.get(one.role, ())]

    def refresh(self) -> None:
        """Ask the store again if it is time; it may take a moment."""
        self._all()

    def one(self, name: str) -> Person | None:
        """Who has a name now."""
        return self._all().get(name.casefold())

    async def log_in(self, name: str, password: str, address: str) -> Person | None:
        """Who has this name and password. Raises RefusedError (429) after too many wrong ones."""
        marks = ((name.casefold(), address), (name.casefold(), ""), ("", address))
        self._check(marks)
        if self._judging >= MOST_JUDGED:
            raise busy("too many passwords wait to be looked at")
        self._judging += 1
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._judge, self._right, name, password)
        finally:
            self._judging -= 1
        if found is None:
            self._note(marks)
        return found

    def _right(self, name: str, password: str) -> Person | None:
        with self._lock:
            self._known = None  # a password that was changed a moment ago counts
        found = self.one(name)
        return found if right(None if found is None else found.hash, password) else None

    def _all(self) -> dict[str, Person]:
        with self._lock:
            now = self._clock()
            if self._known is None or now - self._asked > FRESH:
                self._known = {one.name.casefold(): one for one in self._kept()}
                self._asked = now
            return self._known

    def _check(self, marks: Sequence[tuple[str, str]]) -> None:
        now = self._clock()
        most = (PER_PAIR, PER_NAME, PER_ADDRESS)
        with self._lock:
            for mark, number in zip(marks, most, strict=True):
                recent = [at for at in self._wrong.get(mark, ()) if now - at < WHILE]
                if len(recent) >= number:
                    wait = max(1, math.ceil(WHILE - (now - recent[-number])))
                    reason = f"Too many wrong passwords. Try again in {-(-wait // 60)} minutes."
                    raise RefusedError(429, "security_exception", reason, Retry_After=str(wait))

    def _note(self, marks: Sequence[tuple[str, str]]) -> None:
        now = self._clock()
        with self._lock:
            for mark in marks:
                recent = [at for at in self._wrong.get(mark, ()) if now - at < WHILE]
                self._wrong[mark] = [*recent, now][-PER_NAME:]
                self._wrong.move_to_end(mark)
            while len(self._wrong) > _MOST_REMEMBERED:
                self._wrong.popitem(last=False)
