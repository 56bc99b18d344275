"""Look up what an audit event means, and which category the audit system itself gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tocsin.inputs.audit.record_meanings import RECORDS
from tocsin.inputs.audit.syscall_meanings import ANY_SYSCALL, SYSCALLS

if TYPE_CHECKING:
    from tocsin.inputs.audit.meaning import Meaning

_BY_NUMBER: Final[tuple[tuple[int, int, str], ...]] = (
    (1100, 1106, "user-login"),
    (1108, 1110, "user-login"),
    (1112, 1113, "user-login"),
    (1126, 1126, "user-login"),
    (1114, 1117, "user-account"),
    (1132, 1133, "user-account"),
    (1135, 1136, "user-account"),
    (2000, 2000, "system-services"),
    (1127, 1131, "system-services"),
    (1111, 1111, "configuration"),
    (1305, 1305, "configuration"),
    (1325, 1325, "configuration"),
    (1328, 1329, "configuration"),
    (1326, 1326, "dac-decision"),
    (1119, 1121, "user-space"),
    (1123, 1123, "user-space"),
    (1125, 1125, "user-space"),
    (1124, 1124, "TTY"),
    (1319, 1319, "TTY"),
    (1200, 1299, "audit-daemon"),
    (1122, 1122, "mac-decision"),
    (1107, 1107, "mac-decision"),
    (1502, 1503, "mac-decision"),
    (1506, 1506, "mac-decision"),
    (1400, 1402, "mac-decision"),
    (1800, 1899, "integrity"),
    (2109, 2109, "integrity"),
    (1700, 1799, "anomaly"),
    (2100, 2199, "anomaly"),
    (2200, 2299, "anomaly-response"),
    (1403, 1499, "mac"),
    (1500, 1599, "mac"),
    (2300, 2399, "mac"),
    (1600, 1699, "crypto"),
    (2400, 2499, "crypto"),
    (2500, 2599, "virt"),
    (1300, 1304, "audit-rule"),
    (1306, 1315, "audit-rule"),
    (1317, 1318, "audit-rule"),
    (1321, 1324, "audit-rule"),
)


def category(number: int | None) -> str:
    """The audit system's own category of a record type, given by its number."""
    if number is not None:
        for first, last, name in _BY_NUMBER:
            if first <= number <= last:
                return name
    return "unknown"


def meaning_of(kind: str, data: dict[str, str]) -> Meaning | None:
    """The row for a record of this kind with this data; None if there is none."""
    if kind == "SYSCALL":
        return of_syscall(data)
    found = None
    for row in RECORDS.get(kind, ()):
        if not row.only_with or row.only_with in data:
            found = row
    return found


def of_syscall(data: dict[str, str]) -> Meaning | None:
    """The row for the system call named in the data; None if none is named."""
    name = data.get("syscall")
    return None if name is None else SYSCALLS.get(name, ANY_SYSCALL)
