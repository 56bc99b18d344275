"""Columns of CSV files of indicators: the header names fields, or says in a word what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tocsin.inputs.indicators.stix import spellings

_INDICATOR = "threat.indicator"
WORDS = {
    "ip": f"{_INDICATOR}.ip",
    "ip_address": f"{_INDICATOR}.ip",
    "address": f"{_INDICATOR}.ip",
    "dst_ip": f"{_INDICATOR}.ip",
    "cidr": f"{_INDICATOR}.ip",
    "domain": f"{_INDICATOR}.url.domain",
    "hostname": f"{_INDICATOR}.url.domain",
    "url": "url",
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
    "indicator_type": f"{_INDICATOR}.type",
    "ioc_type": f"{_INDICATOR}.type",
    "value": "value",
    "indicator": "value",
    "indicator_value": "value",
    "ioc": "value",
    "ioc_value": "value",
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


_VALUE = re.compile(r"[0-9]|[^ ]*[:/]|[0-9A-Fa-f]{32,}$")

_WRITTEN = {
    "url": (f"{_INDICATOR}.url.full", f"{_INDICATOR}.url.original"),
}
"""Columns that are several fields."""

_KINDS = (
    (re.compile("ip(v[46])?(port|addr(ess)?|src|dst|range)?|cidr|net(block|work)"), ("ip",)),
    (re.compile("(sub)?domain(name)?|host(name)?|fqdn"), ("url.domain",)),
    (re.compile("ur[il]"), ("url.full", "url.original")),
    (re.compile("(file)?(hash)?md5(hash)?"), ("file.hash.md5",)),
    (re.compile("(file)?(hash|hashes)?sha1(hash)?"), ("file.hash.sha1",)),
    (re.compile("(file)?(hash|hashes)?sha256(hash)?"), ("file.hash.sha256",)),
    (re.compile("email(addr(ess)?|src|dst|from|to)?"), ("email.address",)),
    (re.compile("(windows)?reg(istry)?(key|path)?"), ("registry.path",)),
    (re.compile("file(name)?"), ("file.name",)),
)
"""What a word for the type of a row's value may be, letters and digits alone, and its fields."""


def fields_of_header(names: Sequence[str]) -> list[str]:
    """The field of each column; a byte order mark and white space are no part of a name."""
    cleaned = [name.strip().strip("\ufeff").strip('"') for name in names]
    return [WORDS.get(name.casefold().replace(" ", "_"), name) for name in cleaned]


def value_among(names: Sequence[str]) -> str | None:
    """What among names of columns can be none of a field: an address, a URL, a hash, a date."""
    cleaned = (name.strip().strip("\ufeff").strip('"') for name in names)
    return next((name for name in cleaned if _VALUE.match(name)), None)


def document_of_row(fields: Sequence[str], row: Sequence[str]) -> dict[str, str | list[str]] | str:
    """The document of a row, without its empty cells; or why it is none.

    Two columns of one field are two values of it.
    """
    if len(row) > len(fields):
        return f"{len(row)} cells in a row, and {len(fields)} columns"
    found: dict[str, str | list[str]] = {}
    told = {field: cell.strip() for field, cell in zip(fields, row, strict=False) if cell.strip()}
    kind = told.get(f"{_INDICATOR}.type", "")
    typed = _fields_of_type(kind)
    for column, cell in zip(fields, row, strict=False):
        value = cell.strip()
        if not value or not column:
            continue
        several: tuple[str, ...] = _WRITTEN.get(column, (column,))
        if column == "value" and typed:
            several = typed
            value = _without_port(value) if kind == "ip:port" else value
        for field in several:
            for each in spellings(field, value):
                _put(found, field, each)
    return found or "no value in the row"


def _without_port(value: str) -> str:
    """The address of ``192.0.2.1:443`` or ``[2001:db8::1]:443``."""
    address, _, port = value.rpartition(":")
    return address.strip("[]") if port.isdecimal() else value


def _put(found: dict[str, str | list[str]], field: str, value: str) -> None:
    known = found.get(field)
    if known is None:
        found[field] = value
    else:
        found[field] = [*([known] if isinstance(known, str) else known), value]


def _fields_of_type(told: str) -> tuple[str, ...]:
    """The fields of a value whose row tells its type; none if that is not known."""
    word = re.sub("[^a-z0-9]", "", told.casefold())
    names = next((names for kind, names in _KINDS if kind.fullmatch(word)), ())
    return tuple(f"{_INDICATOR}.{name}" for name in names)
