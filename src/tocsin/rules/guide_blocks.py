"""An investigation guide in pieces: Markdown, and the blocks it refers to.

A guide names a block as ``$investigate_0`` or ``$osquery_0`` (an entry of ``[transform]``, as the
rule files have it), or has it written out as ``!{investigate{…}}`` (as Kibana's exports have it).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.rules.rule import Rule

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_@][\w@./-]{0,200})\s*\}\}")
"""The name of a field that a value of the alert stands for."""
_REFERENCE = re.compile(r"\$(investigate|osquery)_(\d{1,4})|!\{(investigate|osquery)(?=\{)")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of an investigate block on one field; `value` may hold ``{{placeholders}}``."""

    field: str
    value: str
    kind: str = "phrase"
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A question that a guide asks of other events (``investigate``) or of a host (``osquery``).

    ``groups`` are alternatives; all conditions of one must hold. ``since`` and ``until`` are date
    math around the present. ``query`` is osquery's SQL.
    """

    kind: str
    label: str
    description: str = ""
    groups: tuple[tuple[Condition, ...], ...] = ()
    since: str = ""
    until: str = ""
    query: str = ""


def pieces(rule: Rule) -> Iterator[str | Block]:
    """The guide in order; what cannot be read as a block stays text."""
    text, at = rule.note, 0
    while found := _REFERENCE.search(text, at):
        yield text[at : found.start()]
        at = found.end()
        if found[1]:
            block = _listed(rule.transform.get(found[1]), int(found[2]))
        else:
            block, at = _inline(text, at)
        yield found[0] if block is None else _block(found[1] or found[3], block)
    yield text[at:]


def _listed(blocks: object, number: int) -> Mapping[str, Any] | None:
    """The block that ``$investigate_0`` stands for."""
    if not isinstance(blocks, list) or number >= len(blocks):
        return None
    block = blocks[number]
    return block if isinstance(block, Mapping) else None


def _inline(text: str, at: int) -> tuple[Mapping[str, Any] | None, int]:
    """The block that is written out, and where it ends."""
    try:
        block, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at
    if not isinstance(block, Mapping) or text[end : end + 1] != "}":
        return None, at
    return block, end + 1


def _block(kind: str, block: Mapping[str, Any]) -> Block:
    groups = block.get("providers")
    return Block(
        kind,
        _text(block, "label"),
        _text(block, "description"),
        tuple(filter(None, map(_group, groups))) if isinstance(groups, list) else (),
        _text(block, "relativeFrom"),
        _text(block, "relativeTo"),
        _text(block, "query").strip(),
    )


def _group(conditions: object) -> tuple[Condition, ...]:
    if not isinstance(conditions, list):
        return ()
    return tuple(
        Condition(
            _text(one, "field"),
            _text(one, "value"),
            _text(one, "queryType") or "phrase",
            one.get("excluded") is True,
        )
        for one in conditions
        if isinstance(one, Mapping) and _text(one, "field")
    )


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    return "" if value is None else str(value)
