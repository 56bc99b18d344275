r"""Lines of an audit log taken apart as far as their headers: kind, machine, time, serial number.

    [node=HOST ]type=KIND msg=audit(SECONDS.MILLI:SERIAL): BODY[\x1dENRICHED]

auditd writes this form (RAW, or ENRICHED with names behind a group separator); its dispatcher
sends it to syslog, which puts its own header in front; the kernel's own messages leave `msg=`
out and give the kind by number. A line of any other form is no audit record.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from tocsin.inputs.audit import header_kernel as kernel
from tocsin.inputs.audit import kernel_names
from tocsin.inputs.audit.remembered import Remembered
from tocsin.inputs.audit.wordings import WORDINGS
from tocsin.inputs.framing import PADDING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from tocsin.columns.cells import Bytes

    Ints = npt.NDArray[np.int64]

_SYSLOG: Final = re.compile(
    rb"(?:<\d{1,3}>)?(?:1 )?"
    rb"(?:(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d"
    rb"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\s]{0,16})"
    rb" ([^\s\"{]{1,255}) [^\s\"{]{1,128}(?: [^\s\"{]{1,128} [^\s\"{]{1,64} -)? )?"
    rb"(?:\[ {0,12}\d{1,10}\.\d{1,9}\] )?(?:audit: )?"
)
_BETWEEN: Final = re.compile(rb"\s*(?:----|time->.*)?\s*")
"""What `ausearch` writes between events, and blanks."""
_LINES_LOOKED_AT: Final = 8
_PADDING: Final = bytes(PADDING)
_REASONS: Final = {
    kernel.NONE: "not an audit record",
    kernel.NUL: "NUL byte in an audit record",
    kernel.LATE: "time of the audit record out of range",
    kernel.LARGE: "serial number of the audit record out of range",
}


class Identity(NamedTuple):
    """What the records of one event have in common; ``fraction``: the digits after the dot."""

    node: str
    seconds: int
    fraction: str
    serial: int


class Stretch(NamedTuple):
    """Records of one event that stand together.

    Attributes
    ----------
    kind
        Of the first one, the type's name in capitals.
    text
        Their lines; no syslog in front, and pairs instead of other wordings.
    size
        Bytes of their bodies, and of the names that auditd added to them.
    numbers
        Those of their lines.
    has_syscall, settled
        Whether the first is of a system call, the last one the command line.
    """

    identity: Identity
    kind: str
    text: bytes
    size: int
    numbers: Sequence[int]
    has_syscall: int
    settled: int


class AuditReject(NamedTuple):
    """A line that is no audit record, and why."""

    number: int
    reason: str
    line: bytes


class Block(NamedTuple):
    """Lines of an audit log.

    Attributes
    ----------
    data
        uint8, readable for `PADDING` bytes beyond the last line.
    starts, ends
        int64[n], rising: the spans of the lines, at least one.
    numbers
        What each line is called.
    """

    data: Bytes
    starts: Ints
    ends: Ints
    numbers: Sequence[int]

    @staticmethod
    def of(lines: Sequence[bytes], numbers: Sequence[int]) -> Block:
        """Lines from anywhere, which may be empty."""
        data = np.frombuffer(bytearray(b"\n".join(lines) + _PADDING), np.uint8)
        lengths = np.fromiter(map(len, lines), np.int64, len(lines))
        ends = np.cumsum(lengths + 1) - 1
        return Block(data, ends - lengths, ends, numbers)

    def lines(self) -> list[bytes]:
        """The bytes of each line."""
        text = self.data.data
        spans = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [text[start:end].tobytes() for start, end in spans]


def read_stretches(block: Block, host: str, rejects: list[AuditReject]) -> Iterator[Stretch]:
    """All records of a block, those of one event that stand together as one.

    What is no record is added to ``rejects``, unless it only stands between events. ``host`` is
    the machine of records that name none.
    """
    found = _stretches(block)
    if (found[:, kernel.STATE] > kernel.OTHER).any():
        lines = block.lines()
        block = Block.of([_behind_syslog(line) for line in lines], block.numbers)
        found = _stretches(block)
        rejects += _rejects(found, lines, block.numbers)
        found = found[found[:, kernel.STATE] <= kernel.OTHER]
    first = int(block.starts[0])
    text = block.data.data[first : int(block.ends[-1])].tobytes()
    found[:, kernel.BEGIN :] -= first
    for _, row, count, size, syscall, settled, begin, end, *places in found.tolist():
        kind_begin, kind_end, body, body_end, names, *where = places
        kind = _KINDS[text[kind_begin:kind_end]]
        records = text[begin:end]
        if kind in WORDINGS:
            said = WORDINGS[kind](text[body:body_end])
            records = text[begin:body] + said + (names < end) * b"\x1d" + text[names:end]
        numbers = block.numbers[row : row + count]
        yield Stretch(_identity(text, where, host), kind, records, size, numbers, syscall, settled)


def _stretches(block: Block) -> Ints:
    found = np.empty((len(block.starts), kernel.PARTS), np.int64)
    return found[: kernel.find_stretches(block.data, block.starts, block.ends, found)]


def _rejects(found: Ints, lines: Sequence[bytes], numbers: Sequence[int]) -> Iterator[AuditReject]:
    """Which lines are neither records nor something between them."""
    for state, row in found[:, : kernel.ROW + 1].tolist():
        if state > kernel.OTHER and not _BETWEEN.fullmatch(lines[row]):
            yield AuditReject(numbers[row], _REASONS[state], lines[row])


def _behind_syslog(line: bytes) -> bytes:
    """A line as auditd writes it, if a header of syslog or of the kernel's log stands in front."""
    syslog = _SYSLOG.match(line)
    if syslog is None or not syslog.end():
        return line
    record = line[syslog.end() :]
    begin = max(record.find(b"audit("), 0)
    # How syslog daemons write the separator.
    record = record[:begin] + record[begin:].replace(b"#035", b"\x1d")
    if b"\0" in syslog[0]:
        record += b"\0"
    if syslog[1] and record.startswith(b"type="):
        return b"node=" + syslog[1] + b" " + record
    return record


def _identity(text: bytes, where: Sequence[int], host: str) -> Identity:
    node, node_end, time, point, colon, end = where
    return Identity(
        text[node:node_end].decode("utf-8", "replace") or host,
        int(text[time:point]),
        text[point + 1 : colon].decode(),
        int(text[colon + 1 : end]),
    )


def kind_of(text: str) -> str:
    """The name of a kind of record that may be given by its number, as `1300`, `UNKNOWN[1300]`."""
    digits = text.removeprefix("UNKNOWN[").removesuffix("]")
    if digits.isdigit():
        return kernel_names.record_type_names().get(int(digits), f"UNKNOWN[{int(digits)}]")
    return text


_KINDS: Final[Remembered[bytes, str]] = Remembered(lambda text: kind_of(text.decode()), len)


def identity_of(line: bytes, host: str) -> Identity | None:
    """What says of a line to which event it belongs; None if it is no record."""
    stretches = read_stretches(Block.of([line], [0]), host, [])
    return next((stretch.identity for stretch in stretches), None)


def looks_like_audit(first_bytes: bytes) -> bool:
    """Whether a file that begins so is an audit log: one of its first lines is an audit record."""
    lines = first_bytes.split(b"\n", _LINES_LOOKED_AT)[:_LINES_LOOKED_AT]
    return any(read_stretches(Block.of(lines, range(len(lines))), "", []))
