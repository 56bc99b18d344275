"""Rules by what they have in common: tactic, technique, severity, type, system, status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tocsin.alerts.overrides import SEVERITIES
from tocsin.rules.rule import Rule, Technique
from tocsin.schema.attack import tactics, techniques
from tocsin.web.library import Library
from tocsin.web.names import is_attack_id, slug

KINDS = {
    "tactics": "Tactic",
    "techniques": "Technique",
    "severities": "Severity",
    "types": "Type",
    "systems": "System",
    "statuses": "Status",
}
"""Folders of the pages, with what the groups in them are called."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rules with something in common; ``page`` has no extension, ``reference`` may be empty."""

    kind: str
    key: str
    title: str
    page: str
    rules: tuple[Rule, ...]
    reference: str = ""


def groups(library: Library) -> Sequence[Group]:
    """All groups by kind, in an order that people expect; rules by severity, then by name.

    Two keys whose pages would have the same name share one page: that of the first.
    """
    members: dict[tuple[str, str], dict[str, Rule]] = {}
    titles: dict[tuple[str, str], Counter[str]] = {}
    for rule in library.rules:
        for kind, key, title in _traits(rule, library):
            members.setdefault((kind, key), {})[rule.id] = rule
            titles.setdefault((kind, key), Counter())[title] += 1
    made: dict[str, Group] = {}
    for kind, key in sorted(members, key=_order):
        page = f"{kind}/{key if is_attack_id(key) else slug(key)}"
        known = tactics().get(key) or techniques().get(key)
        title = known.name if known is not None else titles[kind, key].most_common(1)[0][0]
        rules = tuple(sorted(members[kind, key].values(), key=_severest))
        reference = known.reference if known is not None else ""
        made.setdefault(page, Group(kind, key, title, page, rules, reference))
    return tuple(made.values())


def systems(rule: Rule) -> list[str]:
    """The systems that a rule is tagged with: ``Linux``, ``Windows``."""
    return [tag.removeprefix("OS: ") for tag in rule.tags if tag.startswith("OS: ")]


def mapped(rule: Rule) -> Iterator[tuple[str, Technique]]:
    """Each technique and sub-technique of a rule with the id of the tactic it stands under."""
    for threat in rule.threat:
        for technique in threat.techniques:
            yield threat.tactic_id, technique
            for part in technique.subtechniques:
                yield threat.tactic_id, part


def attack_pages(made: Sequence[Group]) -> Mapping[str, str]:
    """The pages of tactics and techniques by id."""
    return {
        group.key: f"{group.page}.html" for group in made if group.kind in {"tactics", "techniques"}
    }


def _traits(rule: Rule, library: Library) -> Iterator[tuple[str, str, str]]:
    """Kind, key and title of each group that a rule belongs to."""
    for threat in rule.threat:
        if is_attack_id(threat.tactic_id):
            yield "tactics", threat.tactic_id, threat.tactic
    for _, technique in mapped(rule):
        if is_attack_id(technique.id):
            yield "techniques", technique.id, technique.name
    yield "severities", rule.severity, rule.severity
    yield "types", rule.type, rule.type
    for system in systems(rule):
        yield "systems", system, system
    status = library.status(rule).status
    yield "statuses", status, status


def _order(entry: tuple[str, str]) -> tuple[int, int, str]:
    kind, key = entry
    level = -SEVERITIES.index(key) if kind == "severities" and key in SEVERITIES else 0
    return list(KINDS).index(kind), level, key


def _severest(rule: Rule) -> tuple[int, str, str]:
    level = SEVERITIES.index(rule.severity) if rule.severity in SEVERITIES else -1
    return -level, rule.name.casefold(), rule.id
