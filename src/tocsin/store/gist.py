"""What a store keeps of an alert beside its document: labels, words and a digest."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from tocsin.alerts.paths import values_at
from tocsin.store.alert import StoredAlert
from tocsin.store.apart import RULE, RUN, RulePart, hashed, taken_apart
from tocsin.store.label import Kind
from tocsin.store.text import fit
from tocsin.store.words import words_in

_MOST_LABELS = 64
_DETECTED = "tocsin.detected_at"
_FIELDS = ((Kind.HOST, "host.name"), (Kind.USER, "user.name"))


class Gist(NamedTuple):
    """``labels``: pairs of kind and value, each once. ``digest``: equal for equal alerts.

    ``words``: with spaces between them.

    ``rule``: the rule's part of the document, which stands there between two places.
    """

    labels: tuple[tuple[Kind, str], ...]
    digest: bytes
    words: str
    rule: tuple[RulePart, int, int] | None = None


def gist(alert: StoredAlert) -> Gist:
    """Look through an alert; one whose document cannot be read is found by its rule only."""
    apart = taken_apart(alert.document, alert.rule_id)
    return _plain(alert) if apart is None else _gist(alert, *apart)


def _gist(
    alert: StoredAlert, own: bytes, members: dict[str, Any], rule: RulePart, begin: int, run: int
) -> Gist:
    """That of an alert whose rule's part was looked through before."""
    found = dict.fromkeys((*_rule(alert), *_named(members), *_threats(rule.members)))
    members.pop(_DETECTED, None)
    digest = _digest(alert, members, rule.digest)
    words = words_in(alert.rule_name, members, own)
    return Gist(tuple(found), digest, words, (rule, begin, run))


def _plain(alert: StoredAlert) -> Gist:
    """The same, of any alert."""
    parsed = parse(alert.document)
    found = dict.fromkeys((*_rule(alert), *_named(parsed), *_threats(parsed)))
    words = words_in(alert.rule_name, parsed, alert.document)
    _forget_when(parsed)
    rule = b""
    try:
        if parsed:
            rule = hashed({name: parsed.pop(name) for name in [*parsed] if name.startswith(RULE)})
    except (TypeError, ValueError):
        parsed = {}
    return Gist(tuple(found), _digest(alert, parsed, rule), words)


def former_digest(alert: StoredAlert) -> bytes:
    """The digest as it was before rules' parts were hashed apart; stores have some of them."""
    parsed = parse(alert.document)
    _forget_when(parsed)
    return _digest(alert, parsed, b"")


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


def _forget_when(parsed: dict[str, Any]) -> None:
    """Take out what says when the alert was found."""
    parsed.pop(_DETECTED, None)
    for name in [name for name in parsed if name.startswith(RUN)]:
        del parsed[name]


def _digest(alert: StoredAlert, parsed: dict[str, Any], rule: bytes) -> bytes:
    """A hash of what the alert says, whenever it was found; ``rule``: that of its rule's part."""
    try:
        told = parsed or rule
        content = orjson.dumps(parsed, option=orjson.OPT_SORT_KEYS) if told else alert.document
    except (TypeError, ValueError):  # nested too deep for it, or a lone surrogate
        content = alert.document
    columns = repr(alert[:-1]).encode("utf-8", "backslashreplace")
    return blake2b(columns + content + rule, digest_size=16).digest()


def _rule(alert: StoredAlert) -> Iterable[tuple[Kind, str]]:
    yield from ((Kind.RULE, fit(text)) for text in (alert.rule_id, alert.rule_name) if text)


def _named(parsed: dict[str, Any]) -> Iterable[tuple[Kind, str]]:
    for kind, field in _FIELDS:
        for value in values_at(parsed, field)[:_MOST_LABELS]:
            if text := fit(str(value)):
                yield kind, text


def _threats(parsed: dict[str, Any]) -> Iterable[tuple[Kind, str]]:
    found = parsed.get("kibana.alert.rule.threat")
    if not found:
        return ()
    try:
        return _threats_of(orjson.dumps(found))
    except (TypeError, ValueError):
        return tuple(_entries(found))


@lru_cache(4_096)
def _threats_of(text: bytes) -> tuple[tuple[Kind, str], ...]:
    """Those of a rule, which all of its alerts have."""
    return tuple(_entries(orjson.loads(text)))


def _entries(found: object) -> Iterable[tuple[Kind, str]]:
    for threat in _objects(found):
        yield from _entry(Kind.TACTIC, threat.get("tactic"))
        for technique in _objects(threat.get("technique")):
            yield from _entry(Kind.TECHNIQUE, technique)
            for part in _objects(technique.get("subtechnique")):
                yield from _entry(Kind.TECHNIQUE, part)


def _objects(found: object) -> list[dict[str, Any]]:
    some = found[:_MOST_LABELS] if isinstance(found, list) else []
    return [each for each in some if isinstance(each, dict)]


def _entry(kind: Kind, entry: object) -> Iterable[tuple[Kind, str]]:
    """A tactic or technique by its id, which stays when MITRE renames it."""
    if isinstance(entry, dict):
        named = entry.get("id") or entry.get("name")
        if isinstance(named, str) and named:
            yield kind, fit(named)
