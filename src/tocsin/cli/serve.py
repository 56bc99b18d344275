"""``tocsin serve``: the live engine, from now on until it is stopped."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tocsin.cli.chosen import Choice
from tocsin.cli.data import data_folder, with_data
from tocsin.cli.defaults import with_defaults
from tocsin.cli.failure import CannotRun
from tocsin.cli.happening import safe
from tocsin.cli.options import (
    choosing,
    with_exceptions,
    with_history,
    with_indicators,
    with_routing,
    with_text_mode,
)
from tocsin.cli.serve_engine import (
    Asked,
    Choosing,
    engine_options,
    logs,
    prepared,
    rules_for_pages,
    shelf_for_pages,
)
from tocsin.cli.serve_followers import Sources, followers
from tocsin.cli.serve_sinks import sinks
from tocsin.cli.serve_told import told
from tocsin.diagnostics.extras import installing
from tocsin.rules.overlay import Overlay, find_overlay
from tocsin.rules.pack import pack_path
from tocsin.rules.timing import TimingError, interval

if TYPE_CHECKING:
    from tocsin.server.service import Plan

LISTEN = "127.0.0.1:9280"

_LOG = logging.getLogger("tocsin.server")


@click.command("serve", cls=with_defaults("serve"))
@choosing
@with_data
@click.option(
    "--listen",
    default=LISTEN,
    show_default=True,
    metavar="HOST:PORT",
    help="Where to take events and answer. Other machines need API keys (tocsin keys).",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A name by which clients without keys may call this machine (repeatable).",
)
@click.option("--require-keys", is_flag=True, help="Ask for API keys on this machine too.")
@click.option("--tls-cert", metavar="FILE", help="A certificate with its chain: listen with TLS.")
@click.option("--tls-key", metavar="FILE", help="The certificate's key.")
@click.option(
    "--follow",
    multiple=True,
    metavar="PATH",
    help="A file, folder or glob to follow (audit logs, NDJSON), or nats://HOST/STREAM or "
    "kafka://HOST/TOPIC (repeatable).",
)
@click.option(
    "--audit",
    multiple=True,
    metavar="SOCKET|-",
    help="Audit records from auditd's af_unix plug-in, or on standard input (repeatable).",
)
@click.option("--from-end", is_flag=True, help="Follow files from where they end now.")
@click.option(
    "--sink",
    "sinks",
    multiple=True,
    metavar="URL",
    help="Where alerts go beside the store: file:…, https://…, syslog+tls://…, … (repeatable). "
    "[[sinks]] of a tocsin.toml says more.",
)
@click.option(
    "--lateness",
    default="30s",
    show_default=True,
    metavar="TIME",
    help="How much later than others an event may come.",
)
@click.option("--keep-days", type=click.FloatRange(0), metavar="N", help="Keep events so long.")
@click.option(
    "--keep-gb", type=click.FloatRange(0), metavar="N", help="Keep so much of events, as Parquet."
)
@click.option(
    "--keep-closed-days",
    type=click.FloatRange(0),
    metavar="N",
    help="Delete alerts so long after they were closed.",
)
@with_indicators
@with_exceptions
@with_history
@with_routing
@click.option("--no-suppression", is_flag=True, help="Tell alerts that rules would suppress.")
@click.option("--keep-resent", is_flag=True, help="Equal events are events of their own.")
@with_text_mode
@click.option(
    "--log",
    "form",
    type=click.Choice(["auto", "text", "json"]),
    default="auto",
    show_default=True,
    help="How the log is written to standard error; auto: as text on a terminal, else as JSON.",
)
@click.pass_obj
def command(overlay: Overlay, /, **given: Any) -> int:  # noqa: ANN401 - click's options by name
    """Take events, run rules over them as they come, keep the alerts.

    Shippers for Elasticsearch can send here; what is acknowledged is on disk. Ctrl-C or SIGTERM
    stops it and keeps its state, SIGHUP loads the rules again.
    """
    try:
        from tocsin.server.service import Service  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise CannotRun(f"{error.name} is not installed: {installing('web')}") from error
    from tocsin.journal.errors import JournalError, JournalLockedError  # noqa: PLC0415
    from tocsin.server.supervisor import EngineError  # noqa: PLC0415
    from tocsin.store.error import StoreError  # noqa: PLC0415

    text = given["form"] == "text" or (given["form"] == "auto" and sys.stderr.isatty())
    logs(text=text)
    plan = _plan(overlay, text=text, **given)
    with Service(plan) as service:
        _mind_stopping(service.stop)
        try:
            service.open()
        except JournalLockedError as error:
            raise CannotRun(
                f"another engine uses {plan.work.data}: stop it, or name another folder with --data"
            ) from error
        except EngineError as error:
            why, *more = str(error).splitlines()
            for line in more:
                click.echo(safe(line), err=True)
            raise CannotRun(why) from error
        except (JournalError, StoreError) as error:
            raise CannotRun(str(error)) from error
        except OSError as error:
            raise CannotRun(error.strerror or str(error)) from error
        if not service.stopping:
            _mind_reloading(service.reload)
            told(service, plan, text=text)
            service.serve()
        _LOG.info("stopping; the state is kept")
    return 0


def _plan(overlay: Overlay, *, text: bool, **given: Any) -> Plan:  # noqa: ANN401
    from tocsin.journal.keeper import Limits as Retention  # noqa: PLC0415 - an extra
    from tocsin.server.engine_process import Work  # noqa: PLC0415
    from tocsin.server.listen import address  # noqa: PLC0415
    from tocsin.server.own_rules import FOLDER  # noqa: PLC0415
    from tocsin.server.rule_files import Watched  # noqa: PLC0415
    from tocsin.server.service import Plan  # noqa: PLC0415
    from tocsin.server.tls import Tls  # noqa: PLC0415

    for option in ("follow", "audit", "indicators", "history"):
        if "" in given[option]:  # of a variable that is not set, say
            raise CannotRun(f"--{option}: names nothing")
    try:
        where = address(given["listen"])
    except ValueError as error:
        raise CannotRun(f"--listen: {error}") from error
    certificate, key = given["tls_cert"], given["tls_key"]
    if (certificate is None) != (key is None):
        raise CannotRun("--tls-cert and --tls-key belong together")
    data = data_folder(given["data"])
    _make(data)
    _make(data / FOLDER)
    choice = _choosing(overlay, given, str(data / FOLDER))
    asked = Asked(
        routing=given["routing"],
        lateness=_milliseconds(given["lateness"]),
        suppression=not given["no_suppression"],
        drop_resent=not given["keep_resent"],
        indicators=given["indicators"],
        history=given["history"],
    )
    most = given["keep_gb"]
    sources = Sources(given["follow"], given["audit"], given["from_end"])
    return Plan(
        Work(
            data=data,
            journal=data / "journal",
            store=given["store"] or str(data),
            prepare=partial(prepared, choice),
            options=partial(engine_options, asked),
            log=partial(logs, text=text),
        ),
        where,
        tls=None if certificate is None else Tls(Path(certificate), Path(key)),
        keyed=given["require_keys"],
        hosts=frozenset(name.lower().rstrip(".") for name in given["hosts"]),
        retention=Retention(given["keep_days"], None if most is None else int(most * (1 << 30))),
        closed_days=given["keep_closed_days"],
        followers=partial(followers, sources, data),
        pumps=sinks(overlay, choice.config, given["sinks"], data),
        changed=Watched(_rule_paths(choice)).changed,
        rules=partial(rules_for_pages, choice),
        shelf=partial(shelf_for_pages, choice, data / "rules-history"),
        routing=given["routing"],
        text_mode=given["text_mode"],
    )


def _choosing(overlay: Overlay, given: Mapping[str, Any], own: str) -> Choosing:
    """Which rules run; ``own``: the folder of those that were made here."""
    config = given["config"] or find_overlay(Path.cwd())
    choice = Choice(
        given["rules"],
        given["rule"],
        given["include"],
        given["exclude"],
        replace(overlay),
        given["exceptions"],
        given["lists"],
        given["text_mode"],
        (own,),
    )
    return Choosing(choice, None if config is None else str(config), given["indicators"])


def _rule_paths(choice: Choosing) -> Sequence[Path]:
    """The files that rules come from, the overlay among them."""
    paths = [Path(path) for path in choice.choice.paths or choice.choice.overlay.rule_paths]
    paths = paths or [pack_path()]
    paths += map(Path, (*choice.choice.exceptions, *choice.choice.lists, *choice.choice.beside))
    paths += map(Path, choice.indicators)
    if choice.config is not None:
        paths.append(Path(choice.config))
    return paths


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"{folder}: {error.strerror}") from error


def _milliseconds(text: str) -> int:
    try:
        return interval(text)
    except TimingError as error:
        raise CannotRun(f"--lateness: {error}") from error


def _mind_stopping(stop: Callable[[], None]) -> None:
    """SIGINT and SIGTERM stop; a second SIGINT is an interrupt."""

    def ended(number: int, _: object) -> None:
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    signal.signal(signal.SIGINT, ended)
    signal.signal(signal.SIGTERM, ended)


def _mind_reloading(reload: Callable[[], None]) -> None:
    """SIGHUP loads the rules again."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda *_: reload())
