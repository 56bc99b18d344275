"""The rules that a command works with: loaded, overlaid, selected and compiled."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from tocsin.cli.console import colours
from tocsin.cli.failure import CannotRun
from tocsin.cli.happening import safe
from tocsin.columns.collector import paused
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.diagnostics.exception_codes import EXCEPTION_CODES
from tocsin.diagnostics.render import render
from tocsin.engine.compiled import Compiled, compile_cached
from tocsin.rules.cache import Cache
from tocsin.rules.exceptions import Exceptions, gather
from tocsin.rules.load import load_sources
from tocsin.rules.overlay import FILE, Overlay, apply, find_overlay, read_overlay
from tocsin.rules.pack import pack_path
from tocsin.rules.ruleset import RuleSet
from tocsin.rules.select import SelectorError
from tocsin.rules.sources import read_sources
from tocsin.schema.fields import TextMode

_LEFT_OUT = "RULE021"
_ABOUT_THE_CALL = {"RULE001", "RULE011", "RULE020", "RULE033"}
"""Codes that are told at once: a path, a selector or an overlay that leads to nothing."""


EXCEPTIONS = frozenset(row.code for row in EXCEPTION_CODES)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked for on the command line, and the overlay that holds."""

    paths: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    overlay: Overlay = field(default_factory=Overlay)
    exceptions: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    text_mode: TextMode = "raw"
    beside: tuple[str, ...] = ()
    """Paths of more rules, whatever the others are: a server's own."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A rule set with the key of its content and the seconds that loading took."""

    rules: RuleSet
    key: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Ready:
    """Compiled rules, what was said about those that were asked for, and the seconds it took."""

    compiled: Compiled
    diagnostics: tuple[Diagnostic, ...]
    load: float
    compile: float
    key: str = ""
    """Names the content of the rules' files and of the exceptions."""


def overlay_of(config: str | None, *, warn: bool = True) -> Overlay:
    """What ``--config`` names, or the ``tocsin.toml`` found upwards, or an empty overlay.

    ``warn``: whether to tell of what is doubtful in it. Raises `CannotRun` if it cannot be used.
    """
    path = Path(config) if config else find_overlay(Path.cwd())
    if path is None:
        return Overlay()
    if path.is_dir():
        raise CannotRun(f"--config {config}: a folder; name the {FILE} in it")
    overlay = read_overlay(path)
    wrong = any(found.severity is Severity.ERROR for found in overlay.diagnostics)
    if warn or wrong:
        tell(overlay.diagnostics)
    if wrong:
        raise CannotRun(f"{path} cannot be used")
    return overlay


def load_chosen(paths: Sequence[str], beside: Sequence[str] = ()) -> Loaded:
    """Load rules from paths, the shipped pack without any; a second start takes cached ones.

    ``beside``: more paths, which may hold none.

    Raises
    ------
    CannotRun
        There is no rule, and nothing to tell of those that might have been.
    """
    began = time.perf_counter()
    given = [Path(path) for path in paths] or [pack_path()]
    given += map(Path, beside)
    sources = read_sources(given)
    if not any(sources.parts):
        tell(sources.diagnostics)
        raise _without_rules(given)
    cache = Cache.private()
    rules = cache.get(f"rules-{sources.key}")
    if not isinstance(rules, RuleSet):
        rules = load_sources(sources)
        cache.put(f"rules-{sources.key}", rules)
    if not len(rules) and not rules.diagnostics:
        raise _without_rules(given)
    return Loaded(rules, sources.key, time.perf_counter() - began)


def _without_rules(given: Sequence[Path]) -> CannotRun:
    named = ", ".join(safe(str(path)) for path in given[:3])
    return CannotRun(f"there are no rules in {named}: name files, folders or archives of them")


@paused(staying=True)
def ready(choice: Choice) -> Ready:
    """Load, overlay, select and compile the rules of a choice; no collection looks through them.

    Raises
    ------
    CannotRun
        No rule is left that can be used.
    """
    loaded = load_chosen(choice.paths or choice.overlay.rule_paths, choice.beside)
    try:
        rules = apply(choice.overlay, loaded.rules).select(
            choice.rule, choice.include, choice.exclude
        )
    except SelectorError as error:
        raise CannotRun(str(error)) from error
    tell_about(rules)
    if not len(rules):
        raise CannotRun("no rule is left: see what -r, --rule, --include and --exclude say")
    began = time.perf_counter()
    kept = list(rules)
    excepted = gather(kept, choice.exceptions, choice.lists)
    compiled = compile_cached(kept, loaded.key, Cache.private(), excepted, choice.text_mode)
    _tell_about_exceptions(excepted, compiled)
    if not any(plan is not None for plan in compiled.plans):
        tell(found for found in compiled.diagnostics if found.severity is Severity.ERROR)
        raise CannotRun(f"no rule can be used: {reasons(compiled)}")
    key = f"{loaded.key} {excepted.key} {choice.text_mode}"
    seconds = time.perf_counter() - began
    return Ready(compiled, rules.diagnostics, loaded.seconds, seconds, key)


def reasons(compiled: Compiled) -> str:
    """Why rules do not run, the most frequent reason first."""
    found = Counter(
        status.reason or status.status
        for status, plan in zip(compiled.statuses, compiled.plans, strict=True)
        if plan is None
    )
    return "; ".join(f"{reason} ({count:,})" for reason, count in found.most_common(3))


def _tell_about_exceptions(excepted: Exceptions, compiled: Compiled) -> None:
    """Say what is wrong with exceptions and value lists: they were given with the call."""
    tell(
        [
            *excepted.diagnostics,
            *excepted.lists.diagnostics,
            *(found for found in compiled.diagnostics if found.code in EXCEPTIONS),
        ]
    )


def tell_about(rules: RuleSet) -> None:
    """Say what is wrong with the call; if that leaves no rule, also why none is left."""
    told = [found for found in rules.diagnostics if found.code in _ABOUT_THE_CALL]
    if not len(rules):
        told += [
            found
            for found in rules.diagnostics
            if (found.severity is Severity.ERROR or found.code == _LEFT_OUT) and found not in told
        ]
    tell(told)


def tell(diagnostics: Iterable[Diagnostic], most: int = 20) -> None:
    """Print diagnostics for a person, at most so many."""
    found = list(diagnostics)
    coloured = sys.stderr.isatty() and colours() is not None
    for entry in found[:most]:
        click.echo(render(entry, color=coloured), err=True, color=coloured)
    if len(found) > most:
        click.echo(f"… and {len(found) - most} more; `tocsin check` shows all", err=True)
