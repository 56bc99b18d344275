"""Raw Kubernetes audit events as Elastic's data set ``kubernetes.audit_logs`` has them.

The whole event stands under ``kubernetes.audit``, byte for byte, but for the keys of its
annotations, whose dots become underscores (``authorization_k8s_io/decision``), and for what a cloud
says of it (`tocsin.inputs.wrapped`). In front of it stand the ECS fields that the integration
derives. The event time is that of the audit stage, which is when the event was made; the
integration itself takes the time at which its agent read the line.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from tocsin.inputs.envelope import members_named
from tocsin.inputs.framing import PADDING
from tocsin.inputs.wrapped import wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

AUDIT_API = "audit.k8s.io/"
DATASET = "kubernetes.audit_logs"
DATA_STREAM = {"type": "logs", "dataset": DATASET, "namespace": "default"}
TIMES = ("stageTimestamp", "requestReceivedTimestamp", "timestamp")
ANNOTATIONS = np.frombuffer(bytearray(b"annotations"), np.uint8)
MOST = 8
"""How often a key is looked for in one object."""

OUTCOMES = {"allow": "success", "forbid": "failure"}


def converted(raw: bytes) -> bytes | None:
    """The ECS event of a raw audit event; None if the text is no such event."""
    try:
        return _converted(raw)
    except orjson.JSONEncodeError:
        return None  # nested more deeply than what can be written; the scanner rejects it as it is


def _converted(raw: bytes) -> bytes | None:
    audit = _loaded(raw)
    fields: Mapping[str, Any] = {}
    metadata: Mapping[str, Any] = {}
    if audit is not None and not _is_audit_event(audit):
        inner = wrapped(raw, audit)
        if inner is None:
            return None
        raw, fields, metadata = inner
        audit = _loaded(raw)
    if audit is None or not _is_audit_event(audit):
        return None
    text = _renamed(raw)
    if metadata:
        text = text.rstrip()[:-1] + b',"aks_metadata":' + orjson.dumps(metadata) + b"}"
    beside = orjson.dumps({**_fields(audit), **fields})
    return beside[:-1] + b',"kubernetes":{"audit":' + text + b"}}"


def _loaded(raw: bytes) -> dict[str, Any] | None:
    """The object that a text is, None if it is something else."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _is_audit_event(value: Mapping[str, Any]) -> bool:
    """Whether an object says so of itself, or, as in a list, has an audit event's members."""
    version = value.get("apiVersion")
    if isinstance(version, str) and version.startswith(AUDIT_API):
        return value.get("kind") == "Event"
    return isinstance(value.get("auditID"), str) and isinstance(value.get("stage"), str)


def _fields(audit: dict[str, Any]) -> dict[str, Any]:
    """The ECS fields of an audit event; none is without a value."""
    found: dict[str, Any] = {}
    for key in TIMES:
        if time := audit.get(key):
            found["@timestamp"] = time
            break
    found["data_stream"] = DATA_STREAM
    event = found["event"] = {"kind": "event", "module": "kubernetes", "dataset": DATASET}
    if verb := audit.get("verb"):
        event["action"] = verb
    decision = _object(audit, "annotations").get("authorization.k8s.io/decision")
    if isinstance(decision, str) and (outcome := OUTCOMES.get(decision)):
        event["outcome"] = outcome
    _put_people(audit, found)
    found["orchestrator"] = _orchestrator(audit)
    return found


def _put_people(audit: dict[str, Any], found: dict[str, Any]) -> None:
    """Put in who asked, with what, from where."""
    user, addresses = _object(audit, "user"), _addresses(audit.get("sourceIPs"))
    name, number = user.get("username"), user.get("uid")
    related: dict[str, Any] = {}
    if name or number:
        pairs = ("name", name), ("id", number)
        found["user"] = {key: value for key, value in pairs if value}
    if agent := audit.get("userAgent"):
        found["user_agent"] = {"original": agent}
    if addresses:
        found["source"] = found["client"] = {"ip": addresses}
        related["ip"] = addresses
    if name or number:
        related["user"] = [known for known in (name, number) if known]
    if related:
        found["related"] = related


def _orchestrator(audit: dict[str, Any]) -> dict[str, Any]:
    """What was asked for."""
    target = _object(audit, "objectRef")
    found: dict[str, Any] = {"type": "kubernetes"}
    if version := audit.get("apiVersion"):
        found["api_version"] = version
    if namespace := target.get("namespace"):
        found["namespace"] = namespace
    name, kind = target.get("name"), target.get("resource")
    if name or kind:
        pairs = ("name", name), ("type", kind)
        found["resource"] = {key: value for key, value in pairs if value}
    return found


def _object(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _addresses(value: object) -> list[str]:
    """The source addresses, none if one of them is no address."""
    found: list[Any] = value if isinstance(value, list) else [value]
    return found if all(_is_address(str(each)) for each in found) else []


@lru_cache(maxsize=4096)
def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _renamed(raw: bytes) -> bytes:
    """The event's text with the dots in the keys of its annotations made underscores."""
    data = np.frombuffer(bytearray(raw + bytes(PADDING)), np.uint8)
    spans = np.empty((MOST, 2), np.int64)
    count = members_named(data, raw.index(b"{"), len(raw), ANNOTATIONS, spans)
    pieces: list[bytes] = []
    last = 0
    for begin, end in spans[:count].tolist():
        if raw[begin : begin + 1] == b"{":
            pieces += [raw[last:begin], _underscored(raw[begin:end])]
            last = end
    return b"".join([*pieces, raw[last:]])


def _underscored(annotations: bytes) -> bytes:
    found: dict[str, Any] = orjson.loads(annotations)
    return orjson.dumps({key.replace(".", "_"): value for key, value in found.items()})
