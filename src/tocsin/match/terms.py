"""What has been seen, for rules about new terms: very many hashes, each with a time, sorted.

A term is the values of a rule's fields together; its hash belongs to the rule, so all rules share
one store. With each hash stands the time from which on the term is new again: when it was last seen
plus the rule's history window. What is new again is forgotten.

A term takes 16 bytes. The arrays may lie in files (`numpy.memmap`): memory holds what is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from tocsin.match.keyhash import Hashes, Longs

NEVER = np.iinfo(np.int64).min
"""Until when a term that was not seen is not new."""

MOST_RECENT = 1 << 18
"""Terms that wait to be sorted in."""


class Terms(NamedTuple):
    """Hashes, ascending without doubles (uint64[n]), and until when each is not new (int64[n])."""

    keys: Hashes
    until: Longs

    def known(self, keys: Hashes) -> Longs:
        """For each hash until when it is not new, `NEVER` for one that was not seen."""
        found = np.full(keys.size, NEVER)
        if self.keys.size:
            place = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
            same = self.keys[place] == keys
            found[same] = self.until[place[same]]
        return found

    def between(self, low: int, high: int) -> Terms:
        """Those from ``low`` to before ``high`` (which may be 2 ** 64)."""
        begin = int(np.searchsorted(self.keys, np.uint64(low)))
        end = self.keys.size
        if high < 1 << 64:
            end = int(np.searchsorted(self.keys, np.uint64(high)))
        return Terms(self.keys[begin:end], self.until[begin:end])

    def merged(self, keys: Hashes, until: Longs, now: int) -> Terms:
        """These and others, of equal ones the later time, without those that are new by ``now``."""
        both = np.concatenate([self.keys, keys])
        times = np.concatenate([self.until, until])
        order = np.argsort(both, kind="stable")
        both, times = both[order], times[order]
        first = np.ones(both.size, np.bool_)
        np.not_equal(both[1:], both[:-1], out=first[1:])
        if both.size:
            times = np.maximum.reduceat(times, np.flatnonzero(first))
        kept = times > now
        return Terms(both[first][kept], times[kept])


NOTHING = Terms(np.empty(0, np.uint64), np.empty(0, np.int64))


class Memory:
    """Terms that are asked for and learnt one by one, as a live stream does.

    Parameters
    ----------
    terms
        What is known from before.
    """

    def __init__(self, terms: Terms = NOTHING) -> None:
        self._terms = terms
        self._recent: dict[int, int] = {}
        self.forgotten = 0
        """Terms that were forgotten, being new again."""

    def __len__(self) -> int:
        return len(self._terms.keys) + len(self._recent)

    def until(self, key: int) -> int:
        """Until when a term is not new; `NEVER` if it was not seen."""
        found = self._recent.get(key)
        if found is None:
            found = int(self._terms.known(np.array([key], np.uint64))[0])
        return found

    def learn(self, key: int, until: int, now: int) -> None:
        """A term was seen. Equal or earlier times than it has change nothing."""
        if until > self.until(key):
            self._recent[key] = until
            if len(self._recent) > MOST_RECENT:
                self.settle(now)

    def settle(self, now: int) -> Terms:
        """Sort in what is recent and forget what is new by ``now``; all that is known then."""
        count = len(self._recent)
        keys = np.fromiter(self._recent.keys(), np.uint64, count)
        until = np.fromiter(self._recent.values(), np.int64, count)
        doubles = int(np.count_nonzero(self._terms.known(keys) != NEVER))
        before = len(self) - doubles
        self._terms, self._recent = self._terms.merged(keys, until, now), {}
        self.forgotten += before - len(self._terms.keys)
        return self._terms
