"""The dates of ``[metadata]``."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.lint.subject import Subject

_FORM = "%Y/%m/%d"


def check(subject: Subject) -> None:
    """Tell of dates that are none, and of a change before the beginning (``LINT132``)."""
    found = {}
    for key in ("creation_date", "updated_date", "deprecation_date"):
        value = subject.rule.metadata.get(key)
        if not isinstance(value, str):
            continue
        try:
            found[key] = datetime.strptime(value, _FORM).replace(tzinfo=UTC)
        except ValueError:
            subject.tell(
                "LINT132",
                ("metadata", key),
                f"`{key}` is no date",
                label=f"found {value!r}",
                hint='write it as "2026/08/21"',
            )
    created, updated = found.get("creation_date"), found.get("updated_date")
    if created and updated and updated < created:
        subject.tell(
            "LINT132",
            ("metadata", "updated_date"),
            "the rule was changed before it was written",
            label=f"`creation_date` is {created:{_FORM}}",
            hint="put the day of the last change here",
        )
