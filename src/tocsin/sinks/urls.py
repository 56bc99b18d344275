"""Sinks as URLs of a command line: the tables that they stand for."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tocsin.sinks.checks import SECRETS


def table_of(url: str) -> dict[str, Any] | str:
    """The table that a URL of the command line stands for; a text says what is wrong with it."""
    if url in {"-", "stdout", "stdout:"}:
        return {"type": "stdout"}
    try:
        parts = urlsplit(url)
    except ValueError as error:
        return f"is no URL: {error}"
    more: dict[str, Any] = {key: _value(text) for key, text in parse_qsl(parts.query)}
    scheme = parts.scheme
    bare = parts._replace(query="", fragment="")
    if scheme == "file":
        path = unquote(parts.netloc + parts.path)
        return {"type": "file", "path": path, **more} if path else "names no file"
    if scheme in {"http", "https"}:
        # What stands behind the question mark is the webhook's own.
        return {"type": "webhook", "url": url}
    if scheme in {"elasticsearch+http", "elasticsearch+https"}:
        index = parts.path.strip("/")
        table = {
            "type": "elasticsearch",
            "url": bare._replace(scheme=scheme.partition("+")[2], path="").geturl(),
        }
        return {**table, **({"index": index} if index else {}), **_with_secrets(more)}
    if scheme in {"syslog+udp", "syslog+tcp", "syslog+tls"}:
        return {"type": "syslog", "url": bare._replace(scheme=scheme[7:]).geturl(), **more}
    if scheme == "syslog+unix":
        return {"type": "syslog", "path": unquote(parts.path), **more}
    return (
        "a sink is `-`, file:PATH, https://…, elasticsearch+https://HOST/INDEX, "
        "syslog+udp://HOST, syslog+tcp://HOST, syslog+tls://HOST or syslog+unix:PATH"
    )


def _value(text: str) -> object:
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if text.isdecimal() and len(text) < 16 else text


def _with_secrets(more: dict[str, Any]) -> dict[str, Any]:
    """`api_key_env=NAME` as the table that it stands for."""
    found: dict[str, Any] = {}
    for key, value in more.items():
        name, _, kind = key.rpartition("_")
        if name in SECRETS and kind in {"env", "file"}:
            found[name] = {kind: value}
        else:
            found[key] = value
    return found


def shown_url(url: str) -> str:
    """A URL without what may be secret in it."""
    head, _, _ = url.partition("?")
    return re.sub(r"//[^/@]*@", "//***@", head)[:100]
