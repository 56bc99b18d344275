"""Names of Kubernetes: what may stand in a manifest or a command, and what may not."""

from __future__ import annotations

import re

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_KEY_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", re.ASCII)
_LONGEST = 253


def is_label(text: str) -> bool:
    """Whether it may be the name of a namespace, a container or a service."""
    return _LABEL.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether it may be the name of a pod, a node, an account: labels with dots between them."""
    return 0 < len(text) <= _LONGEST and all(map(is_label, text.split(".")))


def is_label_key(text: str) -> bool:
    """Whether it may be the key of a label, such as ``app.kubernetes.io/name``."""
    prefix, slash, name = text.rpartition("/")
    return (not slash or is_name(prefix)) and _KEY_PART.fullmatch(name) is not None


def is_label_value(text: str) -> bool:
    """Whether it may be the value of a label; that may be empty."""
    return not text or _KEY_PART.fullmatch(text) is not None
