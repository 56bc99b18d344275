"""How to get a part of Tocsin that the core does without."""

from __future__ import annotations


def installing(extra: str) -> str:
    """What to type for an extra; the environment that a clone makes for itself gets them all."""
    return f"pip install 'tocsin[{extra}]' (in a clone: make setup)"
