"""The ``cidrMatch`` function: IP addresses and blocks of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from tocsin.schema.values import parse_block, parse_ip

if TYPE_CHECKING:
    from tocsin.languages.values import Value


def cidr_match(_fold: bool, address: Value, *blocks: Value) -> bool | None:
    """Whether an address is in any of the blocks; null for null and for what is no address."""
    number = parse_ip(address)
    if number is None:
        return None
    for text in blocks:
        block = _block(text)
        if block is not None and block[0] <= number <= block[1]:
            return True
    return False


@lru_cache(maxsize=4096)
def _block(text: Value) -> tuple[int, int] | None:
    return parse_block(text)
