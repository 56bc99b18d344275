"""Write the audit reader's data tables from this machine's headers and Debian's `auditd` package.

    apt-get install auditd libaudit-dev linux-libc-dev
    python tools/make_audit_tables.py

Two files come out, below `src/tocsin/inputs/audit/`:

- `syscalls.csv`: one row a system call, its number on each architecture (empty: it has none there);
- `record_types.csv`: number and name of each kind of audit record.
"""

from __future__ import annotations

import csv
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "src" / "tocsin" / "inputs" / "audit"
HEADERS = (Path("/usr/include/linux/audit.h"), Path("/usr/include/libaudit.h"))
ARCHITECTURES = ("x86_64", "i386", "aarch64", "arm", "ppc64le", "s390x")

# Since Linux 5.1 a new call has one number everywhere; these came after Debian's headers.
LATER_CALLS = {
    451: "cachestat",
    452: "fchmodat2",
    453: "map_shadow_stack",
    454: "futex_wake",
    455: "futex_wait",
    456: "futex_requeue",
    457: "statmount",
    458: "listmount",
    459: "lsm_get_self_attr",
    460: "lsm_set_self_attr",
    461: "lsm_list_modules",
    462: "mseal",
    463: "setxattrat",
    464: "getxattrat",
    465: "listxattrat",
    466: "removexattrat",
    467: "open_tree_attr",
    468: "file_getattr",
    469: "file_setattr",
}

# Names that the headers give to ranges, to requests (never logged) or to one number twice.
_NOT_A_TYPE = re.compile(r"^(FIRST|LAST)_|_(FIRST|LAST)_|^MESSAGE_TEXT_MAX$")
_DEFINE = re.compile(r"^#define\s+AUDIT_([A-Z0-9_]+)\s+([0-9]{4})\b", re.MULTILINE)
_LATER_TYPES = {
    1420: "IPE_ACCESS",
    1421: "IPE_CONFIG_CHANGE",
    1422: "IPE_POLICY_LOAD",
    1423: "LANDLOCK_ACCESS",
    1424: "LANDLOCK_DOMAIN",
    1425: "MAC_TASK_CONTEXTS",
    1426: "MAC_OBJ_CONTEXTS",
}


def syscalls() -> dict[str, dict[str, int]]:
    """Call name to its number by architecture, in the order of first sight."""
    numbers: dict[str, dict[str, int]] = {}
    for architecture in ARCHITECTURES:
        dump = subprocess.run(
            ["ausyscall", architecture, "--dump"], check=True, capture_output=True, text=True
        ).stdout
        for line in dump.splitlines()[1:]:
            number, _, name = line.partition("\t")
            numbers.setdefault(name, {})[architecture] = int(number)
    for later, name in LATER_CALLS.items():
        numbers[name] = dict.fromkeys(ARCHITECTURES, later)
    return numbers


def record_types() -> dict[int, str]:
    """Record type number to name, as both headers know them."""
    types: dict[int, str] = dict(_LATER_TYPES)
    for header in HEADERS:
        for name, number in _DEFINE.findall(header.read_text(encoding="utf-8")):
            if not _NOT_A_TYPE.search(name):
                types[int(number)] = "APPARMOR" if name == "AA" else name
    return dict(sorted(types.items()))


def main() -> None:
    calls = syscalls()
    with (HERE / "syscalls.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["name", *ARCHITECTURES])
        rows.writerows(
            [name, *(by.get(a, "") for a in ARCHITECTURES)] for name, by in calls.items()
        )
    with (HERE / "record_types.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["number", "name"])
        rows.writerows(record_types().items())
    print(len(calls), "system calls")


if __name__ == "__main__":
    main()
