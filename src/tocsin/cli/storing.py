"""The alerts of a scan into the alert store: ``scan --store``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tocsin.cli.failure import CannotRun
from tocsin.cli.happening import safe
from tocsin.engine.alert import Alert

if TYPE_CHECKING:
    from tocsin.store.alert import StoredAlert
    from tocsin.store.store import Store

_SOME = 500


class Storing:
    """Puts alerts by id, some at a time; what the store has already stays one alert."""

    def __init__(self, store: Store) -> None:
        from tocsin.store.taken import taken  # noqa: PLC0415 - only who stores pays for SQLAlchemy

        self._store = store
        self._taken = taken
        self._waiting: list[StoredAlert] = []
        self.counts = {"new": 0, "changed": 0, "same": 0}

    def __str__(self) -> str:
        return str(self._store)

    def add(self, alert: Alert) -> None:
        """Take an alert."""
        self._waiting.append(self._taken(alert))
        if len(self._waiting) >= _SOME:
            self.finish()

    def finish(self) -> None:
        """Put what waits."""
        for name, number in self._store.put(self._waiting)._asdict().items():
            self.counts[name] += number
        self._waiting = []

    def tell(self) -> None:
        """Say what became of the alerts."""
        told = ", ".join(
            f"{self.counts[name]:,} {words}"
            for name, words in (("new", "new"), ("changed", "changed"), ("same", "there already"))
            if self.counts[name]
        )
        click.echo(f"store {safe(str(self))}: {told or 'nothing new'}", err=True)


@contextmanager
def storing(where: str) -> Iterator[Storing]:
    """Open the store that ``--store`` names, making it where there is none."""
    from tocsin.store.error import StoreError  # noqa: PLC0415 - as above
    from tocsin.store.store import Store  # noqa: PLC0415

    try:
        with Store.open(where) as store:
            yield Storing(store)
    except StoreError as error:
        raise CannotRun(f"--store: {error}") from error
