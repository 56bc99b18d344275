"""The option that says how KQL and Lucene look at texts, the same for every command."""

from __future__ import annotations

import click

with_text_mode = click.option(
    "--text-mode",
    type=click.Choice(["raw", "compat"]),
    default="raw",
    show_default=True,
    help="KQL and Lucene compare texts as they stand, or as Elasticsearch indexes them.",
)
