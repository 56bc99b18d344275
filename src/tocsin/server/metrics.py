"""Figures for Prometheus, in its text format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "tocsin_"


class Figure(NamedTuple):
    """A number with its labels. ``kind``: ``counter`` (its name ends in _total) or ``gauge``."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = {}
    kind: str = "counter"


def exposition(figures: Iterable[Figure]) -> str:
    """Figures as text; those of one name together, in the order in which names come first."""
    families: dict[str, list[Figure]] = {}
    for figure in figures:
        families.setdefault(figure.name, []).append(figure)
    lines = []
    for name, family in families.items():
        lines.append(f"# HELP {PREFIX}{name} {_escaped(family[0].help)}")
        lines.append(f"# TYPE {PREFIX}{name} {family[0].kind}")
        lines += [f"{PREFIX}{name}{_labels(one.labels)} {_number(one.value)}" for one in family]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escaped(value, quote=True)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quote else text


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
