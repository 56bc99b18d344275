"""Ids of alerts as people give them: whole, by their beginning, or as lines on stdin."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import orjson

from tocsin.cli.failure import CannotRun
from tocsin.cli.happening import safe
from tocsin.store.store import Store

_LEAST = 4
_SHOWN = 5


def resolved(store: Store, given: Iterable[str]) -> list[str]:
    """The ids that are meant, each once; CannotRun if one means no alert, or several.

    ``-`` stands for the lines of stdin: ids, or alerts as NDJSON.
    """
    names = [name for text in given for name in (_lines() if text == "-" else (text,))]
    known = store.known(names)
    found = (name if name in known else _begun(store, name) for name in names)
    return list(dict.fromkeys(found))


def _begun(store: Store, name: str) -> str:
    there = store.begun(name, _SHOWN)
    if len(there) == 1 and len(name) >= _LEAST:
        return there[0]
    if not there:
        raise CannotRun(f"no alert's id begins with {safe(name[:80])!r}")
    if len(there) == 1:
        raise CannotRun(f"{safe(name)}: give at least {_LEAST} characters of an id")
    meant = ", ".join(there) + (", …" if len(there) == _SHOWN else "")
    raise CannotRun(f"{safe(name)}: several ids begin so: {meant}")


def _lines() -> Iterator[str]:
    for number, line in enumerate(sys.stdin.buffer, 1):
        text = line.strip()
        if text.startswith(b"{"):
            yield from _named(text, number)
        elif text:
            yield text.decode("utf-8", "replace")


def _named(line: bytes, number: int) -> Iterator[str]:
    """The id of an alert in a line of NDJSON; actions of bulk requests are passed over."""
    try:
        parsed = orjson.loads(line)
    except ValueError as error:
        raise CannotRun(f"stdin:{number}: neither an id nor an alert as JSON: {error}") from error
    found = parsed.get("kibana.alert.uuid") or parsed.get("_id")
    if isinstance(found, str):
        # building blocks go where their sequence goes
        yield str(parsed.get("kibana.alert.group.id") or found)
    elif not parsed.keys() & {"index", "create"}:
        raise CannotRun(f"stdin:{number}: an alert without kibana.alert.uuid")
