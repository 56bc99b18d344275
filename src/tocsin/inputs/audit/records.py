r"""One line of an audit log taken apart as far as its header: kind, machine, time, serial number.

    [node=HOST ]type=KIND msg=audit(SECONDS.MILLI:SERIAL): BODY[\x1dENRICHED]

auditd writes this form (RAW, or ENRICHED with names behind a group separator); its dispatcher
sends it to syslog, which puts its own header in front; the kernel's own messages leave `msg=`
out and give the kind by number. A line of any other form is no audit record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tocsin.inputs.audit import kernel_names

_HEADER: Final = re.compile(
    rb"(?:node=(\S++)[ \t]++)?"
    rb"type=(UNKNOWN\[\d{1,10}\]|[A-Z][A-Z0-9_]*+|\d{1,10})[ \t]++"
    rb"(?:msg=)?audit\((\d{1,20})\.(\d{1,9}):(\d{1,24})\):?[ \t]*+"
)
_SYSLOG: Final = re.compile(
    rb"(?:<\d{1,3}>)?(?:1 )?"
    rb"(?:(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d"
    rb"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\s]{0,16})"
    rb" ([^\s\"{]{1,255}) [^\s\"{]{1,128}(?: [^\s\"{]{1,128} [^\s\"{]{1,64} -)? )?"
    rb"(?:\[ {0,12}\d{1,10}\.\d{1,9}\] )?(?:audit: )?"
)
_LATEST: Final = 253_402_300_799  # the last second of the year 9999
_LARGEST_SERIAL: Final = 2**64 - 1
_LINES_LOOKED_AT: Final = 8


class NotARecord(ValueError):  # noqa: N818 - it is an answer, not a failure of ours
    """The line is no audit record; the message says why."""


@dataclass(slots=True)
class Record:
    """One record. ``kind`` is the type's name, in capitals; ``fraction`` the digits after the dot.

    ``body`` is what stands behind the header, ``enriched`` the names that auditd added to it.
    """

    kind: str
    node: str
    seconds: int
    fraction: str
    serial: int
    body: str
    enriched: str
    line: int


def parse_record(line: bytes, number: int) -> Record:
    """The record that a line holds. Raises NotARecord."""
    host = None
    found = _HEADER.match(line)
    if found is None:
        syslog = _SYSLOG.match(line)
        if syslog is None or (found := _HEADER.match(line, syslog.end())) is None:
            raise NotARecord("not an audit record")
        host = syslog.group(1)
        line = line.replace(b"#035", b"\x1d")  # how syslog daemons write that control character
    if b"\0" in line:
        raise NotARecord("NUL byte in an audit record")
    node, kind, seconds, fraction, serial = found.groups()
    if int(seconds) > _LATEST:
        raise NotARecord("time of the audit record out of range")
    if int(serial) > _LARGEST_SERIAL:
        raise NotARecord("serial number of the audit record out of range")
    body, _, enriched = line[found.end() :].decode("utf-8", "replace").partition("\x1d")
    return Record(
        _kind(kind.decode()),
        (node or host or b"").decode("utf-8", "replace"),
        int(seconds),
        fraction.decode(),
        int(serial),
        body.rstrip("\r\n\t "),
        enriched,
        number,
    )


def _kind(kind: str) -> str:
    digits = kind.removeprefix("UNKNOWN[").removesuffix("]")
    if digits.isdigit():
        return kernel_names.record_type_names().get(int(digits), f"UNKNOWN[{int(digits)}]")
    return kind


def looks_like_audit(first_bytes: bytes) -> bool:
    """Whether a file that begins so is an audit log: one of its first lines is an audit record."""
    lines = first_bytes.split(b"\n", _LINES_LOOKED_AT)[:_LINES_LOOKED_AT]
    for line in lines:
        try:
            parse_record(line, 0)
        except NotARecord:
            continue
        return True
    return False
