"""Text with colours and layout for people: plain wherever nobody looks, or ``NO_COLOR`` is set."""

from __future__ import annotations

import os
import sys
from typing import Literal, NoReturn

from rich.console import Console

STYLES = {"critical": "bold magenta", "high": "bold red", "medium": "yellow", "low": "cyan"}
"""How a severity looks."""

WIDTH = 100
"""Columns of a page where no terminal says how many there are."""


def colours() -> Literal["auto"] | None:
    """How rich is to find the colours of a terminal; None for no colours at all."""
    return None if os.environ.get("NO_COLOR") else "auto"


class _Console(Console):
    """A console that lets the command decide what a closed pipe means."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def console(*, stderr: bool = False) -> Console:
    """A console on a standard stream. What goes to a file or pipe has no escape sequences."""
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return _Console(
        stderr=stderr,
        highlight=False,
        color_system=colours() if terminal else None,
        force_terminal=terminal,
        width=None if terminal else WIDTH,
    )
