"""One measure: what it does, what it breaks, and the text to apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Action:
    """A measure. ``texts`` are pairs of a heading and a text to copy; ``remarks`` what to mind."""

    name: str
    title: str
    does: str
    texts: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()


def actions_json(actions: tuple[Action, ...]) -> list[dict[str, Any]]:
    """Measures as JSON."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "does": one.does,
            "texts": [{"heading": heading, "text": text} for heading, text in one.texts],
            "remarks": list(one.remarks),
        }
        for one in actions
    ]
