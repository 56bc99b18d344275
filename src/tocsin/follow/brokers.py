"""Brokers by their URLs.

    nats://HOST:4222/STREAM?subject=events.>&durable=tocsin&credentials=FILE
    kafka://HOST:9092,HOST:9092/TOPIC,TOPIC?group=tocsin&sasl.password_env=NAME

`tls://` in the place of `nats://` demands TLS. A secret is named by a variable of the environment
(`token_env`, `password_env`, `sasl.password_env`) or a file (`…_file`). What stands behind the
question mark of a Kafka URL and is not `group` goes to librdkafka as it is.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tocsin.diagnostics.extras import installing
from tocsin.follow.jetstream import JetStream, Stream
from tocsin.follow.kafka import Kafka, Topics
from tocsin.follow.taken import Follower, Writer

if TYPE_CHECKING:
    from tocsin.inputs.report import RejectHook

_SCHEMES = ("nats", "tls", "kafka")
_NATS = frozenset({"subject", "durable", "credentials", "ca", "user", "password", "token"})
_OURS = ("enable.auto.commit", "bootstrap.servers", "group.id", "error_cb")


class BrokerError(ValueError):
    """A URL of a broker is wrong, or what it needs is missing; the message holds no secret."""


def is_broker(argument: str) -> bool:
    """Whether an argument names a broker, not files."""
    return argument.partition("://")[0] in _SCHEMES and "://" in argument


def open_broker(
    url: str, journal: Writer, reject: RejectHook, environment: Mapping[str, str] = os.environ
) -> Follower:
    """A follower of what the URL names; it connects when it is asked first.

    Raises
    ------
    BrokerError
        The URL cannot be used.
    """
    shown = _shown(url)
    try:
        parts = urlsplit(url)
        user, password = parts.username, parts.password
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise BrokerError(f"{shown}: is no URL: {error}") from None
    if user or password:
        raise BrokerError(f"{shown}: holds a name or password; name a variable for it instead")
    servers, path = parts.netloc, unquote(parts.path.strip("/"))
    if not servers or not path:
        raise BrokerError(f"{shown}: is nats://HOST:4222/STREAM or kafka://HOST:9092/TOPIC")
    options = _with_secrets(shown, options, environment)
    package = "confluent_kafka" if parts.scheme == "kafka" else "nats"
    try:
        __import__(package)
    except ImportError:
        extra = "kafka" if parts.scheme == "kafka" else "nats"
        raise BrokerError(f"{shown}: needs {installing(extra)}") from None
    if parts.scheme == "kafka":
        return Kafka(_topics(shown, servers, path, options), journal, reject)
    return JetStream(_stream(shown, parts.scheme, servers, path, options), journal, reject)


def _stream(shown: str, scheme: str, servers: str, stream: str, options: dict[str, str]) -> Stream:
    unknown = sorted(options.keys() - _NATS)
    if unknown:
        raise BrokerError(f"{shown}: {unknown[0]} is none of {', '.join(sorted(_NATS))}")
    client: dict[str, Any] = {
        name: options[name] for name in ("user", "password", "token") if name in options
    }
    if "credentials" in options:
        client["user_credentials"] = options["credentials"]
    if scheme == "tls" or "ca" in options:
        try:
            client["tls"] = ssl.create_default_context(cafile=options.get("ca"))
        except OSError as error:
            raise BrokerError(f"{shown}: ca: {error.strerror or error}") from None
    return Stream(
        tuple(f"{scheme}://{server}" for server in servers.split(",")),
        stream,
        options.get("subject", ">"),
        options.get("durable", "tocsin"),
        options=client,
    )


def _topics(shown: str, servers: str, path: str, options: dict[str, str]) -> Topics:
    for name in _OURS:
        if name in options:
            raise BrokerError(f"{shown}: {name} is not for you to set")
    group = options.pop("group", "tocsin")
    return Topics(servers, tuple(path.split(",")), group, options)


def _with_secrets(
    shown: str, options: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, str]:
    """Options with secrets in the place of where they are."""
    found: dict[str, str] = {}
    for name, value in options.items():
        stem, _, kind = name.rpartition("_")
        if kind == "env" and stem:
            if not environment.get(value):
                raise BrokerError(f"{shown}: the variable {value} is not set")
            found[stem] = environment[value]
        elif kind == "file" and stem:
            try:
                found[stem] = Path(value).read_text(encoding="utf-8").strip()
            except (OSError, ValueError):
                raise BrokerError(f"{shown}: {value} cannot be read") from None
        elif name.endswith(("password", "token")):
            raise BrokerError(f"{shown}: {name} is a secret: say {name}_env or {name}_file")
        else:
            found[name] = value
    return found


def _shown(url: str) -> str:
    """A URL without what may be secret in it."""
    head = url.partition("?")[0]
    scheme, _, rest = head.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"[:200]
