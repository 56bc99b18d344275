"""``tocsin demo``: the main job on the shipped sample, without arguments."""

from __future__ import annotations

from importlib.resources import as_file, files

import click

from tocsin.cli.chosen import Choice
from tocsin.cli.scanning import Wanted, run
from tocsin.engine.scan import Options

SAMPLES = ("kubelet-abuse.audit.log", "containers.ndjson")


@click.command("demo")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "ndjson", "json", "csv"]),
    default="table",
    show_default=True,
    help="How alerts are written.",
)
def command(form: str) -> int:
    """Scan a recorded Linux audit log and container events with the shipped rules.

    A tocsin.toml has no say here: the demo is the same everywhere.
    """
    with as_file(files("tocsin") / "demo") as folder:
        paths = tuple(str(folder / name) for name in SAMPLES)
        click.echo(f"$ tocsin scan {' '.join(SAMPLES)}", err=True)
        status = run(paths, Choice(), Options(), Wanted(form))
        if status == 0:
            click.echo(_next(str(folder)), err=True)
    return status


def _next(folder: str) -> str:
    return f"""
Next:
  tocsin show kubeletctl                  the rule behind an alert, with its guide
  tocsin scan -r RULES EVENTS             your rules and events; tocsin scan --help
  tocsin query 'process where process.name == "curl"' {folder}"""
