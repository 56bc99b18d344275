"""Defaults of a command's options from the user's ``tocsin.toml``."""

from __future__ import annotations

from typing import Any

import click

from tocsin.cli.chosen import overlay_of

_NAMES = {"format": "form"}
"""Options whose parameter has another name than the option."""


def with_defaults(name: str) -> type[click.Command]:
    """A class of command whose options take their defaults from ``[name]`` in ``tocsin.toml``."""

    class Defaulted(click.Command):
        def make_context(
            self,
            info_name: str | None,
            args: list[str],
            parent: click.Context | None = None,
            **extra: Any,  # noqa: ANN401 - click's own
        ) -> click.Context:
            if not {"-h", "--help"}.intersection(args):
                own = overlay_of(_config(args)).defaults.get(name, {})
                extra["default_map"] = {_NAMES.get(key, key): value for key, value in own.items()}
            return super().make_context(info_name, args, parent, **extra)

    return Defaulted


def _config(args: list[str]) -> str | None:
    """The value of ``--config`` before the arguments are parsed."""
    for place, word in enumerate(args):
        if word == "--config" and place + 1 < len(args):
            return args[place + 1]
        if word.startswith("--config="):
            return word.partition("=")[2]
    return None
