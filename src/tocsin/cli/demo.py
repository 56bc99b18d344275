"""``tocsin demo``: the main job on the shipped sample, without arguments."""

from __future__ import annotations

from importlib.resources import as_file, files

import click

from tocsin.cli.chosen import Choice
from tocsin.cli.scan import Wanted, run
from tocsin.engine.scan import Options

SAMPLES = ("kubelet-abuse.audit.log", "containers.ndjson")


@click.command("demo")
@click.option(
    "--format", "form", type=click.Choice(["table", "ndjson", "json", "csv"]), default="table"
)
def command(form: str) -> int:
    """Scan a recorded Linux audit log and container events with the shipped rules."""
    with as_file(files("tocsin") / "demo") as folder:
        paths = [str(folder / name) for name in SAMPLES]
        click.echo(f"$ tocsin scan {' '.join(SAMPLES)}", err=True)
        status = run(
            tuple(paths), Choice(), Options(), Wanted(form, None, "low", None, False, None), None
        )
    click.echo(
        "\nNext: tocsin show kubeletctl · tocsin scan -r RULES EVENTS · tocsin --help", err=True
    )
    return status
