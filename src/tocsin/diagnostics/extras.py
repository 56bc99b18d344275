"""How to get a part of Tocsin that the core does without."""

from __future__ import annotations


def installing(extra: str) -> str:
    """What to type for an extra; in a clone its own files are meant, not a registry's."""
    return f"pip install 'tocsin[{extra}]' (in a clone: pip install '.[{extra}]')"
