"""Text of events and rules, fit for a terminal; `tocsin.alerts.happening` makes it of events."""

from __future__ import annotations


def safe(text: str) -> str:
    """Text of events and rules without characters that would steer a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
