"""Keep what is read from being written over: events, rules, settings, other files of a call."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tocsin.cli.failure import CannotRun
from tocsin.cli.happening import safe
from tocsin.rules.overlay import Overlay
from tocsin.rules.sources import is_source

if TYPE_CHECKING:
    from tocsin.inputs.source import Events


def check_outputs(
    outputs: Iterable[str | None],
    *,
    events: Iterable[Events | None] = (),
    rules: Iterable[str | Path] = (),
    files: Iterable[str | Path] = (),
) -> None:
    """Refuse to write over what is to be read; the ``tocsin.toml`` of the command always is.

    Parameters
    ----------
    outputs
        What is to be written; None and ``-`` are no files.
    events, rules, files
        What is read: inputs, paths of rules as they were given, single files or whole folders.

    Raises
    ------
    CannotRun
        An output is one of these.
    """
    existing = [output for output in filter(None, outputs) if Path(output).is_file()]
    if not existing:
        return
    names = [name for source in events if source is not None for name in source.names]
    read = {Path(name).resolve() for name in (*names, *files, *_settings())}
    paths = list(rules)
    for output in existing:
        real = Path(output).resolve()
        if not read.isdisjoint({real, *real.parents}) or is_source(output, paths):
            raise CannotRun(f"{safe(output)} is one of the inputs: write elsewhere")


def _settings() -> list[str]:
    """The ``tocsin.toml`` that the command has its defaults from, if there is one."""
    context = click.get_current_context(silent=True)
    overlay = None if context is None else context.find_object(Overlay)
    return [overlay.file] if overlay is not None and overlay.file else []


def spared(output: str | None, store: object) -> str | None:
    """The output, which is not the file of an open store."""
    check_outputs([output], files=[str(store)])
    return output
