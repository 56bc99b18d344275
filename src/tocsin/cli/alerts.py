"""``tocsin alerts``: look at the alerts of the store, and say what becomes of them."""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "list": ("alert_reading", "shown"),
    "show": ("alert_reading", "page"),
    "count": ("alert_reading", "counted"),
    "export": ("alert_reading", "export"),
    "ack": ("alert_deeds", "acknowledge"),
    "close": ("alert_deeds", "close"),
    "reopen": ("alert_deeds", "reopen"),
    "assign": ("alert_deeds", "assign"),
    "tag": ("alert_deeds", "tag"),
    "note": ("alert_deeds", "note"),
    "history": ("alert_history", "history"),
    "delete": ("alert_keeping", "delete"),
    "backup": ("alert_keeping", "backup"),
}


class _Commands(click.Group):
    """The commands below ``alerts``, in the order in which people meet them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"tocsin.cli.{module}"), name)
        return command


@click.group("alerts", cls=_Commands)
def command() -> None:
    """Look at the alerts of the store, and say what becomes of them.

    The store is filled by `tocsin serve` and `tocsin scan --store`. An alert is named by its id or
    the beginning of it; `-` takes ids, or alerts as NDJSON, from stdin.
    """
