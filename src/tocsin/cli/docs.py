"""``tocsin docs``: the pages of a rule set as a static site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import Progress

from tocsin.cli.chosen import load_chosen, tell_about
from tocsin.cli.console import console
from tocsin.cli.defaults import with_defaults
from tocsin.cli.extra import needs_pages
from tocsin.cli.failure import CannotRun
from tocsin.cli.folder import Folder
from tocsin.cli.happening import safe
from tocsin.cli.options import with_config
from tocsin.cli.path import PATH
from tocsin.engine.compiled import compile_rules
from tocsin.rules.overlay import Overlay, apply

if TYPE_CHECKING:
    from tocsin.web.library import Library
    from tocsin.web.rule_history import SetChange


@click.command("docs", cls=with_defaults("docs"))
@click.argument("rules", nargs=-1, type=PATH)
@click.option("-o", "--output", required=True, metavar="DIR", type=PATH, help="The folder to fill.")
@click.option(
    "--against",
    metavar="OLD",
    type=PATH,
    help="Earlier rules: pages say what changed since, word by word.",
)
@with_config
@click.pass_obj
def command(
    overlay: Overlay,
    rules: tuple[str, ...],
    output: str,
    against: str | None,
    config: str | None,  # noqa: ARG001 - read by the defaults
) -> int:
    """Write RULES (files, folders, archives) as a site: open DIR/index.html.

    A page for each rule, tactic, technique, severity, type and system, an ATT&CK matrix, and a
    layer for ATT&CK Navigator; each page has the same facts beside it as JSON. Written again, the
    folder holds the new pages; a file of somebody else's in it is never touched.

    Without RULES, those that tocsin.toml names, else the ones that come with Tocsin.
    """
    needs_pages("tocsin docs")
    from tocsin.web.library import Library  # noqa: PLC0415 - an extra
    from tocsin.web.site import site  # noqa: PLC0415

    folder = Folder(output)
    paths = rules or overlay.rule_paths
    ruleset = apply(overlay, load_chosen(paths).rules)
    tell_about(ruleset)
    if not len(ruleset):
        raise CannotRun("there are no rules to write about: `tocsin check` says why")
    library = Library(ruleset, compile_rules(ruleset))
    # where they lie on this machine is nobody's business
    named = ", ".join(Path(path).resolve().name for path in paths)
    title = f"{len(library.rules):,} rules of {named or 'the shipped pack'}"
    shown = console(stderr=True)
    since = None if against is None else _changed(library, against, title, overlay)
    files = site(library, title, since)
    done = folder.fill(_watched(files, len(library.rules)) if shown.is_terminal else files)
    told = f"{done.written:,} files ({done.size / 1e6:,.1f} MB) in {safe(output)}"
    if done.removed:
        told += f"; {done.removed:,} of an earlier time removed"
    if done.changed:
        told += f"; {done.changed:,} had been changed by hand and were written over"
    shown.print(told, highlight=False, markup=False, soft_wrap=True)
    return 0


def _changed(library: Library, against: str, title: str, overlay: Overlay) -> SetChange:
    """What changed since earlier rules."""
    from tocsin.web.rule_history import set_change, told  # noqa: PLC0415 - an extra

    old = apply(overlay, load_chosen((against,)).rules)
    if not len(old):
        tell_about(old)
        raise CannotRun(f"--against {safe(against)}: there are no rules to compare with")
    was = f"{len(old):,} rules of {Path(against).resolve().name}"
    return set_change(map(told, old), map(told, library.rules), (was, title))


def _watched(files: Iterable[tuple[str, bytes]], rules: int) -> Iterator[tuple[str, bytes]]:
    """The files, with a bar for the rules among them."""
    with Progress(console=console(stderr=True), transient=True) as progress:
        task = progress.add_task("rules", total=rules)
        for name, content in files:
            yield name, content
            if name.startswith("rules/") and name.endswith(".html"):
                progress.advance(task)
