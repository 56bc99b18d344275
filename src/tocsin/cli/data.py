"""Where the live engine keeps what it has: one folder, and in it the alert store."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tocsin.cli.failure import CannotRun
from tocsin.cli.path import PATH

if TYPE_CHECKING:
    from tocsin.store.store import Store

_Function = TypeVar("_Function", bound=Callable[..., Any])


def with_data(function: _Function) -> _Function:
    """The options ``data`` and ``store``."""
    options = (
        click.option(
            "--data",
            type=PATH,
            metavar="DIR",
            help="The folder of the live engine. Without it, $TOCSIN_DATA or the user's own.",
        ),
        click.option(
            "--store",
            type=PATH,
            metavar="URL|DIR",
            help="The alert store, if it is not in that folder: another folder, a file of SQLite, "
            "or postgresql://….",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def data_folder(given: str | None) -> Path:
    """What ``--data`` names, ``$TOCSIN_DATA``, or ``tocsin`` in the user's state directory."""
    named = given or os.environ.get("TOCSIN_DATA")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "tocsin"
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state.startswith("/") else Path.home() / ".local/state") / "tocsin"


def actor() -> str:
    """Who calls this command, for the audit trail."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "unknown"


@contextmanager
def opened_store(data: str | None, url: str | None, *, create: bool = False) -> Iterator[Store]:
    """The alert store of the options; CannotRun if it cannot be used."""
    from tocsin.store.error import StoreError  # noqa: PLC0415 - SQLAlchemy takes its time
    from tocsin.store.store import Store  # noqa: PLC0415

    try:
        with Store.open(url or data_folder(data), create=create) as store:
            yield store
    except StoreError as error:
        raise CannotRun(str(error)) from error
