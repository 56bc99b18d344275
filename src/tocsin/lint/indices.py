"""Index patterns, by which events find their rules."""

from __future__ import annotations

from tocsin.lint.subject import Subject
from tocsin.rules.report import shown

_NEED = frozenset({"eql", "query", "saved_query", "threshold", "new_terms", "threat_match"})


def check(subject: Subject) -> None:
    """Tell of a rule that names no index (``LINT170``) or one that cannot be (``LINT171``)."""
    rule = subject.rule
    if rule.type in _NEED and not rule.index:
        view = rule.raw.get("data_view_id")
        subject.tell(
            "LINT170",
            ("rule", "data_view_id" if view else "index"),
            "the rule's index patterns are in Kibana's data view: it is offered every event"
            if view
            else "the rule names no index pattern: it is offered every event",
            hint='index = ["logs-endpoint.events.process-*"], say',
        )
        return
    wanted = [pattern for pattern in rule.index if not pattern.startswith("-")]
    if rule.index and not wanted:
        subject.tell("LINT171", ("rule", "index"), "all index patterns exclude, and none includes")
    for pattern in rule.index:
        why = _wrong(pattern)
        if why:
            subject.tell(
                "LINT171",
                ("rule", "index"),
                f"no index is called `{shown(pattern)}`: {why}",
            )


def _wrong(pattern: str) -> str:
    """Why no index can fit a pattern; empty if one may."""
    if not pattern.strip("- "):
        return "the pattern is empty"
    if pattern != pattern.lower():
        return "names of indices are in lower case"
    odd = next((sign for sign in ' "\\/?|<>#' if sign in pattern), "")
    if odd and not pattern.startswith("<"):
        return f"`{odd}` cannot stand in one"
    if "," in pattern:
        return "each pattern is a text of its own in the list"
    return ""
