"""Prose of a rule for the terminal: guides, descriptions, set-up. It is untrusted text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tocsin.cli.happening import safe
from tocsin.rules.rule import Rule

_REFERENCE = re.compile(r"\$(investigate|osquery)_(\d{1,4})|!\{(investigate|osquery)(?=\{)")
_BLANK = re.compile(r"\n\s*\n")
_HEADING = re.compile(r"\A\s*#{1,6} *(?:set-?up|setup)\s*\n", re.IGNORECASE)


def prose(text: str) -> str:
    """Text of several lines without terminal control characters."""
    return "".join(c if c in "\n\t" else safe(c) for c in text)


def paragraphs(text: str) -> str:
    """Text whose lines were broken by its author's editor, with a line for each paragraph."""
    return "\n\n".join(" ".join(part.split()) for part in _BLANK.split(prose(text.strip())))


def setup(rule: Rule) -> str:
    """The set-up of a rule as Markdown, without the heading that only says so."""
    return _HEADING.sub("", prose(rule.setup))


def guide(rule: Rule) -> str:
    """The investigation guide as Markdown, its investigate and osquery blocks told in words."""
    return prose("".join(_told(rule)))


def _told(rule: Rule) -> Iterator[str]:
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
    """The block written out as ``!{investigate{…}}``, as exports have it, and where it ends."""
    try:
        block, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at
    if not isinstance(block, Mapping) or text[end : end + 1] != "}":
        return None, at
    return block, end + 1


def _block(kind: str, block: Mapping[str, Any]) -> str:
    label = str(block.get("label", ""))
    if kind == "osquery":
        query = str(block.get("query", "")).strip()
        return f"**osquery: {label}**\n\n```\n{query}\n```\n"
    description = str(block.get("description", ""))
    return f"**{label}**" + (f": {description}" if description else "")
