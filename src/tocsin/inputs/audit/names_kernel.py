r"""Finds the names that auditd added behind a record where their separator was lost on the way.

    type=SYSCALL msg=audit(1.000:1): … key="exec" ARCH=x86_64 SYSCALL=execve AUID="eve" UID="root"
    type=SOCKADDR msg=audit(1.000:1): saddr=0200… SADDR={ saddr_fam=inet laddr=192.0.2.1 lport=80 }

Some forwarders write a blank for the byte 0x1D, or nothing. Names are told by their keys: those of
the kernel and of programs are never in capitals. All functions are compiled; they look backwards
from the end, so that a record without names costs a look at its last pair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tocsin.columns.native import lean, load8

if TYPE_CHECKING:
    from tocsin.columns.cells import Bytes

WORD_SADDR = np.frombuffer(b"SADDR", np.uint8)

LONGEST = 40
"""Bytes that a name without quotes may have, of a system call or an architecture."""

BLANK, DOUBLE, SINGLE, ROUND, OPEN, CLOSE, EQUALS = 0x20, 0x22, 0x27, 0x29, 0x7B, 0x7D, 0x3D


@lean
def names_begin(data: Bytes, begin: int, end: int) -> int:
    """Where the names begin that a body ends with, ``end`` if it ends with none."""
    first = at = end
    while True:
        pair = _pair_begin(data, begin, at)
        if pair < 0:
            return first
        first = at = pair
        while at > begin and load8(data, at - 1) == BLANK:
            at -= 1
        if at == pair:
            return first


@lean
def _pair_begin(data: Bytes, begin: int, end: int) -> int:
    """Where the ``NAME=value`` begins that ends here, -1 if none does."""
    if end <= begin:
        return -1
    last = load8(data, end - 1)
    at = end - 1
    if last in (DOUBLE, CLOSE):
        opening = DOUBLE if last == DOUBLE else OPEN
        at -= 1
        while at > begin and load8(data, at) != opening:
            at -= 1
        at -= 1
    else:
        least = max(begin, end - LONGEST)
        while at > least and load8(data, at) not in (EQUALS, BLANK, DOUBLE, SINGLE):
            at -= 1
    if at <= begin or load8(data, at) != EQUALS:
        return -1
    return _address_key(data, begin, at) if last == CLOSE else _key_begin(data, begin, at)


@lean
def _key_begin(data: Bytes, begin: int, end: int) -> int:
    """The begin of a key in capitals: behind a blank, or what a value may end with; else -1."""
    at = end
    while at > begin and _is_of_key(load8(data, at - 1)):
        at -= 1
    if at in (begin, end) or load8(data, at) < 0x41:
        return -1
    return at if load8(data, at - 1) in (BLANK, DOUBLE, SINGLE, ROUND) else -1


@lean
def _is_of_key(byte: int) -> bool:
    return 0x41 <= byte <= 0x5A or 0x30 <= byte <= 0x39 or byte in (0x5F, 0x2D)


@lean
def _address_key(data: Bytes, begin: int, end: int) -> int:
    """The begin of the key of a socket address, which may follow a value directly; else -1."""
    at = end - WORD_SADDR.size
    if at <= begin:
        return -1
    for index in range(WORD_SADDR.size):
        if load8(data, at + index) != WORD_SADDR[index]:
            return -1
    return at
