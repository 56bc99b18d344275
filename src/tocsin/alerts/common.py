"""What several events share: all that an alert of a sequence says of its own."""

from __future__ import annotations

from typing import Any


def common(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What two events share: the same key with the same value."""
    shared: dict[str, Any] = {}
    for key, value in one.items():
        if key not in other:
            continue
        if isinstance(value, dict) and isinstance(other[key], dict):
            if inner := common(value, other[key]):
                shared[key] = inner
        elif value == other[key] and type(value) is type(other[key]):
            shared[key] = value
    return shared
