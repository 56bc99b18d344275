"""What a store keeps of an alert's document beside the document: what it is found by, its digest.

Text that a database cannot hold (NUL, lone surrogates) is made plain, and what is too long for an
index is cut; a question is treated alike, so that it finds what was stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from tocsin.alerts.paths import values_at

MOST_TEXT = 512
"""Characters of a label: PostgreSQL's indexes take 2,704 bytes a row."""
_MOST_LABELS = 64
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_WALL_CLOCK = "kibana.alert.rule.execution."
_DETECTED = "tocsin.detected_at"
_FIELDS = (("host", "host.name"), ("user", "user.name"))


class Gist(NamedTuple):
    """``labels``: pairs of kind and value, each once. ``digest``: equal for equal alerts."""

    labels: tuple[tuple[str, str], ...]
    digest: bytes


def gist(document: bytes) -> Gist:
    """Look through a document; one that cannot be read is found by its columns only."""
    parsed = parse(document)
    found = dict.fromkeys((*_named(parsed), *_threats(parsed)))
    return Gist(tuple(found), _digest(parsed) or blake2b(document, digest_size=16).digest())


def parse(document: bytes) -> dict[str, Any]:
    """A document's content, lone surrogates included; empty if it cannot be read."""
    try:
        parsed = orjson.loads(document)
    except ValueError:
        try:
            parsed = json.loads(document.decode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError):
            return {}
    return parsed if isinstance(parsed, dict) else {}


def fit(text: str, most: int = MOST_TEXT) -> str:
    """Text as every database can hold it."""
    if len(text) > most:
        text = text[: most - 1] + "…"
    return _UNFIT.sub("\ufffd", text)


def _digest(parsed: dict[str, Any]) -> bytes:
    """A hash of what the alert says, whenever it was found; empty if that cannot be told."""
    told = {
        name: value
        for name, value in parsed.items()
        if name != _DETECTED and not name.startswith(_WALL_CLOCK)
    }
    if not told:
        return b""
    try:
        content = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):  # nested too deep for it, or a lone surrogate
        return b""
    return blake2b(content, digest_size=16).digest()


def _named(parsed: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for kind, field in _FIELDS:
        for value in values_at(parsed, field)[:_MOST_LABELS]:
            if text := fit(str(value)):
                yield kind, text


def _threats(parsed: dict[str, Any]) -> Iterable[tuple[str, str]]:
    threats = parsed.get("kibana.alert.rule.threat")
    for threat in threats[:_MOST_LABELS] if isinstance(threats, list) else ():
        if not isinstance(threat, dict):
            continue
        yield from _entry("tactic", threat.get("tactic"))
        techniques = threat.get("technique")
        for technique in techniques[:_MOST_LABELS] if isinstance(techniques, list) else ():
            yield from _entry("technique", technique)
            below = technique.get("subtechnique") if isinstance(technique, dict) else None
            for part in below[:_MOST_LABELS] if isinstance(below, list) else ():
                yield from _entry("technique", part)


def _entry(kind: str, entry: object) -> Iterable[tuple[str, str]]:
    """A tactic or technique by its id, which stays when MITRE renames it."""
    if isinstance(entry, dict):
        named = entry.get("id") or entry.get("name")
        if isinstance(named, str) and named:
            yield kind, fit(named)
