"""The rules that a command works with: loaded, overlaid, selected and compiled."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from tocsin.cli.failure import CannotRun
from tocsin.diagnostics import Diagnostic, Severity
from tocsin.diagnostics.render import render
from tocsin.engine.compiled import Compiled, compile_cached
from tocsin.rules.cache import Cache
from tocsin.rules.load import load_sources
from tocsin.rules.overlay import Overlay, apply, find_overlay, read_overlay
from tocsin.rules.pack import pack_path
from tocsin.rules.ruleset import RuleSet
from tocsin.rules.select import SelectorError
from tocsin.rules.sources import read_sources


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked for on the command line."""

    paths: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    config: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A rule set with the key of its content and the seconds that loading took."""

    rules: RuleSet
    key: str
    seconds: float


def overlay_of(config: str | None) -> Overlay:
    """What ``--config`` names, or the ``tocsin.toml`` found upwards, or an empty overlay."""
    path = Path(config) if config else find_overlay(Path.cwd())
    if path is None:
        return Overlay()
    overlay = read_overlay(path)
    tell(overlay.diagnostics)
    if any(found.severity is Severity.ERROR for found in overlay.diagnostics):
        raise CannotRun(f"{path} cannot be used")
    return overlay


def load_chosen(paths: Sequence[str]) -> Loaded:
    """Load rules from paths, the shipped pack without any; a second start takes cached ones."""
    began = time.perf_counter()
    given = [Path(path) for path in paths] or [pack_path()]
    absent = [str(path) for path in given if not path.exists()]
    if absent:
        raise CannotRun(f"no such rules: {', '.join(absent)}")
    cache = Cache.private()
    sources = read_sources(given)
    known = cache.get(f"rules-{sources.key}")
    if isinstance(known, RuleSet):
        return Loaded(known, sources.key, time.perf_counter() - began)
    rules = load_sources(sources)
    cache.put(f"rules-{sources.key}", rules)
    return Loaded(rules, sources.key, time.perf_counter() - began)


def compiled_choice(choice: Choice) -> tuple[Compiled, Loaded, float]:
    """Load, overlay, select and compile; the seconds are those of compiling."""
    overlay = overlay_of(choice.config)
    loaded = load_chosen(choice.paths or overlay.rule_paths)
    try:
        rules = apply(overlay, loaded.rules).select(choice.rule, choice.include, choice.exclude)
    except SelectorError as error:
        raise CannotRun(str(error)) from error
    wrong = [found for found in rules.diagnostics if found.severity is Severity.ERROR]
    if not len(rules):
        tell(wrong)
        raise CannotRun("no rule is left: see what -r, --rule, --include and --exclude say")
    began = time.perf_counter()
    compiled = compile_cached(list(rules), loaded.key, Cache.private())
    return compiled, loaded, time.perf_counter() - began


def tell(diagnostics: Sequence[Diagnostic], most: int = 20) -> None:
    """Print diagnostics for a person, at most so many."""
    for found in diagnostics[:most]:
        click.echo(render(found, color=False), err=True)
    if len(diagnostics) > most:
        click.echo(f"… and {len(diagnostics) - most} more; `tocsin check` shows all", err=True)
