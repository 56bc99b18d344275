"""An alert's document taken apart: its own members, its rule's, and those of the run.

Documents that the engine writes end with what tells of their rule, the same in all of its alerts
and most of each, and with what tells of the run. So that is looked through once for each rule. The
parts are objects of JSON by themselves, so together they hold what the document holds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

RULE = "kibana.alert.rule."
"""How the names of the rule's members begin."""

RUN = "kibana.alert.rule.execution."
"""How the names of members begin that tell when and by which run the alert was found."""

_BEGIN = b',"kibana.alert.rule.uuid":'
_BEGIN_RUN = b',"kibana.alert.rule.execution.uuid":'
_RUN_ENDS = re.compile(
    rb'"[^"\\]*","kibana\.alert\.rule\.execution\.timestamp":"[^"\\]*"'
    rb',"tocsin\.detected_at":"[^"\\]*"\}'
).fullmatch
_COMMA = 0x2C
_LARGEST = 64 << 10
_KEPT = 512


class RulePart(NamedTuple):
    """The rule's members as they are written and parsed.

    ``name``: a hash of how they are written; ``digest``: one of what they say.
    """

    text: bytes
    name: bytes
    members: dict[str, Any]
    digest: bytes


class Apart(NamedTuple):
    """``own``: the alert's own members, an object of JSON, also parsed; ``rule``: its rule's.

    ``begin``, ``run``: where in the document the comma before the rule's members stands, and that
    before the run's.
    """

    own: bytes
    members: dict[str, Any]
    rule: RulePart
    begin: int
    run: int


def without_rule(document: bytes, begin: int, run: int) -> bytes:
    """The document without its rule's part (`Apart`)."""
    return document[:begin] + document[run:]


def with_rule(rest: bytes, text: bytes) -> bytes:
    """The document again, of what `without_rule` gave and the rule's part."""
    at = rest.rfind(_BEGIN_RUN)
    return b"".join((rest[:at], b",", text, rest[at:]))


def taken_apart(document: bytes, rule_id: str) -> Apart | None:
    """The parts of a document; None if it is not as the engine writes most of them.

    ``rule_id``: documents of the same one mostly have the same rule's part.
    """
    run = document.rfind(_BEGIN_RUN)
    if run < 0 or not _RUN_ENDS(document, run + len(_BEGIN_RUN)):
        return None
    rule = _known.get(rule_id)
    if rule is None or not _has(document, rule.text, run):
        begin = document.rfind(_BEGIN, 0, run)
        rule = _rule_part(document[begin + 1 : run]) if 0 < begin > run - _LARGEST else None
        if rule is None:
            return None
        if len(_known) >= _KEPT:
            _known.clear()
        _known[rule_id] = rule
    begin = run - len(rule.text) - 1
    own = document[:begin] + b"}"
    try:
        members = orjson.loads(own)
    except ValueError:
        return None
    if not isinstance(members, dict) or (RULE in "".join(members) and _of_rule(members)):
        return None
    return Apart(own, members, rule, begin, run)


def _has(document: bytes, text: bytes, end: int) -> bool:
    """Whether a rule's part stands before a place, and a comma before it."""
    begin = end - len(text)
    return begin > 1 and document.startswith(text, begin) and document[begin - 1] == _COMMA


def _of_rule(members: dict[str, Any]) -> bool:
    return any(name.startswith(RULE) for name in members)


_known: dict[str, RulePart] = {}
"""By rule id the part that was met last; texts begin as `_BEGIN`, and have it nowhere else."""


@lru_cache(_KEPT)
def _rule_part(text: bytes) -> RulePart | None:
    try:
        members = orjson.loads(b"{%s}" % text)
    except ValueError:
        return None
    if not all(name.startswith(RULE) and not name.startswith(RUN) for name in members):
        return None
    return RulePart(text, _hash(text), members, hashed(members))


def hashed(rule: dict[str, Any]) -> bytes:
    """A hash of a rule's members, however they are written."""
    return _hash(orjson.dumps(rule, option=orjson.OPT_SORT_KEYS))


def _hash(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()
