"""Commands whose options take their defaults from the user's ``tocsin.toml``."""

from __future__ import annotations

from typing import Any

import click

from tocsin.cli.chosen import overlay_of
from tocsin.rules.overlay import Overlay

_NAMES = {"format": "form"}
"""Options whose parameter has another name than the option."""


def with_defaults(name: str, *, warn: bool = True) -> type[click.Command]:
    """A class of command with defaults from ``[name]`` in ``tocsin.toml``.

    The overlay itself is the context's object: ``@click.pass_obj`` hands it to the command.
    ``warn``: what is doubtful in it is told at once; else the command does.
    """

    class Defaulted(click.Command):
        def make_context(
            self,
            info_name: str | None,
            args: list[str],
            parent: click.Context | None = None,
            **extra: Any,  # noqa: ANN401 - click's own
        ) -> click.Context:
            overlay = Overlay()
            if not {"-h", "--help"}.intersection(args) and not extra.get("resilient_parsing"):
                overlay = overlay_of(_config(args), warn=warn)
                own = overlay.defaults.get(name, {})
                extra["default_map"] = {_NAMES.get(key, key): value for key, value in own.items()}
            context = super().make_context(info_name, args, parent, **extra)
            context.obj = overlay
            return context

    return Defaulted


def _config(args: list[str]) -> str | None:
    """The value of ``--config`` before the arguments are parsed."""
    for place, word in enumerate(args):
        if word == "--config" and place + 1 < len(args):
            return args[place + 1]
        if word.startswith("--config="):
            return word.partition("=")[2]
    return None
