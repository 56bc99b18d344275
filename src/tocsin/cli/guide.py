"""Prose of a rule for the terminal: guides, descriptions, set-up. It is untrusted text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.cli.happening import safe
from tocsin.rules.guide_blocks import Block, pieces
from tocsin.rules.rule import Rule

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
    for piece in pieces(rule):
        yield piece if isinstance(piece, str) else _block(piece)


def _block(block: Block) -> str:
    if block.kind == "osquery":
        return f"**osquery: {block.label}**\n\n```\n{block.query}\n```\n"
    return f"**{block.label}**" + (f": {block.description}" if block.description else "")
