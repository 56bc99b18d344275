"""The sets of rules that an engine had, one file each: what changed is told by comparing them.

``<ms since 1970>-<digest>.json.zst`` in a folder of their own; the oldest go first.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import orjson
import zstandard

from tocsin.web.rule_history import SetChange, Told, set_change
from tocsin.web.times import moment

MOST = 10
"""Sets that are kept."""

MOST_BYTES = 64 << 20
"""Bytes of all files, compressed; and of one that is read, not compressed, four times as many."""

_NAME = re.compile(r"(\d{1,15})-([0-9a-f]{32})\.json\.zst")
_FIELDS = len(Told._fields)


class _Kept(NamedTuple):
    at: int
    digest: str
    path: Path


def keep(folder: Path, rules: Sequence[Told], now: int) -> None:
    """Keep a set, unless it is the one that was kept last; ``now``: ms since 1970.

    Raises
    ------
    OSError
        There is no room.
    """
    content = orjson.dumps([_plain(one) for one in rules])
    digest = hashlib.sha256(content).hexdigest()[:32]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = _files(folder)
    if known and known[-1].digest == digest:
        return
    at = max(now, known[-1].at + 1) if known else now
    path = folder / f"{at}-{digest}.json.zst"
    part = path.with_suffix(".part")
    with suppress(FileNotFoundError):
        part.unlink()
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(zstandard.ZstdCompressor(level=10).compress(content))
    part.replace(path)
    _trim(folder)


def history(folder: Path) -> list[SetChange]:
    """What changed from each kept set to the next, the latest first; damaged files are left out."""
    found: list[SetChange] = []
    before: tuple[_Kept, list[Told]] | None = None
    for kept in _files(folder):
        rules = _read(kept.path)
        if rules is None:
            continue
        if before is not None:
            names = moment(before[0].at), moment(kept.at)
            found.append(set_change(before[1], rules, names, names[1]))
        before = kept, rules
    return found[::-1]


def _files(folder: Path) -> list[_Kept]:
    """The files, oldest first."""
    named = ((path, _NAME.fullmatch(path.name)) for path in folder.glob("*.json.zst"))
    return sorted(_Kept(int(name[1]), name[2], path) for path, name in named if name)


def _trim(folder: Path) -> None:
    """Remove the oldest, so that neither number nor size is too much; the latest stays."""
    left = MOST_BYTES
    for number, kept in enumerate(reversed(_files(folder))):
        with suppress(OSError):
            left -= kept.path.stat().st_size
            if number and (number >= MOST or left < 0):
                kept.path.unlink()


def _read(path: Path) -> list[Told] | None:
    try:
        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
            content = stream.read(4 * MOST_BYTES + 1)
        if len(content) > 4 * MOST_BYTES:
            return None
        return [_told(row) for row in orjson.loads(content)]
    except (OSError, ValueError, TypeError, zstandard.ZstdError):
        return None


def _plain(one: Told) -> Iterable[object]:
    """A rule as JSON: halves of surrogate pairs, which it cannot hold, are told as escapes."""
    settings = {_sound(name): _sound(value) for name, value in one.settings.items()}
    return [_sound(one.id), _sound(one.name), one.version, _sound(one.query), settings]


def _sound(text: str) -> str:
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def _told(row: object) -> Told:
    if not isinstance(row, list) or len(row) != _FIELDS:
        raise ValueError("no rule")
    name, title, version, query, settings = row
    texts = [name, title, query, *settings.values()]
    if not isinstance(version, int) or not all(isinstance(text, str) for text in texts):
        raise ValueError("no rule")
    return Told(name, title, version, query, dict(settings))
