"""What the engine's process needs of a call of ``tocsin serve``: all of it can be pickled."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.cli.chosen import Choice, Ready, load_chosen, overlay_of, ready, reasons
from tocsin.cli.failure import CannotRun
from tocsin.diagnostics import Severity
from tocsin.diagnostics.render import as_json
from tocsin.engine.scan import Routing
from tocsin.inputs.indicators import read_indicators
from tocsin.inputs.source import Events, read
from tocsin.rules.overlay import apply, read_overlay

if TYPE_CHECKING:
    from tocsin.live.options import Options
    from tocsin.rules.rule import Rule
    from tocsin.server.engine_process import Prepared
    from tocsin.web.shelf import Shelf

MOST_TOLD = 20
"""Errors in rule files that are logged."""

_LEFT_OUT = "RULE009"
"""Another rule has the id of this one."""

_LOG = logging.getLogger("tocsin.rules")


@dataclass(frozen=True, slots=True)
class Choosing:
    """Which rules are asked for; ``config``: the file of the overlay.

    ``indicators``: paths of those that rules compare events with.
    """

    choice: Choice
    config: str | None
    indicators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How the engine is to run; times in milliseconds, events of other inputs by their paths."""

    routing: Routing
    lateness: int
    suppression: bool
    drop_resent: bool
    indicators: tuple[str, ...] = ()
    history: tuple[str, ...] = ()


def prepared(asked: Choosing) -> Prepared:
    """The rules as they are now, compiled; what is to be said of them is logged."""
    from tocsin.server.engine_process import Prepared, PreparingError  # noqa: PLC0415 - an extra
    from tocsin.server.rule_files import stamps  # noqa: PLC0415 - as above

    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            overlay = overlay_of(asked.config) if asked.config else asked.choice.overlay
            found = ready(replace(asked.choice, overlay=overlay))
    except CannotRun as error:
        raise PreparingError(f"{error}\n{said.getvalue()}".strip()) from error
    for line in filter(None, said.getvalue().splitlines()):
        _LOG.warning("%s", line)
    _tell_about(found)
    key = hashlib.sha256(found.key.encode())
    for rule in found.compiled.rules:
        key.update(repr(rule).encode())
    if asked.indicators:
        key.update(repr(sorted(stamps(map(Path, asked.indicators)))).encode())
    return Prepared(found.compiled, key.hexdigest()[:32], len(found.compiled.rules))


def _tell_about(found: Ready) -> None:
    """Log which rules do not run, and why: nobody looks at a summary here."""
    compiled = found.compiled
    wrong = [
        entry
        for entry in (*found.diagnostics, *compiled.diagnostics)
        if entry.severity is Severity.ERROR or entry.code == _LEFT_OUT
    ]
    for entry in wrong[:MOST_TOLD]:
        told = as_json(entry)
        where = ":".join(str(told[part]) for part in ("file", "line", "column") if told[part])
        kind = entry.severity.name.lower()
        message = f"{entry.message}; {entry.label}" if entry.code == _LEFT_OUT else entry.message
        _LOG.warning("%s: %s[%s]: %s", where or entry.rule_id, kind, entry.code, message)
    if len(wrong) > MOST_TOLD:
        _LOG.warning(
            "… and %d more errors in rule files: see `tocsin check`", len(wrong) - MOST_TOLD
        )
    missing = sum(plan is None for plan in compiled.plans)
    if missing:
        _LOG.info("%d of %d rules do not run: %s", missing, len(compiled.rules), reasons(compiled))


def rules_for_pages(asked: Choosing) -> list[Rule]:
    """The rules as they are now, not compiled; nothing is said.

    Raises ValueError or OSError if there are none.
    """
    overlay = read_overlay(Path(asked.config)) if asked.config else asked.choice.overlay
    choice = asked.choice
    try:
        loaded = load_chosen(choice.paths or overlay.rule_paths, choice.beside)
    except CannotRun as error:
        raise ValueError(str(error)) from error
    return list(apply(overlay, loaded.rules).select(choice.rule, choice.include, choice.exclude))


def shelf_for_pages(asked: Choosing, archive: Path) -> Shelf:
    """All that pages show of the rules as they are now, kept in an archive; nothing is said.

    Raises ValueError or OSError if there are none.
    """
    from tocsin.web.shelf import shelf  # noqa: PLC0415 - an extra

    choice = asked.choice
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            overlay = overlay_of(asked.config) if asked.config else choice.overlay
            loaded = load_chosen(choice.paths or overlay.rule_paths, choice.beside)
            found = ready(replace(choice, overlay=overlay))
    except CannotRun as error:
        raise ValueError(str(error)) from error
    now = time.time_ns() // 1_000_000
    return shelf(apply(overlay, loaded.rules), found.compiled, archive, now)


class Feeds:
    """Files of indicators, read whenever somebody asks; those that were stay if they are gone."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._last: Events | None = None

    def read(self) -> Events:
        """The indicators as they are now; of each file there is a copy."""
        found = read_indicators(self._paths, held=True)
        for problem in found.problems:
            _LOG.warning("not read: %s: %s", problem.file, problem.reason)
        if found.problems and self._last is not None:
            _LOG.error("indicators cannot be read, the former ones stay")
            return self._last
        self._last = found
        return found


def engine_options(asked: Asked) -> Options:
    """The engine's options; called in its process, which opens the inputs."""
    from tocsin.live.options import Options  # noqa: PLC0415 - as above

    return Options(
        routing=asked.routing,
        lateness=asked.lateness,
        suppression=asked.suppression,
        drop_resent=asked.drop_resent,
        indicators=Feeds(asked.indicators).read if asked.indicators else None,
        history=read(*asked.history) if asked.history else None,
    )


def logs(*, text: bool) -> None:
    """Log to standard error, in this process."""
    from tocsin.server.log import log_to  # noqa: PLC0415 - as above

    log_to(sys.stderr, text=text)
