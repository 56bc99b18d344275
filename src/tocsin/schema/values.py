"""Reading one value as a time, an address, a version, a number or text.

These plain functions say what a value means; the compiled scanner and classifier must give the same
answers. None of them raises: a value that cannot be read so gives None.

Times are what Elasticsearch's ``strict_date_optional_time||epoch_millis`` accepts::

    time   = YYYY [ "-" MM [ "-" DD [ "T" clock [ offset ] ] ] ] | millis
    clock  = hh [ ":" mm [ ":" ss [ ( "." | "," ) digits ] ] ]
    offset = "Z" | ( "+" | "-" ) hh [ [ ":" ] mm ]
    millis = [ "-" ] digits [ "." digits ]

A text of four digits is a year; no offset means UTC; beyond nine digits a fraction is cut off.
An event happens in the years that this can write, 1 to 9999 in UTC: see `event_time`.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import re
from typing import Final, TypeAlias

Value: TypeAlias = str | int | float | bool
"""A scalar as an event or a query holds it."""

VersionKey: TypeAlias = tuple[bool, bytes]
"""Versions compare as their keys do: whether it is invalid, then bytes."""

FIRST_TIME: Final = -62_135_596_800_000
LAST_TIME: Final = 253_402_300_799_999
"""The first and the last millisecond of the years 1 to 9999."""

_ISO = re.compile(
    r"""(\d{4}) (?: -(\d\d) (?: -(\d\d)
        (?: T(\d\d) (?: :(\d\d) (?: :(\d\d) (?: [.,](\d+) )? )? )?
            (?: (Z) | ([+-])(\d\d) (?: :?(\d\d) )? )? )? )? )?""",
    re.VERBOSE | re.ASCII,
)
_MILLIS = re.compile(r"(-?\d{1,19})(?:\.(\d+))?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(\.\d*)?|(\.\d+))([eE][+-]?\d+)?", re.ASCII)
_EPOCH_DAY: Final = dt.date(1970, 1, 1).toordinal()
_LARGEST: Final = 2**63 - 1
_WHOLE: Final = range(-(2**63), 2**64)
_LONGEST_WHOLE: Final = 100
_LARGEST_OFFSET: Final = 18 * 60

_IDENTIFIER = r"(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION = re.compile(
    rf"((?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*)"
    rf"(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)
_MOST_IDENTIFIERS: Final = 32
_LONGEST_DIGITS: Final = 127
_MAPPED: Final = 0xFFFF << 32
_OCTETS: Final = {str(octet): octet for octet in range(256)}
"""An octet has no leading zeros."""


def parse_time(value: object) -> int | None:
    """Milliseconds since 1970 of a time, rounded down to the millisecond."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= _LARGEST else None
    nanos = _nanos(value)
    return None if nanos is None else nanos // 1_000_000


def parse_time_nanos(value: object) -> int | None:
    """Nanoseconds since 1970 of a time; None also for one that 64 bits cannot hold."""
    nanos = _nanos(value)
    return nanos if nanos is not None and abs(nanos) <= _LARGEST else None


def event_time(value: object, *, nanoseconds: bool) -> int | None:
    """When an event happened, since 1970; None also for what lies outside the years 1 to 9999."""
    if nanoseconds:
        return parse_time_nanos(value)
    time = parse_time(value)
    return time if time is not None and FIRST_TIME <= time <= LAST_TIME else None


def _nanos(value: object) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value * 1_000_000 if abs(value) <= _LARGEST else None
        case float():
            return math.floor(value * 1_000_000) if abs(value) < _LARGEST else None
        case str():
            found = _ISO.fullmatch(value)
            return _epoch(value) if found is None else _calendar(found)
        case _:
            return None


def _epoch(text: str) -> int | None:
    found = _MILLIS.fullmatch(text)
    if found is None:
        return None
    whole, fraction = found.groups()
    millis = int(whole)
    if abs(millis) > _LARGEST:
        return None
    part = int((fraction or "")[:6].ljust(6, "0"))
    return millis * 1_000_000 + (-part if whole.startswith("-") else part)


