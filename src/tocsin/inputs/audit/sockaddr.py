"""A socket address as the kernel logs it: the bytes of a C structure, in hexadecimal.

Its first two bytes are the address family in the byte order of the machine, the rest depends on
the family; ports and addresses are in network order.
"""

from __future__ import annotations

import ipaddress
from typing import Final

_UNIX: Final = 1
_INET: Final = 2
_INET6: Final = 10
_NETLINK: Final = 16
_FAMILIES: Final = 255  # there are fewer; a larger number means the other byte order


def decode(saddr: str) -> dict[str, str]:
    """The parts of an address: ``family``, and ``addr``, ``port``, ``flow``, ``path`` or ``saddr``.

    An address that is cut short, or of a family without a known form, is given as it is, in
    ``saddr``. Raises ValueError if the text is not hexadecimal or holds not even a family.
    """
    raw = bytes.fromhex(saddr)
    if len(raw) < 2:
        raise ValueError("socket address without a family")
    family = int.from_bytes(raw[:2], "little")
    if family > _FAMILIES:
        family = int.from_bytes(raw[:2], "big")
    if family == _UNIX:
        return _unix(raw)
    if family == _INET and len(raw) >= 8:
        address = ipaddress.IPv4Address(raw[4:8])
        return {"family": "ipv4", "addr": str(address), "port": _port(raw)}
    if family == _INET6 and len(raw) >= 24:
        return _inet6(raw)
    names = {_NETLINK: "netlink", _INET: "ipv4", _INET6: "ipv6"}
    return {"family": names.get(family, str(family)), "saddr": saddr}


def _port(raw: bytes) -> str:
    return str(int.from_bytes(raw[2:4], "big"))


def _unix(raw: bytes) -> dict[str, str]:
    path = raw[2:]
    # An abstract name begins with a NUL, which people write as @.
    abstract = path[:1] == b"\0" and path.strip(b"\0") != b""
    name = (b"@" + path[1:] if abstract else path).split(b"\0", 1)[0]
    parts = {"family": "unix"}
    if name:
        parts["path"] = name.decode("utf-8", "replace")
    return parts


def _inet6(raw: bytes) -> dict[str, str]:
    address = ipaddress.IPv6Address(raw[8:24])
    parts = {"family": "ipv6", "addr": str(address.ipv4_mapped or address), "port": _port(raw)}
    flow = int.from_bytes(raw[4:8], "big")
    if flow:
        parts["flow"] = str(flow)
    return parts
