"""What a sink may be told in a configuration, and how each value is judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from tocsin.diagnostics.near import did_you_mean, near
from tocsin.sinks.pump import LEVELS
from tocsin.sinks.syslog import FACILITIES

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

Check = Callable[[Any], str]
"""Says what is wrong with a value; nothing if it is right."""


def _text(value: object) -> str:
    return "" if isinstance(value, str) and value else "is a text"


def _flag(value: object) -> str:
    return "" if isinstance(value, bool) else "is true or false"


def _whole(least: int, most: int) -> Check:
    def check(value: object) -> str:
        fine = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return "" if fine else f"is a whole number from {least} to {most}"

    return check


def _seconds(value: object) -> str:
    fine = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 3600
    return "" if fine else "is a number of seconds, up to 3600"


def one_of(*names: str) -> Check:
    """A check for one of a few names."""

    def check(value: object) -> str:
        if value in names:
            return ""
        hint = did_you_mean(near(value, names)) if isinstance(value, str) else ""
        return f"is one of {', '.join(names)}" + (f"; {hint}" if hint else "")

    return check


def _url(*schemes: str) -> Check:
    def check(value: object) -> str:
        if not isinstance(value, str):
            return "is a URL"
        try:
            parts = urlsplit(value)
            parts.port  # noqa: B018 - it is judged when it is asked for
        except ValueError as error:
            return f"is no URL: {error}"
        if parts.scheme not in schemes or not parts.hostname:
            return f"is a URL that begins with {' or '.join(f'{each}://' for each in schemes)}"
        if parts.username or parts.password:
            return "holds a name or password; name a variable or a file for it instead"
        return ""

    return check


def _headers(value: object) -> str:
    if not isinstance(value, dict) or not all(_TOKEN.fullmatch(name) for name in value):
        return 'is a table of headers: { Authorization = { env = "HOOK_TOKEN" } }'
    plain = [text for text in value.values() if isinstance(text, str)]
    return "has a line break in a header" if any("\n" in t or "\r" in t for t in plain) else ""


COMMON: Mapping[str, Check] = {
    "type": _text,
    "name": lambda value: (
        ""
        if isinstance(value, str) and _NAME.fullmatch(value)
        else "is a short name of letters, digits and ._-"
    ),
    "min_severity": one_of(*LEVELS),
    "building_blocks": _flag,
    "triage": _flag,
    "start": one_of("now", "beginning"),
    "tries": _whole(1, 1000),
    "longest_wait": _seconds,
}
_TLS: Mapping[str, Check] = {"ca": _text, "certificate": _text, "key": _text}
_POST: Mapping[str, Check] = {**_TLS, "timeout": _seconds, "proxy": _url("http", "https")}

TYPES: Mapping[str, Mapping[str, Check]] = {
    "file": {"path": _text, "max_bytes": _whole(4096, 1 << 40), "keep": _whole(0, 1000)},
    "stdout": {},
    "webhook": {
        **_POST,
        "url": _url("https", "http"),
        "secret": lambda _: "",
        "headers": _headers,
        "batch": _whole(1, 1000),
    },
    "syslog": {
        **_TLS,
        "url": _url("udp", "tcp", "tls"),
        "path": _text,
        "facility": one_of(*FACILITIES),
        "timeout": _seconds,
        "max_bytes": _whole(480, 1 << 24),
    },
    "elasticsearch": {
        **_POST,
        "url": _url("https", "http"),
        "index": _text,
        "space": _text,
        "api_key": lambda _: "",
        "user": _text,
        "password": lambda _: "",
    },
}
"""What each type of sink may be told, and how it is judged."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "file": ("path",),
    "stdout": (),
    "webhook": ("url",),
    "syslog": ("url", "path"),
    "elasticsearch": ("url",),
}
SECRETS = ("secret", "api_key", "password")
