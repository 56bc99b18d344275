"""Makes the sinks of a configuration."""

from __future__ import annotations

import base64
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tocsin.diagnostics.extras import installing
from tocsin.sinks.config import Settings, SinkConfigError
from tocsin.sinks.elasticsearch import Elasticsearch
from tocsin.sinks.file import FileSink, StreamSink
from tocsin.sinks.http import Poster, Tls
from tocsin.sinks.pump import Pump
from tocsin.sinks.secret import Secret
from tocsin.sinks.sink import Outbox, Sink
from tocsin.sinks.syslog import Syslog, Way
from tocsin.sinks.webhook import Webhook

PORTS = {Way.UDP: 514, Way.TCP: 601, Way.TLS: 6514}


def open_pumps(
    settings: Sequence[Settings],
    outbox: Outbox,
    folder: Path,
    chance: Callable[[], float] = lambda: 1.0,
) -> list[Pump]:
    """The sinks, each with its cursor; nothing is sent yet.

    Parameters
    ----------
    folder
        Where dead letters are kept.

    Raises
    ------
    SinkConfigError
        A certificate cannot be read, or a package is missing.
    """
    problems: list[str] = []
    made: list[tuple[Settings, Sink]] = []
    for each in settings:
        try:
            made.append((each, open_sink(each)))
        except OSError as error:
            problems.append(f"{each.name}: {error.filename or ''} {error.strerror or error}")
        except ImportError:
            problems.append(f"{each.name}: needs urllib3: {installing('web')}")
    if problems:
        for _, sink in made:
            sink.close()
        raise SinkConfigError(problems)
    return [
        Pump(
            each.name,
            sink,
            outbox,
            folder,
            wants=each.wants,
            patience=each.patience,
            from_now=each.from_now,
            chance=chance,
        )
        for each, sink in made
    ]


def open_sink(settings: Settings) -> Sink:
    """The sink that settings describe.

    Raises
    ------
    OSError
        A certificate cannot be read.
    ImportError
        urllib3 is not installed.
    """
    options = settings.options
    match settings.type:
        case "file":
            most, kept = options.get("max_bytes", 100 << 20), options.get("keep", 9)
            return FileSink(Path(options["path"]), most=most, kept=kept)
        case "webhook":
            secret = options.get("secret")
            return Webhook(
                _poster(options["url"], options),
                secret=secret.value.encode() if isinstance(secret, Secret) else b"",
                headers={name: _plain(value) for name, value in options.get("headers", {}).items()},
                batch=options.get("batch", 1),
            )
        case "syslog":
            return _syslog(options)
        case "elasticsearch":
            space = options.get("space", "default")
            return Elasticsearch(
                _poster(options["url"].rstrip("/") + "/_bulk", options),
                index=options.get("index", f".alerts-security.alerts-{space}"),
                headers=_who(options),
            )
        case _:
            return StreamSink(sys.stdout.buffer)


def _poster(url: str, options: Any) -> Poster:  # noqa: ANN401 - as a table has it
    timeout = float(options.get("timeout", 10.0))
    return Poster(url, timeout=timeout, tls=_tls(options), proxy=options.get("proxy", ""))


def _tls(options: Any) -> Tls:  # noqa: ANN401 - as a table has it
    return Tls(options.get("ca", ""), options.get("certificate", ""), options.get("key", ""))


def _syslog(options: Any) -> Syslog:  # noqa: ANN401 - as a table has it
    parts = urlsplit(options.get("url", ""))
    way = Way(parts.scheme) if parts.scheme else Way.UNIX
    return Syslog(
        way,
        parts.hostname or options["path"],
        parts.port or PORTS.get(way, 0),
        node=socket.gethostname(),
        facility=options.get("facility", "local0"),
        tls=_tls(options),
        timeout=float(options.get("timeout", 10.0)),
        longest=options.get("max_bytes", 0),
    )


def _who(options: Any) -> dict[str, str]:  # noqa: ANN401 - as a table has it
    """The header that says who we are."""
    if "api_key" in options:
        return {"Authorization": f"ApiKey {options['api_key'].value}"}
    if "user" in options:
        pair = f"{options['user']}:{options['password'].value}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    return {}


def _plain(value: str | Secret) -> str:
    return value.value if isinstance(value, Secret) else value
