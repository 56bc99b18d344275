"""What changed between two sets of rules: queries word by word, settings, rules come and gone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from tocsin.rules.rule import Rule
from tocsin.rules.support import Status
from tocsin.web.rule_facts import attack_rows, facts

Kind = Literal["added", "removed", "changed"]

LONGEST = 20_000
"""Characters of a text that are kept."""

MOST_PAIRS = 1_000_000
"""Pairs of equal words, between two texts, up to which these are compared one by one.

Of others only beginning and end are told apart.
"""

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_LEFT_OUT = frozenset({"here", "file", "rule id", "version"})


class Told(NamedTuple):
    """What is compared of a rule: its words and settings, as people read them."""

    id: str
    name: str
    version: int
    query: str
    settings: Mapping[str, str]


class Run(NamedTuple):
    """Words that both texts have (``=``), only the older (``-``), or only the newer (``+``)."""

    sign: Literal["=", "-", "+"]
    text: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that changed. ``at``: when the newer set was first seen, in words; may be empty.

    ``query`` is empty if it is the same. ``settings``: name, before, after.
    """

    id: str
    name: str
    kind: Kind
    before: int
    after: int
    query: tuple[Run, ...] = ()
    settings: tuple[tuple[str, str, str], ...] = ()
    at: str = ""


@dataclass(frozen=True, slots=True)
class SetChange:
    """What changed from one set of rules to the next; ``old`` and ``new`` say which they are."""

    old: str
    new: str
    changes: tuple[RuleChange, ...]

    def of(self, kind: Kind) -> list[RuleChange]:
        """Those of a kind."""
        return [change for change in self.changes if change.kind == kind]


def told(rule: Rule) -> Told:
    """What is compared of a rule."""
    settings = {
        name: value for name, value in facts(rule, Status("")) if value and name not in _LEFT_OUT
    }
    more = {
        "description": rule.description,
        "ATT&CK": ", ".join(f"{row.id} {row.name}" for row in attack_rows(rule)),
        "enabled": "" if rule.enabled else "no",
        "false positives": "\n".join(rule.false_positives),
        "references": "\n".join(rule.references),
        "guide": rule.note,
        "set-up": rule.setup,
        "exceptions": ", ".join(rule.exceptions),
    }
    settings |= {name: value for name, value in more.items() if value}
    return Told(
        rule.id,
        rule.name,
        rule.version,
        rule.query[:LONGEST],
        {name: value[:LONGEST] for name, value in settings.items()},
    )


def set_change(
    old: Iterable[Told], new: Iterable[Told], names: tuple[str, str], at: str = ""
) -> SetChange:
    """Compare two sets; ``names`` say which they are. Changes by name."""
    before = {one.id: one for one in reversed([*old])}
    after = {one.id: one for one in reversed([*new])}
    found = []
    for key in before.keys() | after.keys():
        was, now = before.get(key), after.get(key)
        if was is None and now is not None:
            found.append(RuleChange(key, now.name, "added", 0, now.version, at=at))
        elif now is None and was is not None:
            found.append(RuleChange(key, was.name, "removed", was.version, 0, at=at))
        elif was is not None and now is not None and was != now:
            found.append(_changed(was, now, at))
    found.sort(key=lambda change: (change.name.casefold(), change.id))
    return SetChange(*names, tuple(found))


def by_rule(sets: Iterable[SetChange]) -> dict[str, list[RuleChange]]:
    """The changes of each rule, in the order of the sets."""
    found: dict[str, list[RuleChange]] = {}
    for one in sets:
        for change in one.changes:
            found.setdefault(change.id, []).append(change)
    return found


def word_diff(old: str, new: str) -> tuple[Run, ...]:
    """Two texts, word by word, as one."""
    left, right = _WORD.findall(old), _WORD.findall(new)
    head = _common(left, right)
    tail = _common(left[head:][::-1], right[head:][::-1])
    middle = left[head : len(left) - tail], right[head : len(right) - tail]
    runs = [Run("=", "".join(left[:head]))]
    if _pairs(*middle) > MOST_PAIRS:
        runs += [Run("-", "".join(middle[0])), Run("+", "".join(middle[1]))]
    else:
        matcher = SequenceMatcher(None, *middle, autojunk=False)
        for what, a, b, c, d in matcher.get_opcodes():
            if what == "equal":
                runs.append(Run("=", "".join(middle[0][a:b])))
            else:
                runs += [Run("-", "".join(middle[0][a:b])), Run("+", "".join(middle[1][c:d]))]
    runs.append(Run("=", "".join(left[len(left) - tail :])))
    return tuple(run for run in runs if run.text)


def as_json(change: RuleChange) -> dict[str, Any]:
    """A change for programs."""
    return {
        "rule_id": change.id,
        "name": change.name,
        "kind": change.kind,
        "at": change.at,
        "version": {"before": change.before or None, "after": change.after or None},
        "query": [list(run) for run in change.query],
        "settings": [
            {"name": name, "before": before, "after": after}
            for name, before, after in change.settings
        ],
    }


def set_json(change: SetChange) -> dict[str, Any]:
    """What changed in a set, for programs."""
    return {"old": change.old, "new": change.new, "changes": [*map(as_json, change.changes)]}


def _changed(was: Told, now: Told, at: str) -> RuleChange:
    names = [*now.settings, *(name for name in was.settings if name not in now.settings)]
    settings = [("name", was.name, now.name)] if was.name != now.name else []
    settings += [
        (name, was.settings.get(name, ""), now.settings.get(name, ""))
        for name in names
        if was.settings.get(name, "") != now.settings.get(name, "")
    ]
    query = word_diff(was.query, now.query) if was.query != now.query else ()
    return RuleChange(
        now.id, now.name, "changed", was.version, now.version, query, tuple(settings), at
    )


def _pairs(left: Sequence[str], right: Sequence[str]) -> int:
    """How many pairs of equal words there are: what comparing takes."""
    counts = Counter(right)
    return sum(number * counts[word] for word, number in Counter(left).items())


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """How many words both begin with."""
    number = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        number += 1
    return number
