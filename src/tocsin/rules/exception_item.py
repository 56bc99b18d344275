"""Exception items as values: «except when», in Elastic's words."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from tocsin.diagnostics import NOWHERE, Diagnostic, Severity, Span
from tocsin.rules.rule import Rule
from tocsin.rules.select import Selector, fits

SINGLE = "single"
"""The namespace of a list where nothing else is said; ``agnostic`` lists are of all spaces."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was read: ``span`` points into ``text``, the whole of ``file``."""

    file: str = ""
    text: str = dataclasses.field(default="", repr=False)
    span: Span = NOWHERE

    def told(
        self, code: str, message: str, *, hint: str = "", severity: Severity = Severity.ERROR
    ) -> Diagnostic:
        """A diagnostic about this place."""
        return Diagnostic(
            code, message, severity, span=self.span, hint=hint, file=self.file, text=self.text
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One condition of an item.

    ``type`` is ``match``, ``match_any``, ``wildcard``, ``exists``, ``list`` or ``nested``. Of a
    list, ``values`` holds its id and type. ``entries`` are those of a nested one, with names
    relative to ``field``. ``fold``: ASCII letters match both cases.
    """

    field: str
    type: str
    included: bool = True
    values: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    fold: bool = False
    place: Place = dataclasses.field(default=Place(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """An exception: events for which all entries hold are not for the rules it applies to.

    ``expires``: it counts for events before this time only (milliseconds; None: always).
    ``stage``: only for this stage of a sequence or sample, from 0 (None: for all).
    ``rules`` and ``tags``: rules it names itself, besides those that refer to its list.
    """

    name: str
    entries: tuple[Entry, ...]
    list_id: str = ""
    namespace: str = SINGLE
    os_types: tuple[str, ...] = ()
    expires: int | None = None
    stage: int | None = None
    rules: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    item_id: str = ""
    place: Place = dataclasses.field(default=Place(), compare=False, repr=False)

    def names(self, rule: Rule) -> bool:
        """Whether the item itself names a rule: by id, name, file name or tag."""
        return any(Selector("rule", pattern).takes(rule) for pattern in self.rules) or any(
            fits(pattern, tag) for pattern in self.tags for tag in rule.tags
        )


def referred(rule: Rule) -> list[tuple[str, str]]:
    """List id and namespace of each list of exceptions that a rule refers to."""
    given = rule.raw.get("exceptions_list")
    if not isinstance(given, list | tuple):
        return []
    return [
        (row["list_id"], str(row.get("namespace_type") or SINGLE))
        for row in given
        if isinstance(row, dict) and isinstance(row.get("list_id"), str)
    ]
