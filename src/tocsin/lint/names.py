"""What only shows when rules are seen together."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.lint.subject import Subject


def check(subjects: Iterable[Subject]) -> None:
    """Tell of a name that an earlier rule has (``LINT160``)."""
    first: dict[str, Subject] = {}
    for subject in subjects:
        other = first.setdefault(subject.rule.name.casefold(), subject)
        if other is not subject:
            subject.tell(
                "LINT160",
                ("rule", "name"),
                f"another rule is called `{subject.rule.name}`",
                label=f"{other.rule.id} in {other.rule.origin.file}",
                hint="give each rule a name of its own: people choose and silence rules by name",
            )
