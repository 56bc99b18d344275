"""IP addresses and blocks of them, as ``cidrMatch`` reads them.

An IPv4 address is the IPv6 address ``::ffff:a.b.c.d``, as in Elasticsearch's index, so both forms
of one address are equal and a block of either family holds what falls into it.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from tocsin.query.values import Value, text_of

_MAPPED = 0xFFFF << 32


def address_number(text: str) -> int | None:
    """An address as a number of 128 bits; None if the text is none."""
    try:
        if ":" not in text:
            return _MAPPED | int(IPv4Address(text))
        return int(IPv6Address(text)) if "%" not in text else None
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def block(text: str) -> tuple[int, int] | None:
    """The first and last address of ``address/bits`` or of a lone address; None for other text."""
    name, slash, bits = text.partition("/")
    number = address_number(name)
    if number is None:
        return None
    if not slash:
        return number, number
    if not (bits.isascii() and bits.isdigit() and len(bits) <= 3):
        return None
    prefix = int(bits) + (0 if ":" in name else 96)
    if prefix > 128:
        return None
    rest = (1 << (128 - prefix)) - 1
    return number & ~rest, number | rest


def cidr_match(_fold: bool, source: Value, *blocks: Value) -> bool | None:
    """Whether an address is in any of the blocks; null for null and for what is no address."""
    text = text_of(source)
    number = None if text is None else address_number(text)
    if number is None:
        return None
    for value in blocks:
        found = None if value is None else block(text_of(value) or "")
        if found is not None and found[0] <= number <= found[1]:
            return True
    return False
