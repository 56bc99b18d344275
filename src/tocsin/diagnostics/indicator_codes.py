"""The codes of indicator match rules."""

from __future__ import annotations

from tocsin.diagnostics.code import Code

INDICATOR_CODES: tuple[Code, ...] = (
    Code(
        "IND001",
        "A mapping of indicators that cannot be used",
        "An indicator match rule has `threat_mapping`: groups of which one must hold, each with "
        "`entries` that must all hold, each with the event's `field`, `type` (`mapping`) and the "
        "indicator's field as `value`. With `negate` the two must not be equal; some entry of a "
        "group must be without it.",
    ),
    Code(
        "IND002",
        "A question about indicators that cannot be read",
        "`threat_query` is a query in KQL, `threat_filters` are filters as in `filters`. They say "
        "which documents are the rule's indicators.",
    ),
)
