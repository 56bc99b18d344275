"""An alert of the store as Kibana would have it: the document, and what people did with it.

The building blocks of a sequence, which the document nests, become documents of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from tocsin.alerts.iso import iso
from tocsin.alerts.unfolded import WORKFLOW, unfolded
from tocsin.store.gist import parse
from tocsin.store.kept import Kept

INDEX = ".alerts-security.alerts-default"
_LONG = re.compile(rb"\d{19}")


def document_of(kept: Kept) -> dict[str, Any]:
    """The alert's document with its status, tags, assignees and notes as they are now."""
    document = _parsed(kept.document)
    document.update(_workflow(kept))
    if kept.notes:
        document["tocsin.notes"] = [
            {"at": iso(note.at), "by": note.actor, "text": note.text} for note in kept.notes
        ]
    return document


def line_of(kept: Kept) -> bytes:
    """That document as one line of JSON, without the line's end."""
    return written(document_of(kept))


def kibana_documents(kept: Kept) -> Iterator[tuple[str, bytes]]:
    """Id and line of each document that Kibana would have: of a sequence its blocks first."""
    for name, document in unfolded(kept.id, document_of(kept), INDEX):
        yield name, written(document)


def action_of(name: str, index: str = INDEX) -> bytes:
    """The line before a document in Elasticsearch's bulk format."""
    return orjson.dumps({"index": {"_index": index, "_id": name}})


def written(document: dict[str, Any], *, indented: bool = False) -> bytes:
    """A document as one line of JSON, or as people read it."""
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 if indented else 0)
    except (TypeError, ValueError):  # a number of more than 64 bits, a lone surrogate
        separators = None if indented else (",", ":")
        return json.dumps(document, indent=2 if indented else None, separators=separators).encode()


def _workflow(kept: Kept) -> dict[str, Any]:
    told: dict[str, Any] = {
        f"{WORKFLOW}status": kept.status,
        f"{WORKFLOW}tags": list(kept.tags),
        f"{WORKFLOW}assignee_ids": list(kept.assignees),
    }
    if kept.status_at is not None:
        told[f"{WORKFLOW}status_updated_at"] = iso(kept.status_at)
    if kept.reason is not None:
        told[f"{WORKFLOW}reason"] = kept.reason
    return told


def _parsed(content: bytes) -> dict[str, Any]:
    if _LONG.search(content):  # orjson would round what has more than 64 bits
        try:
            parsed = json.loads(content)
        except (ValueError, RecursionError):
            return parse(content)
        return parsed if isinstance(parsed, dict) else {}
    return parse(content)
