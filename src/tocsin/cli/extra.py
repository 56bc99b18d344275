"""Whether the parts are installed that only some commands need."""

from __future__ import annotations

import importlib.util

from tocsin.cli.failure import CannotRun
from tocsin.diagnostics.extras import installing

_PAGES = ("jinja2", "markdown_it", "nh3")
_SERVER = (*_PAGES, "starlette", "uvicorn", "httptools")


def needs_pages(what: str) -> None:
    """Raise `CannotRun` if what pages are made with is not installed; ``what`` wants it."""
    _needs(what, _PAGES)


def needs_server(what: str) -> None:
    """The same of what pages are made and served with."""
    _needs(what, _SERVER)


def has_server() -> bool:
    """Whether that is installed."""
    return not _missing(_SERVER)


def _missing(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if importlib.util.find_spec(name) is None]


def _needs(what: str, names: tuple[str, ...]) -> None:
    if missing := _missing(names):
        raise CannotRun(f"{what} needs {', '.join(missing)}: {installing('web')}")
