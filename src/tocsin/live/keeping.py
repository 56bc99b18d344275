"""What is kept of a watch between runs: its state as a snapshot, and a watch that goes on from it.

A state that cannot be used is told of and dropped; what it held is built again from the journal.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from tocsin.live.content import Arrays, Longs, packed, unpacked
from tocsin.live.places import ALERT, Plain
from tocsin.live.watch import Watch
from tocsin.store.alert import Snapshot

if TYPE_CHECKING:
    from tocsin.engine.compiled import Compiled
    from tocsin.live.options import Options
    from tocsin.live.ports import Frames

VERSION = 1
"""Of the content of snapshots."""

_DAMAGED = (ValueError, TypeError, LookupError, AttributeError)
"""What comes of a state that holds something else than it should."""

_AGAIN = "what rules remembered is built again from what the journal still holds"

_log = logging.getLogger("tocsin.live.engine")  # who reads the log knows the engine


class Kept(NamedTuple):
    """The state of a watch, and the places of all events that it needs again."""

    content: bytes
    places: Longs

    @property
    def lowest(self) -> int:
        """The first of them."""
        return int(self.places.min(initial=ALERT))

    def snapshot(self, position: int) -> Snapshot:
        """As the store keeps it, with the position that belongs to it."""
        return Snapshot(position, VERSION, self.content)


def kept(watch: Watch) -> Kept:
    """The whole state of a watch."""
    arrays, plain = Arrays(), Plain(watch.referred())
    state: dict[str, Any] = {"secret": str(watch.secret), "watch": watch.state(arrays)}
    content = packed(state, arrays, plain)
    return Kept(content, plain.places)


class Keeping:
    """Makes watches that go on where others were.

    Parameters
    ----------
    dropped
        Takes what cannot go on: the id of a rule, empty for all of them, and why.
    """

    def __init__(self, journal: Frames, options: Options, dropped: list[tuple[str, str]]) -> None:
        self._journal = journal
        self._options = options
        self._dropped = dropped

    def begin(self, compiled: Compiled, snapshot: Snapshot | None) -> tuple[Watch, int]:
        """A watch in the state that was kept last, and the position that belongs to it."""
        if snapshot is not None:
            watch = self._of(compiled, snapshot)
            if watch is not None:
                return watch, snapshot.position
        return self._new(compiled), self._journal.begin

    def pass_on(self, old: Watch, compiled: Compiled) -> Watch:
        """A watch of other rules, in the state of one that is closed."""
        content = kept(old).content
        old.close()
        return self._restored(compiled, content)

    def drop(self, rule_id: str, reason: str) -> None:
        """Tell of what cannot go on."""
        _log.warning("state dropped: %s", f"{rule_id} {reason}".strip())
        self._dropped.append((rule_id, reason))

    def _of(self, compiled: Compiled, snapshot: Snapshot) -> Watch | None:
        """A watch in the state of a snapshot; None if that cannot be used."""
        if snapshot.version != VERSION:
            age = "a newer" if snapshot.version > VERSION else "an older"
            told = f"has the form of {age} Tocsin ({snapshot.version}, this one's is {VERSION})"
            self.drop("", f"the state that was kept {told}; {_AGAIN}")
            return None
        try:
            return self._restored(compiled, snapshot.content)
        except _DAMAGED as error:
            self.drop("", f"the state that was kept is damaged: {error!r}; {_AGAIN}")
            return None

    def _restored(self, compiled: Compiled, content: bytes) -> Watch:
        """A watch of these rules in a state that rules of another set may have left."""
        state, arrays = unpacked(content)
        watch = Watch(compiled, self._options, self._journal.event, int(state["secret"]))
        gone = set(watch.restore(state["watch"], arrays))
        known = {rule.id for rule in compiled.rules}
        for key, rule_id, _ in state["watch"]["rules"]:
            if key in gone:
                reason = "the rule has changed" if rule_id in known else "the rule is gone"
                self.drop(rule_id, reason)
        return watch

    def _new(self, compiled: Compiled) -> Watch:
        """A watch that remembers nothing but what the past taught it."""
        secret = self._options.secret or secrets.randbits(64)
        watch = Watch(compiled, self._options, self._journal.event, secret)
        if self._options.history is not None:
            watch.teach(self._options.history)
            for problem in self._options.history.problems:
                _log.warning("not read: %s: %s", problem.file, problem.reason)
        return watch
