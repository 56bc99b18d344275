"""The command line: ``tocsin COMMAND``. Commands are loaded when they are called."""

from __future__ import annotations

import importlib
import os
import signal
import sys

import click

from tocsin import __version__
from tocsin.cli.failure import CannotRun

_COMMANDS = {
    "scan": "run rules over events and give the alerts",
    "query": "ask events one question",
    "check": "judge rules: do they load, compile and run",
    "show": "a rule, field, function or error code as a page",
    "demo": "the main job on the shipped sample",
}


class Commands(click.Group):
    """Commands by name, imported only when needed, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"tocsin.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tocsin")
def tocsin() -> None:
    """Run Elastic's open detection rules, unchanged, outside Elasticsearch and Kibana.

    Alerts go to stdout, everything said to a person to stderr. Exit status: 0 it ran, 1 an alert
    reached --fail-on, 2 it could not run, 130 interrupted.
    """


def main() -> None:
    """Run a command; a closed pipe is quiet, an interrupt ends with status 130."""
    try:
        status = tocsin.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        status = 2
    except click.ClickException as error:
        error.show()
        status = 2
    except CannotRun as error:
        click.echo(f"tocsin: {error}", err=True)
        status = 2
    except (KeyboardInterrupt, click.exceptions.Abort):
        status = 130
    except BrokenPipeError:
        _close_stdout()
        status = 0
    sys.exit(status if isinstance(status, int) else 0)


def _close_stdout() -> None:
    """Let nothing be written to the closed pipe when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
