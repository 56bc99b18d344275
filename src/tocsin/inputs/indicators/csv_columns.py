"""Columns of CSV files of indicators: the header names fields, or says in a word what they are."""

from __future__ import annotations

from collections.abc import Sequence

_INDICATOR = "threat.indicator"
WORDS = {
    "ip": f"{_INDICATOR}.ip",
    "ip_address": f"{_INDICATOR}.ip",
    "address": f"{_INDICATOR}.ip",
    "dst_ip": f"{_INDICATOR}.ip",
    "cidr": f"{_INDICATOR}.ip",
    "domain": f"{_INDICATOR}.url.domain",
    "hostname": f"{_INDICATOR}.url.domain",
    "url": f"{_INDICATOR}.url.full",
    "md5": f"{_INDICATOR}.file.hash.md5",
    "md5_hash": f"{_INDICATOR}.file.hash.md5",
    "sha1": f"{_INDICATOR}.file.hash.sha1",
    "sha1_hash": f"{_INDICATOR}.file.hash.sha1",
    "sha256": f"{_INDICATOR}.file.hash.sha256",
    "sha256_hash": f"{_INDICATOR}.file.hash.sha256",
    "email": f"{_INDICATOR}.email.address",
    "registry": f"{_INDICATOR}.registry.path",
    "port": f"{_INDICATOR}.port",
    "type": f"{_INDICATOR}.type",
    "name": f"{_INDICATOR}.name",
    "description": f"{_INDICATOR}.description",
    "provider": f"{_INDICATOR}.provider",
    "confidence": f"{_INDICATOR}.confidence",
    "reference": f"{_INDICATOR}.reference",
    "first_seen": f"{_INDICATOR}.first_seen",
    "last_seen": f"{_INDICATOR}.last_seen",
    "feed": "threat.feed.name",
    "timestamp": "@timestamp",
    "date": "@timestamp",
}
"""What a header without dots means; any other name is a field as it stands."""


def fields_of_header(names: Sequence[str]) -> list[str]:
    """The field of each column; a byte order mark and white space are no part of a name."""
    cleaned = [name.strip().strip("\ufeff").strip('"') for name in names]
    return [WORDS.get(name.casefold().replace(" ", "_"), name) for name in cleaned]


def document_of_row(fields: Sequence[str], row: Sequence[str]) -> dict[str, str | list[str]] | str:
    """The document of a row, without its empty cells; or why it is none.

    Two columns of one field are two values of it.
    """
    if len(row) > len(fields):
        return f"{len(row)} cells in a row, and {len(fields)} columns"
    found: dict[str, str | list[str]] = {}
    for field, cell in zip(fields, row, strict=False):
        value = cell.strip()
        if not value or not field:
            continue
        known = found.get(field)
        if known is None:
            found[field] = value
        else:
            found[field] = [*([known] if isinstance(known, str) else known), value]
    return found or "no value in the row"
