"""Names of pages: made of a rule's id or of words, never a path that someone else chose."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from tocsin.rules.rule import Rule

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{7,63}")
_OTHER = re.compile(r"[^a-z0-9]+")
_ATTACK = re.compile(r"TA[0-9]{4}|T[0-9]{4}(?:\.[0-9]{3})?")


_LONGEST = 48


def page_names(rules: Iterable[Rule]) -> Mapping[str, str]:
    """By rule id the name of its page, without extension; each differs from all others.

    Letter case is no difference, since some file systems see none.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for rule in rules:
        if rule.id in names:
            continue
        name = page_name(rule.id)
        if name in taken:
            name = f"rule-{_digest(rule.id)}"
        names[rule.id] = name
        taken.add(name)
    return names


def page_name(rule_id: str) -> str:
    """The name of a rule's page, unless another rule's id is the same but for letter case."""
    name = rule_id.lower()
    return name if _ID.fullmatch(name) else f"rule-{_digest(rule_id)}"


def slug(text: str) -> str:
    """A word for the name of a page: ``Command and Control`` gives ``command-and-control``."""
    whole = _OTHER.sub("-", text.lower()).strip("-")
    word = whole[:_LONGEST]
    if word and word == whole:
        return word
    return f"{word}-{_digest(text)}" if word else _digest(text)


def is_attack_id(text: str) -> bool:
    """Whether it names a tactic, a technique or a sub-technique of ATT&CK."""
    return _ATTACK.fullmatch(text) is not None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:24]
