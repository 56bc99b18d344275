"""Raw Kubernetes audit events within what those who run the API server write of each.

Azure's diagnostic logs (category ``kube-audit`` or ``kube-audit-admin``) have the event in
``properties.log``, as an object or as text; what else they say stands below
``kubernetes.audit.aks_metadata``, as the integration has it. CloudWatch's log events have it as
text in ``message``, and Docker's logs of containers in ``log``; they say nothing else that an event
has a field for. What CloudWatch exports, other runtimes of containers and syslog put the time and
some words in front of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import orjson

from tocsin.inputs.envelope import members_named
from tocsin.inputs.framing import PADDING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.columns.cells import Bytes

    Span = tuple[int, int]


class Wrapped(NamedTuple):
    """An event's own text, ECS fields of where it comes from, and what its envelope says."""

    text: bytes
    fields: Mapping[str, Any]
    metadata: Mapping[str, Any]


_AZURE: Final = ("category", "operationName", "resourceId", "time")
_DOCKER: Final = ("log", "stream", "time")
_PATHS: Final = {"azure": (b"properties", b"log"), "aws": (b"message",), "docker": (b"log",)}
"""Where the event stands."""

_HEADER: Final = re.compile(
    rb"(?:<\d{1,3}>)?(?:1 )?"
    rb"(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
    rb"[^{\"]{0,250} (?=\{)"
)

_MOST: Final = 8
"""How often a key is looked for in one object."""

_NAMES: Final = {
    "containerID": "container_id",
    "operationName": "operation_name",
    "resourceId": "resource_id",
    "serviceBuild": "service_build",
}


def wrapped(raw: bytes, envelope: Mapping[str, Any]) -> Wrapped | None:
    """What a cloud wrote about an audit event, None if an object is nothing of that kind.

    ``envelope`` is the value that ``raw`` stands for. Whether the text is an audit event is not
    looked at.
    """
    writer = writer_of(envelope)
    text = _text(raw, _PATHS[writer]) if writer else None
    if text is None:
        return None
    fields = {} if writer == "docker" else {"cloud": {"provider": writer}}
    return Wrapped(text, fields, _metadata(envelope) if writer == "azure" else {})


def writer_of(envelope: Mapping[str, Any]) -> str:
    """Whose way to write a log's entry an object follows, nothing if it is none of these."""
    if isinstance(envelope.get("properties"), dict) and all(key in envelope for key in _AZURE):
        return "azure"
    if isinstance(envelope.get("message"), str) and isinstance(envelope.get("timestamp"), int):
        return "aws"
    return "docker" if all(isinstance(envelope.get(key), str) for key in _DOCKER) else ""


def behind_header(line: bytes) -> bytes:
    """The object on a line, if a time and some words stand in front of it; else the line."""
    header = _HEADER.match(line)
    return line[header.end() :] if header else line


def _metadata(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """All that a diagnostic log says but for the event, by the integration's names."""
    said = {key: value for key, value in envelope.items() if key != "properties"}
    said |= {key: value for key, value in envelope["properties"].items() if key != "log"}
    return {_NAMES.get(key, key): value for key, value in said.items()}


def _text(raw: bytes, path: tuple[bytes, ...]) -> bytes | None:
    """The object at the end of a path, or the text of a string there; None if neither is."""
    data = np.frombuffer(bytearray(raw + bytes(PADDING)), np.uint8)
    span: Span | None = (raw.index(b"{"), len(raw))
    for key in path:
        span = span and _member(data, span, key)
    if span is None:
        return None
    found = raw[span[0] : span[1]]
    if found[:1] == b'"':
        found = orjson.loads(found).encode().strip()
    return found if found[:1] == b"{" else None


def _member(data: Bytes, span: Span, key: bytes) -> Span | None:
    """The value of an object's member: of several of a name the last, as JSON is read."""
    spans = np.empty((_MOST, 2), np.int64)
    named = np.frombuffer(bytearray(key), np.uint8)
    count = members_named(data, span[0], span[1], named, spans)
    return (int(spans[count - 1, 0]), int(spans[count - 1, 1])) if 0 < count < _MOST else None
