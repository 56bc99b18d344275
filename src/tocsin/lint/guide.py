"""The investigation guide and what it refers to."""

from __future__ import annotations

import re

from tocsin.lint.subject import Subject

_PLACEHOLDER = re.compile(r"\$(osquery|investigate)_([0-9]{1,4})")
_SERIOUS = ("high", "critical")


def check(subject: Subject) -> None:
    """Tell of placeholders and entries that do not go together, and of a missing guide."""
    rule = subject.rule
    named = {(kind, int(number)) for kind, number in _PLACEHOLDER.findall(rule.note)}
    given = {
        (kind, number)
        for kind in ("osquery", "investigate")
        for number in range(_length(rule.transform.get(kind)))
    }
    for kind, number in sorted(named - given):
        subject.tell(
            "LINT150",
            ("rule", "note"),
            f"the guide names `${kind}_{number}`, which [transform] does not have",
            hint=f"there are {_counted(kind, given)}, counted from 0",
        )
    for kind, number in sorted(given - named):
        subject.tell(
            "LINT151",
            ("transform", kind, number),
            f"the guide never names `${kind}_{number}`",
            hint=f"write `${kind}_{number}` into `note` where it belongs, or take the entry out",
        )
    if rule.severity in _SERIOUS and not rule.building_block and not rule.note.strip():
        subject.tell(
            "LINT152",
            ("rule", "severity"),
            f"a rule of severity {rule.severity} has no guide",
            hint="tell in `note` how to investigate its alerts",
        )


def _length(entries: object) -> int:
    return len(entries) if isinstance(entries, list) else 0


def _counted(kind: str, given: set[tuple[str, int]]) -> str:
    number = sum(one == kind for one, _ in given)
    return f"{number or 'no'} entries of {kind}"
