"""``tocsin demo``: the main job on the shipped sample, without arguments."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.resources import as_file, files
from pathlib import Path

import click

from tocsin.cli.chosen import Choice
from tocsin.cli.extra import has_server
from tocsin.cli.opened import run_and_show
from tocsin.cli.scanning import Wanted, run
from tocsin.engine.scan import Options

SAMPLES = ("kubelet-abuse.audit.log", "containers.ndjson", "kubernetes-audit.log")


@click.command("demo")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "ndjson", "json", "csv"]),
    default="table",
    show_default=True,
    help="How alerts are written.",
)
@click.option(
    "--open",
    "opens",
    is_flag=True,
    help="Look at the alerts in the browser, with their events, until Ctrl-C.",
)
def command(form: str, *, opens: bool) -> int:
    """Scan a Linux audit log, container events and a Kubernetes audit log with the shipped rules.

    A tocsin.toml has no say here: the demo is the same everywhere.
    """
    with as_file(files("tocsin") / "demo") as folder:
        paths = tuple(str(folder / name) for name in SAMPLES)
        click.echo(f"$ tocsin scan {' '.join(SAMPLES)}{' --open' if opens else ''}", err=True)
        if opens:
            return run_and_show(paths, Choice(), Options(), Wanted(form))
        status = run(paths, Choice(), Options(), Wanted(form))
        if status == 0:
            click.echo(_next(str(folder)), err=True)
    return status


def _next(folder: str) -> str:
    name = _called()
    where = os.path.relpath(folder) if Path(folder).is_relative_to(Path.cwd()) else folder
    pages = "" if has_server() else "; needs tocsin[web] (in a clone: make demo-pages)"
    return f"""
Next:
  {name} demo --open             the same alerts as pages, to work with{pages}
  {name} show kubeletctl         the rule behind an alert, with its guide
  {name} scan -r RULES EVENTS    your rules and events; see {name} scan --help
  {name} query 'process where process.name == "curl"' {where}"""


def _called() -> str:
    """How to call the command that runs now."""
    own = Path(sys.argv[0])
    if own.name != "tocsin" or shutil.which("tocsin"):
        return "tocsin"
    return os.path.relpath(own) if own.is_relative_to(Path.cwd()) else str(own)
