"""The sinks that ``tocsin serve`` is asked for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.cli.failure import CannotRun
from tocsin.sinks.config import Settings, SinkConfigError, read_sinks
from tocsin.sinks.opened import open_pumps

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.rules.overlay import Overlay
    from tocsin.sinks.pump import Pump
    from tocsin.store.store import Store


def sinks(
    overlay: Overlay, config: str | None, urls: Sequence[str], data: Path
) -> Callable[[Store], Sequence[Pump]]:
    """What makes the sinks of an overlay and of URLs; CannotRun if something is wrong with them."""
    folder = Path(config or overlay.file).parent if config or overlay.file else None
    try:
        settings = read_sinks(overlay.sinks, urls, folder=folder)
    except SinkConfigError as error:
        raise CannotRun(str(error)) from error
    return partial(_opened, settings, data / "sinks")


def _opened(settings: Sequence[Settings], folder: Path, store: Store) -> Sequence[Pump]:
    try:
        return open_pumps(settings, store, folder, random.random)
    except SinkConfigError as error:
        raise CannotRun(str(error)) from error
