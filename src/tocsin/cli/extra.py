"""Whether the parts are installed that only some commands need."""

from __future__ import annotations

import importlib.util

from tocsin.cli.failure import CannotRun
from tocsin.diagnostics.extras import installing


def needs_pages(what: str) -> None:
    """Raise `CannotRun` if what pages are made with is not installed; ``what`` wants it."""
    missing = [
        name for name in ("jinja2", "markdown_it", "nh3") if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise CannotRun(f"{what} needs {', '.join(missing)}: {installing('web')}")
