"""Functions that SQL calls where DuckDB has none, or one that is less exact."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from urllib.parse import unquote_plus

from tocsin.languages.esql.hashes import ALGORITHMS
from tocsin.schema.values import parse_block, parse_ip

_MAPPED = parse_ip("0.0.0.0") or 0  # noqa: S104 - the first IPv4 address, as IPv6 has it
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")
_LOOPBACK = ("127.0.0.0/8", "::1")
_LINK_LOCAL = ("169.254.0.0/16", "fe80::/10")
_MULTICAST = ("224.0.0.0/4", "ff00::/8")
_LINK_LOCAL_MULTICAST = ("224.0.0.0/24", *(f"ff{flags:x}2::/16" for flags in range(16)))
_INTERFACE_LOCAL = tuple(f"ff{flags:x}1::/16" for flags in range(16))
_UNSPECIFIED = ("0.0.0.0", "::")  # noqa: S104 - no address to listen at
_BROADCAST = ("255.255.255.255",)
_NETWORKS = {
    "loopback": _LOOPBACK,
    "link_local_unicast": _LINK_LOCAL,
    "interface_local_multicast": _INTERFACE_LOCAL,
    "link_local_multicast": _LINK_LOCAL_MULTICAST,
    "multicast": _MULTICAST,
    "unspecified": _UNSPECIFIED,
    "private": _PRIVATE,
}
_NOT_UNICAST = (*_BROADCAST, *_UNSPECIFIED, *_LOOPBACK, *_MULTICAST, *_LINK_LOCAL)
_ALL_BUT = {
    "unicast": _NOT_UNICAST,
    "global_unicast": _NOT_UNICAST,
    "public": (
        *(*_PRIVATE, *_LOOPBACK, *_UNSPECIFIED, *_LINK_LOCAL, *_LINK_LOCAL_MULTICAST),
        *(*_INTERFACE_LOCAL, *_BROADCAST),
    ),
}
_DIRECTIONS = {
    (True, True): "internal",
    (True, False): "outbound",
    (False, True): "inbound",
    (False, False): "external",
}


def cube_root(value: float | None) -> float | None:
    """The cube root: of the numbers next to it the one whose cube is nearest."""
    if value is None or not math.isfinite(value):
        return None
    near = math.cbrt(value)
    some = (near, math.nextafter(near, -math.inf), math.nextafter(near, math.inf))
    return min(some, key=lambda root: abs(Fraction(root) ** 3 - Fraction(value)))


def hypotenuse(one: float | None, other: float | None) -> float | None:
    """The long side of a triangle with a right angle; None if it is no finite number."""
    if one is None or other is None:
        return None
    found = math.hypot(one, other)
    return found if math.isfinite(found) else None


def scaled(value: float | None, exponent: int | None) -> float | None:
    """A number times a power of 2; None if it is too large."""
    if value is None or exponent is None:
        return None
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        return None


def text_of_bytes(given: bytes | None) -> str | None:
    """Bytes as text; what is no UTF-8 is told by a sign of its own."""
    return None if given is None else bytes(given).decode("utf-8", "replace")


def text_of_url(text: str | None) -> str | None:
    """A text without percent signs; bytes that are no UTF-8 are told by a sign of their own."""
    return None if text is None else unquote_plus(text, errors="replace")


def lower_of(text: str | None) -> str | None:
    """A text in lower case."""
    return None if text is None else text.lower()


def upper_of(text: str | None) -> str | None:
    """A text in upper case; some letters become two."""
    return None if text is None else text.upper()


def hashed(algorithm: str | None, text: str | None) -> str | None:
    """The hash of a text in hexadecimal digits; None for an algorithm that nobody knows."""
    if algorithm is None or text is None:
        return None
    name = ALGORITHMS.get(algorithm.lower())
    return (
        None
        if name is None
        else hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()
    )


def prefix_of(digits: str | None, bits_v4: int | None, bits_v6: int | None) -> str | None:
    """The address with nothing but its first bits; None for bits that no address has."""
    if digits is None or bits_v4 is None or bits_v6 is None:
        return None
    if not (0 <= bits_v4 <= 32 and 0 <= bits_v6 <= 128):
        return None
    number = int(digits, 16)
    bits = 96 + bits_v4 if number >> 32 == _MAPPED >> 32 else bits_v6
    return f"{number >> (128 - bits) << (128 - bits):032x}"


def direction(
    source: str | None, destination: str | None, internal: Sequence[str] | None
) -> str | None:
    """The direction of traffic between two addresses; None if a block is none."""
    if source is None or destination is None or not internal:
        return None
    try:
        return _DIRECTIONS[_inside(source, tuple(internal)), _inside(destination, tuple(internal))]
    except ValueError:
        return None


def _inside(digits: str, networks: tuple[str, ...]) -> bool:
    """Whether an address lies in some of the networks; raises ValueError for what is none."""
    number = int(digits, 16)
    return any(_in_network(number, network) for network in networks)


def _in_network(number: int, network: str) -> bool:
    without = _ALL_BUT.get(network)
    if without is not None:
        return not _in_blocks(number, without)
    return _in_blocks(number, _NETWORKS.get(network, (network,)))


def _in_blocks(number: int, blocks: tuple[str, ...]) -> bool:
    return any(first <= number <= last for first, last in _blocks(blocks))


@lru_cache(1000)
def _blocks(blocks: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    found = tuple(map(parse_block, blocks))
    if None in found:
        raise ValueError(blocks)
    return tuple(block for block in found if block is not None)
