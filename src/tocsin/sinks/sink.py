"""What a sink is, what it is given, and what can become of that.

::

    SinkError
     ├─ UnreachableError   no answer, or one that asks for patience: tried again without end
     ├─ RefusedError       it answered, and took nothing: tried again a number of times
     └─ ClosedError        whoever read it has gone; nothing more is sent
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Alert(Protocol):
    """An alert as the store keeps it (`tocsin.store.alert.StoredAlert`)."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def rule_id(self) -> str: ...  # noqa: D102
    @property
    def rule_name(self) -> str: ...  # noqa: D102
    @property
    def severity(self) -> str: ...  # noqa: D102
    @property
    def risk_score(self) -> float: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def building_block(self) -> bool: ...  # noqa: D102
    @property
    def document(self) -> bytes: ...  # noqa: D102


class Change(Protocol):
    """An alert that is new, or has changed (`tocsin.store.alert.Change`)."""

    @property
    def number(self) -> int: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def alert(self) -> Alert: ...  # noqa: D102
    @property
    def changed(self) -> bool: ...  # noqa: D102


class Outbox(Protocol):
    """What sinks need of the store."""

    def changes(  # noqa: D102
        self, after: int, most: int, *, triage: bool = False
    ) -> Sequence[Change]: ...
    def last_number(self) -> int: ...  # noqa: D102
    def cursors(self) -> dict[str, int]: ...  # noqa: D102
    def move_cursor(self, sink: str, number: int) -> None: ...  # noqa: D102


class Outcome(NamedTuple):
    """What became of the alerts of a batch that were not taken: all others were.

    ``refused``: those that will never be taken, and why. ``again``: those to be tried again a
    number of times; ``later``: those to be tried again without end, there being no room just now.
    """

    refused: Sequence[tuple[Change, str]] = ()
    again: Sequence[tuple[Change, str]] = ()
    later: Sequence[tuple[Change, str]] = ()


TAKEN = Outcome()


class Sink(Protocol):
    """Somewhere that alerts go."""

    batch: int
    """The most alerts that are given at once."""

    def send(self, changes: Sequence[Change], now: int) -> Outcome:
        """Deliver alerts, in this order.

        Parameters
        ----------
        now
            The wall clock, in milliseconds since 1970.

        Raises
        ------
        SinkError
            Some of the alerts may have been taken, or none.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class SinkError(Exception):
    """A sink did not take what it was given; the message says why and holds no secret.

    ``after``: seconds that the other side asked us to wait.
    """

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class UnreachableError(SinkError):
    """Nobody answered, or asked for patience."""


class RefusedError(SinkError):
    """The other side answered, and took nothing."""


class ClosedError(SinkError):
    """Whoever read the sink has gone."""
