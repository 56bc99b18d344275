"""The first run on a machine makes machine code, which takes a while: say so."""

from __future__ import annotations

from typing import Any, Self

import click
from numba.core import event

_COMPILING = "numba:compile"
_events: Any = event


class Compiling(_events.Listener):  # type: ignore[misc]
    """While entered, tells a person what the wait is for, the first time that there is one."""

    def __init__(self) -> None:
        self._told = False

    def __enter__(self) -> Self:
        _events.register(_COMPILING, self)
        return self

    def __exit__(self, *raised: object) -> None:
        _events.unregister(_COMPILING, self)

    def on_start(self, event: object) -> None:  # noqa: ARG002 - numba's signature
        """Machine code is about to be made; what an earlier run has kept does not come here."""
        if not self._told:
            self._told = True
            click.echo("compiling for this machine (once, about 15 seconds) …", err=True)

    def on_end(self, event: object) -> None:
        """Nothing is said about the end: the work goes on."""
