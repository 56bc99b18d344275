"""Events as text in all spellings that JSON allows, and alerts of them by both ways."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

from tocsin.alerts import reader
from tocsin.alerts.document import Documents
from tocsin.alerts.finding import Finding, SourceEvent
from tocsin.alerts.identity import named
from tocsin.plan.plan import EventPlan, StagePlan
from tocsin.plan.predicate import And, Exists, FieldRef, Or, Text
from tocsin.rules.rule import Rule
from tocsin.schema.kinds import Kind

RULES = [
    Rule("plain", 'A "rule" of C:\\', "eql", severity="high", risk_score=73),
    Rule(
        "mapped",
        "Mapped",
        "eql",
        severity="low",
        risk_score=21,
        building_block=True,
        rule_name_override="message",
        severity_mapping=(
            {"field": "event.severity", "operator": "equals", "value": "3", "severity": "critical"},
        ),
        risk_score_mapping=({"field": "event.risk", "operator": "equals", "value": ""},),
    ),
]


def field(name: str) -> FieldRef:
    return FieldRef(name, Kind.UNKNOWN)


CONDITION = Or(
    (
        And((Text(field("process.name"), ("curl",)), Exists(field("process.args")))),
        Exists(field("event.kind")),
        Exists(field("a.b")),
    )
)
PLANS = [EventPlan(StagePlan(CONDITION)), EventPlan(StagePlan(Exists(field("message"))))]


def writer() -> Documents:
    return Documents(RULES, PLANS, detected_at=0, execution="run")


def findings(events: Sequence[bytes], time: int | None = None) -> list[Finding]:
    """A finding of each rule in each event, each event at a time of its own."""
    return [
        Finding(rule, "", at, (SourceEvent("", "i" * (at % 2), at, 0, event, 0, number),))
        for number, event in enumerate(events)
        for at in [number if time is None else time]
        for rule in range(len(RULES))
    ]


def both(events: Sequence[bytes], time: int | None = None) -> list[tuple[Finding, bytes, bytes]]:
    """Each named finding with its line by the kernel, where it has one, and by Python."""
    documents = writer()
    documents._reader.texts.used = True  # as if it had been used: few findings will do
    given = findings(events, time)
    quick = list(documents.named(given))
    plain = list(named(given, lambda number: RULES[number].id))
    assert [found._replace(excerpt=None) for found in quick] == plain
    return [(found, documents.line(found), documents.plain_line(found)) for found in quick]


def strict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `json.loads`: an object, none of whose keys comes twice."""
    made = dict(pairs)
    assert len(made) == len(pairs), pairs
    return made


def agree(events: Sequence[bytes]) -> int:
    """Hold both ways against each other; gives how many documents the kernel had a part in."""
    quickly = 0
    for found, quick, plain in both(events):
        quickly += found.excerpt is not None
        assert b"\n" not in quick
        assert json.loads(quick, object_pairs_hook=strict) == json.loads(plain), found
    return quickly


def spelled(tree: Any, chance: random.Random) -> str:
    """JSON with white space, escapes, numbers in several forms, and objects as dotted keys."""
    gap = chance.choice(["", "", "", " ", "\t", "  "])
    if isinstance(tree, dict):
        pairs = list(_unfolded(tree, chance))
        chance.shuffle(pairs)
        inner = f",{gap}".join(
            f"{gap}{_text(key, chance, 0.02)}{gap}:{gap}{spelled(value, chance)}"
            for key, value in pairs
        )
        return f"{{{inner}{gap}}}"
    if isinstance(tree, list):
        return f"[{gap}" + f"{gap},".join(spelled(value, chance) for value in tree) + f"{gap}]"
    if isinstance(tree, str):
        return _text(tree, chance, 0.1)
    if isinstance(tree, int | float) and not isinstance(tree, bool) and chance.random() < 0.1:
        return f"{tree}e0" if isinstance(tree, int) else f"{tree:e}"
    return json.dumps(tree)


def _unfolded(tree: dict[str, Any], chance: random.Random) -> Any:
    for key, value in tree.items():
        if isinstance(value, dict) and value and chance.random() < 0.3:
            yield from ((f"{key}.{inner}", leaf) for inner, leaf in _unfolded(value, chance))
        else:
            yield key, value


def _text(text: str, chance: random.Random, odd: float) -> str:
    if chance.random() < odd:
        return '"' + "".join(f"\\u{ord(mark):04x}" for mark in text if ord(mark) < 0xD800) + '"'
    return json.dumps(text, ensure_ascii=chance.random() < 0.5)


FEW = reader.FEW
