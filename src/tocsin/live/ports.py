"""What the engine asks of the journal before it and the store behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tocsin.journal.frame import Placed
    from tocsin.store.alert import RuleRun, Snapshot, StoredAlert

BEHIND = 16 << 20
"""Bytes of the journal before the engine, from which it is behind: alerts are committed together
then, and sealing waits."""


class Frames(Protocol):
    """What the engine asks of a journal: `tocsin.journal.reader.JournalReader` is one."""

    @property
    def begin(self) -> int:
        """The first position that there is."""
        ...

    @property
    def end(self) -> int:
        """The position behind the last frame."""
        ...

    def read(self, position: int, most_bytes: int = ..., /) -> list[Placed]:
        """Frames behind a position."""
        ...

    def wait(self, position: int, seconds: float, /) -> bool:
        """Wait until there is more; False if nothing came."""
        ...

    def event(self, place: int, /) -> bytes:
        """A line again; LookupError if it is there no more."""
        ...

    def keep_from(self, position: int, /) -> None:
        """Nothing before this is needed."""
        ...


class Keeper(Protocol):
    """What the engine asks of a store: `tocsin.store.store.Store` is one."""

    def commit(
        self,
        position: int,
        alerts: Sequence[StoredAlert] = ...,
        snapshot: Snapshot | None = ...,
        runs: Sequence[RuleRun] = ...,
        /,
    ) -> object:
        """Put alerts, the position, the state and rows of the run log: all or nothing."""
        ...

    def position(self) -> int:
        """The position that was committed last."""
        ...

    def snapshot(self) -> Snapshot | None:
        """The state that was committed last."""
        ...
