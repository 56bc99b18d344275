"""Sinks as a configuration has them: tables of ``tocsin.toml``, or URLs of a command line.

    [[sinks]]
    type = "webhook"
    url = "https://soc.example/hook"
    secret = { env = "HOOK_SECRET" }
    min_severity = "medium"

What is wrong is told all at once; nothing is opened before everything is right.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tocsin.diagnostics.near import did_you_mean, near
from tocsin.sinks.checks import COMMON, NEEDS, SECRETS, TYPES, one_of
from tocsin.sinks.pump import Patience, Wants
from tocsin.sinks.secret import Secret, SecretError, secret_of
from tocsin.sinks.urls import shown_url, table_of

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

_PATHS = ("path", "ca", "certificate", "key", "file")
"""Keys whose values are paths."""


class SinkConfigError(ValueError):
    """What is wrong with a configuration of sinks, one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Settings:
    """One sink, as it is wanted; ``options`` has what its type knows, secrets as `Secret`."""

    name: str
    type: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    wants: Wants = field(default_factory=Wants)
    patience: Patience = field(default_factory=Patience)
    from_now: bool = True


def read_sinks(
    tables: object,
    urls: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> tuple[Settings, ...]:
    """The sinks of ``[[sinks]]`` tables and of URLs.

    Parameters
    ----------
    folder
        Where the paths of tables count from; those of URLs count from where we are.

    Raises
    ------
    SinkConfigError
        Something is wrong; all of it is told, without secrets.
    """
    problems: list[str] = []
    given: list[tuple[str, object]] = []
    if isinstance(tables, list):
        base = folder or Path()
        given += [(f"sinks[{n}]", _from(base, table)) for n, table in enumerate(tables, 1)]
    elif tables is not None:
        problems.append("sinks: each sink is a table of its own, [[sinks]]")
    given += [(f"--sink {shown_url(url)}", table_of(url)) for url in urls]
    found = [_read(where, table, problems, environment) for where, table in given]
    settings = [each for each in found if each is not None]
    names = [each.name for each in settings]
    problems += [
        f"sinks: two are called {name}; give each a `name` of its own"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if problems:
        raise SinkConfigError(problems)
    return tuple(settings)


def _from(folder: Path, table: object) -> object:
    """A table with paths that count from where we are."""
    if not isinstance(table, dict):
        return table
    found = dict(table)
    for key, value in table.items():
        if key in _PATHS and isinstance(value, str) and value:
            found[key] = str(folder / value)
        elif isinstance(value, dict):
            found[key] = _from(folder, value)
    return found


def _read(
    where: str, table: object, problems: list[str], environment: Mapping[str, str]
) -> Settings | None:
    if isinstance(table, str):
        problems.append(f"{where}: {table}")
        return None
    if not isinstance(table, dict):
        problems.append(f"{where}: each sink is a table, [[sinks]]")
        return None
    kind = table.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        problems.append(f"{where}.type: {one_of(*TYPES)(kind)}")
        return None
    known = {**COMMON, **TYPES[kind]}
    before = len(problems)
    if isinstance(table.get("url"), dict):
        # Of some services the URL itself is the secret.
        table = {**table, "url": _secret(f"{where}.url", table["url"], problems, environment).value}
    for key, value in table.items():
        if key not in known:
            hint = did_you_mean(near(key, known))
            more = f"; {hint}" if hint else ""
            problems.append(f"{where}.{key}: no sink of type {kind} has this{more}")
        elif wrong := known[key](value):
            problems.append(f"{where}.{key}: {wrong}")
    if NEEDS[kind] and not any(key in table for key in NEEDS[kind]):
        problems.append(f"{where}: a sink of type {kind} needs `{'` or `'.join(NEEDS[kind])}`")
    options = _options(where, kind, table, problems, environment)
    if len(problems) > before:
        return None
    return Settings(
        name=table.get("name") or _name(kind, table),
        type=kind,
        options=options,
        wants=Wants(
            table.get("min_severity", "low"),
            table.get("building_blocks", False),
            table.get("triage", False),
        ),
        patience=Patience(
            tries=table.get("tries", Patience().tries),
            longest=float(table.get("longest_wait", Patience().longest)),
        ),
        from_now=table.get("start", "now") == "now",
    )


def _options(
    where: str,
    kind: str,
    table: Mapping[str, Any],
    problems: list[str],
    environment: Mapping[str, str],
) -> dict[str, Any]:
    """What the type itself knows, with secrets found."""
    options = {key: value for key, value in table.items() if key in TYPES[kind]}

    for key in SECRETS:
        if key in options:
            options[key] = _secret(f"{where}.{key}", options[key], problems, environment)
    headers = options.get("headers")
    if isinstance(headers, dict):
        options["headers"] = {
            name: value
            if isinstance(value, str)
            else _secret(f"{where}.headers.{name}", value, problems, environment)
            for name, value in headers.items()
        }
    problems += [f"{where}{wrong}" for wrong in _together(options)]
    return options


def _secret(
    where: str, told: object, problems: list[str], environment: Mapping[str, str]
) -> Secret:
    try:
        secret = secret_of(told, environment)
    except SecretError as error:
        problems.append(f"{where}: {error}")
        return Secret("")
    if any(letter < " " for letter in secret.value):
        problems.append(f"{where}: the secret holds a control character")
    return secret


def _together(options: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with options that are right one by one."""
    if ("user" in options) != ("password" in options):
        yield ": `user` and `password` belong together"
    if "api_key" in options and "user" in options:
        yield ": either `api_key`, or `user` and `password`"
    if "key" in options and "certificate" not in options:
        yield ": `key` is that of a `certificate`"
    if _is_open(options) and (options.get("headers") or {"api_key", "password"} & set(options)):
        yield ".url: secrets are sent to other machines by https:// only"


def _is_open(options: Mapping[str, Any]) -> bool:
    """Whether a URL leads to another machine, and anybody on the way can read along."""
    url = options.get("url")
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname not in _LOCAL


def _name(kind: str, table: Mapping[str, Any]) -> str:
    """The name of a sink without one: its type and where it goes."""
    # Not the path of a URL, which may be secret: names are shown everywhere.
    where = urlsplit(table["url"]).netloc if "url" in table else table.get("path", "")
    told = f"{kind}-{where.strip('/')}" if where else kind
    return re.sub(r"[^A-Za-z0-9._-]+", "-", told).strip("-.")[:64]