def _calendar(found: re.Match[str]) -> int | None:
    year, month, day, hour, minute, second, fraction, _, sign, ahead, ahead_minutes = found.groups()
    try:
        date = dt.date(int(year), int(month or 1), int(day or 1))
        clock = dt.time(int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    seconds = (date.toordinal() - _EPOCH_DAY) * 86_400
    seconds += (clock.hour * 60 + clock.minute) * 60 + clock.second
    if sign:
        offset = int(ahead) * 60 + int(ahead_minutes or 0)
        if int(ahead_minutes or 0) > 59 or offset > _LARGEST_OFFSET:
            return None
        seconds += offset * 60 if sign == "-" else -offset * 60
    return seconds * 1_000_000_000 + int((fraction or "")[:9].ljust(9, "0"))


def time_text(nanos: int) -> str:
    """The ISO text of a time: UTC, three fractional digits, or nine where they are needed."""
    seconds, rest = divmod(nanos, 1_000_000_000)
    days, second_of_day = divmod(seconds, 86_400)
    try:
        date = dt.date.fromordinal(days + _EPOCH_DAY)
    except (ValueError, OverflowError):
        return str(nanos // 1_000_000)
    minutes, second = divmod(second_of_day, 60)
    hour, minute = divmod(minutes, 60)
    fraction = f"{rest:09d}" if rest % 1_000_000 else f"{rest // 1_000_000:03d}"
    return f"{date.isoformat()}T{hour:02d}:{minute:02d}:{second:02d}.{fraction}Z"


def parse_ip(value: object) -> int | None:
    """An IPv4 or IPv6 address as a 128-bit number; IPv4 as its IPv4-mapped IPv6 address."""
    if not isinstance(value, str) or len(value) > 45 or "%" in value:
        return None
    parts = value.split(".")
    if len(parts) == 4:
        first, second, third, fourth = map(_OCTETS.get, parts)
        if first is not None and second is not None and third is not None and fourth is not None:
            return _MAPPED | first << 24 | second << 16 | third << 8 | fourth
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    return _MAPPED | int(address) if address.version == 4 else int(address)


def ip_text(address: int) -> str:
    """The canonical text of an address that `parse_ip` gave."""
    if address >> 32 == 0xFFFF:
        return str(ipaddress.IPv4Address(address & 0xFFFFFFFF))
    return str(ipaddress.IPv6Address(address))


def parse_block(value: object) -> tuple[int, int] | None:
    """First and last address of a block (``10.0.0.0/8``) or of a single address.

    Host bits may be set. A block of IPv4 addresses holds IPv4 addresses only, ``0.0.0.0/0`` too.
    """
    if not isinstance(value, str):
        return None
    text, slash, length_text = value.partition("/")
    address = parse_ip(text)
    if address is None:
        return None
    if not slash:
        return address, address
    if not re.fullmatch(r"\d{1,3}", length_text, re.ASCII):
        return None
    width = 128 if ":" in text else 32
    length = int(length_text)
    if length > width:
        return None
    rest = (1 << (width - length)) - 1
    return address & ~rest, address | rest


def version_key(text: str) -> VersionKey:
    """What versions are ordered by, as Elasticsearch's ``version`` field orders them.

    Numbers by value, a pre-release before its release, numeric identifiers before others, fewer
    parts before more; what is not a version comes after all that are, by its bytes.
    """
    found = _VERSION.fullmatch(text)
    if found is None or any(
        part.count(".") >= _MOST_IDENTIFIERS for part in found.groups() if part
    ):
        return True, text.encode()
    numbers, before, build = found.groups()
    parts = numbers.split(".")
    identifiers = before.split(".") if before else []
    if any(len(part) > _LONGEST_DIGITS for part in (*parts, *identifiers) if part.isdigit()):
        return True, text.encode()
    key = b".".join(map(_digits, parts))
    if identifiers:
        key += b"\2-" + b".".join(
            _digits(part) if part.isdigit() else part.encode() for part in identifiers
        )
    else:
        key += b"\3"
    return False, key + (build or "").encode()


def _digits(number: str) -> bytes:
    """A number so that bytes order as numbers do: a mark below all text, its length, its digits."""
    return bytes((1, len(number) | 0x80)) + number.encode()


def number_of(value: object) -> int | float | None:
    """A number, or the number that a text writes in decimal; neither booleans nor infinities.

    An integer that 64 bits cannot hold, signed or not, becomes the nearest double.
    """
    match value:
        case bool():
            return None
        case int():
            return value if value in _WHOLE else _double(value)
        case float():
            return value if math.isfinite(value) else None
        case str():
            found = _NUMBER.fullmatch(value)
            if found is None:
                return None
            if any(found.groups()) or len(value) > _LONGEST_WHOLE:
                return _double(value)
            return number_of(int(value))
        case _:
            return None


def _double(value: int | str) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def text_of(value: Value) -> str:
    """The canonical text of a value: numbers in their shortest form, booleans in lower case."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    mantissa, mark, exponent = repr(value).partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def utf16_length(text: str) -> int:
    """The length that Java gives: characters beyond the basic plane count twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
