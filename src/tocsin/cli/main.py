"""The command line: ``tocsin COMMAND``. Commands are loaded when they are called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click
from click.shell_completion import shell_complete

from tocsin import __version__
from tocsin.cli.failure import INTERRUPTED, CannotRun
from tocsin.cli.happening import safe
from tocsin.cli.streams import prepare, settle

NAME = "tocsin"

_COMMANDS = {
    "scan": "run rules over events and give the alerts",
    "query": "ask events one question",
    "check": "judge rules: do they run, and what is doubtful",
    "test": "run the rules' cases: events that must or must not fire",
    "explain": "why a rule fired, or the first clause that failed",
    "diff": "alerts gained and lost between two rule sets",
    "doctor": "which rules the events can set off, and what the others wait for",
    "docs": "rules as a static site: pages, ATT&CK matrix, Navigator layer",
    "show": "a rule, field, function or error code as a page",
    "serve": "take events as they come, and keep the alerts",
    "alerts": "list, show, triage and export the alerts of the store",
    "runs": "what each rule did in the live engine, and when",
    "sinks": "how far each sink is, and the alerts that it did not take",
    "kubelet-config": "whether a Kubelet's configuration lets strangers in",
    "keys": "API keys of the live engine's server",
    "users": "people who log in to the live engine's pages",
    "demo": "the main job on the shipped sample",
}


class Commands(click.Group):
    """Commands by name, imported only when needed, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"tocsin.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        told = ctx.resilient_parsing or name.startswith("-")
        if name not in _COMMANDS and not told:
            from tocsin.diagnostics.near import did_you_mean, near  # noqa: PLC0415 - rarely needed

            longer = [known for known in _COMMANDS if len(name) > 2 and known.startswith(name)]
            meant = did_you_mean(longer or near(name, _COMMANDS))
            ctx.fail(f"no command is called `{safe(name)}`" + (f"; {meant}" if meant else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=NAME)
def tocsin() -> None:
    """Run Elastic's open detection rules, unchanged, outside Elasticsearch and Kibana.

    Alerts go to stdout, everything said to a person to stderr. Exit status: 0 it ran, 1 an alert
    reached --fail-on (check: a rule has an error; test: a case fails), 2 it could not run, 130
    interrupted.
    """


def main() -> None:
    """Run the command that the process was started for."""
    if instruction := os.environ.get("_TOCSIN_COMPLETE"):
        sys.exit(shell_complete(tocsin, {}, NAME, "_TOCSIN_COMPLETE", instruction))
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command; the exit status. A closed pipe is quiet, an interrupt gives 130."""
    prepare()
    try:
        status = _invoked(list(arguments))
    except (KeyboardInterrupt, click.exceptions.Abort):
        _tell("interrupted")
        status = INTERRUPTED
    except BrokenPipeError:
        status = 0
    except OSError as error:
        _tell(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror))
        status = 2
    trouble = settle()
    if trouble and not status:
        _tell(f"cannot write: {trouble}")
        settle()
        status = 2
    return status


def _invoked(arguments: list[str]) -> int:
    try:
        with tocsin.make_context(NAME, arguments) as context:
            status = tocsin.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except CannotRun as error:
        _tell(str(error))
        return 2
    return status if isinstance(status, int) else 0


def _tell(text: str) -> None:
    click.echo(f"{NAME}: {safe(text)}", err=True)
