"""STIX 2.1 indicators as documents with ``threat.indicator.*``.

An indicator's pattern says which observations are meant; the values that it compares with ``=``,
``IN`` or ``ISSUBSET`` become fields, each of which may have several. Values that are joined by
``AND`` stand in one document, as those joined by ``OR`` do: which of them an event must have, the
rule's mapping says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tocsin.inputs.indicators.stix_pattern import PatternError, compared_values

_INDICATOR = "threat.indicator"
VALID_UNTIL = f"{_INDICATOR}.valid_until"
"""The field that says from when on an indicator is no longer one."""

FIELDS = {
    "ipv4-addr:value": ("ip",),
    "ipv6-addr:value": ("ip",),
    "network-traffic:dst_ref.value": ("ip",),
    "network-traffic:src_ref.value": ("ip",),
    "network-traffic:dst_port": ("port",),
    "domain-name:value": ("url.domain",),
    "url:value": ("url.full", "url.original"),
    "email-addr:value": ("email.address",),
    "email-message:from_ref.value": ("email.address",),
    "email-message:sender_ref.value": ("email.address",),
    "email-message:subject": ("email.subject",),
    "file:name": ("file.name",),
    "file:size": ("file.size",),
    "file:hashes.md5": ("file.hash.md5",),
    "file:hashes.sha-1": ("file.hash.sha1",),
    "file:hashes.sha1": ("file.hash.sha1",),
    "file:hashes.sha-256": ("file.hash.sha256",),
    "file:hashes.sha256": ("file.hash.sha256",),
    "file:hashes.sha-512": ("file.hash.sha512",),
    "file:hashes.sha512": ("file.hash.sha512",),
    "file:hashes.ssdeep": ("file.hash.ssdeep",),
    "file:hashes.tlsh": ("file.hash.tlsh",),
    "windows-registry-key:key": ("registry.key", "registry.path"),
    "autonomous-system:number": ("as.number",),
    "x509-certificate:serial_number": ("x509.serial_number",),
    "x509-certificate:issuer": ("x509.issuer.distinguished_name",),
    "x509-certificate:subject": ("x509.subject.distinguished_name",),
}
"""Object paths of patterns, and the fields below ``threat.indicator`` that they are."""


def spellings(field: str, value: str) -> tuple[str, ...]:
    """The value of a field, and what events have in its place: hashes in small letters."""
    small = value.lower()
    return (value, small) if "file.hash." in field and small != value else (value,)


def documents_of_bundle(
    objects: Sequence[Any], refuse: Callable[[int, str], None]
) -> Iterator[dict[str, Any]]:
    """A document, as an exported hit, for each indicator of a bundle that is not revoked.

    ``refuse`` is told of those that cannot be used: number from 1, reason. Objects of other types
    are passed over.
    """
    names = {
        one["id"]: one["name"]
        for one in objects
        if isinstance(one, dict) and isinstance(one.get("id"), str) and "name" in one
    }
    for number, one in enumerate(objects, 1):
        if not isinstance(one, dict) or one.get("type") != "indicator":
            continue
        if one.get("revoked") is True:
            continue
        if one.get("pattern_type", "stix") != "stix":
            refuse(number, f"a pattern of type {one.get('pattern_type')}, not of STIX")
            continue
        try:
            values = compared_values(str(one.get("pattern", "")))
        except PatternError as error:
            refuse(number, f"the pattern cannot be read: {error}")
            continue
        found = _fields(values)
        if not found:
            refuse(number, "the pattern compares nothing that has a field")
            continue
        yield _document(one, found, values, names)


def _fields(values: Sequence[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for path, value in values:
        for field in FIELDS.get(path.lower(), ()):
            held = found.setdefault(f"{_INDICATOR}.{field}", [])
            held += [each for each in spellings(field, value) if each not in held]
    return {field: held[0] if len(held) == 1 else held for field, held in found.items()}


def _document(
    one: dict[str, Any],
    found: dict[str, Any],
    values: Sequence[tuple[str, str]],
    names: dict[str, Any],
) -> dict[str, Any]:
    author = names.get(one.get("created_by_ref", ""))
    told = {
        "@timestamp": one.get("modified") or one.get("valid_from") or one.get("created"),
        "threat.feed.name": author,
        f"{_INDICATOR}.type": next((path.partition(":")[0] for path, _ in values), None),
        f"{_INDICATOR}.name": one.get("name"),
        f"{_INDICATOR}.description": one.get("description"),
        f"{_INDICATOR}.first_seen": one.get("valid_from"),
        f"{_INDICATOR}.modified_at": one.get("modified"),
        f"{_INDICATOR}.confidence": one.get("confidence"),
        f"{_INDICATOR}.provider": author,
        VALID_UNTIL: one.get("valid_until"),
        **found,
    }
    source = {name: value for name, value in told.items() if value not in (None, "", [])}
    return {"_index": "", "_id": str(one.get("id") or ""), "_source": source}
