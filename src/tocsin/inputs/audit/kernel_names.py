"""The kernel's numbers and their names: architectures, system calls, errors, signals, record types.

Numbers are those of the machine that wrote the log, never of the machine that reads it, so they
stand here as data. `syscalls.csv` and `record_types.csv` are written by
`tools/make_audit_tables.py`.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Final

_64_BIT: Final = 0x80000000
_LITTLE: Final = 0x40000000

ARCHITECTURES: Final[dict[int, str]] = {
    62 | _64_BIT | _LITTLE: "x86_64",
    3 | _LITTLE: "i386",
    183 | _64_BIT | _LITTLE: "aarch64",
    40 | _LITTLE: "arm",
    40: "armeb",
    20: "ppc",
    21 | _64_BIT: "ppc64",
    21 | _64_BIT | _LITTLE: "ppc64le",
    22: "s390",
    22 | _64_BIT: "s390x",
    243 | _LITTLE: "riscv32",
    243 | _64_BIT | _LITTLE: "riscv64",
    258 | _LITTLE: "loongarch32",
    258 | _64_BIT | _LITTLE: "loongarch64",
    50 | _64_BIT | _LITTLE: "ia64",
    0x9026 | _64_BIT | _LITTLE: "alpha",
    15: "parisc",
    15 | _64_BIT: "parisc64",
    8: "mips",
    8 | _LITTLE: "mipsel",
    8 | _64_BIT: "mips64",
    8 | _64_BIT | 0x20000000: "mips64n32",
    8 | _64_BIT | _LITTLE: "mipsel64",
    8 | _64_BIT | _LITTLE | 0x20000000: "mipsel64n32",
    2: "sparc",
    43 | _64_BIT: "sparc64",
    42: "sh",
    42 | _LITTLE: "shel",
    4: "m68k",
}
"""The `arch=` number of a record (ELF machine, and two bits for width and byte order) by name."""

# Architectures whose calls are numbered as another's, apart from these.
_NUMBERED_AS: Final[dict[str, tuple[str, dict[int, str]]]] = {
    "riscv64": ("aarch64", {258: "riscv_hwprobe", 259: "riscv_flush_icache"}),
    "riscv32": ("aarch64", {258: "riscv_hwprobe", 259: "riscv_flush_icache"}),
    "loongarch64": ("aarch64", {}),
    "armeb": ("arm", {}),
    "ppc": ("ppc64le", {}),
    "ppc64": ("ppc64le", {}),
    "s390": ("s390x", {}),
}

_ERRORS_FROM_1: Final = (
    "EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT "
    "ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG "
    "ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY "
    "ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR "
    "EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE "
    "ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG "
    "ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK "
    "EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP "
    "EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET "
    "ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT "
    "ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL "
    "EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED "
    "EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON"
)
_ERRORS_OF_THE_KERNEL: Final = {
    512: "ERESTARTSYS",
    513: "ERESTARTNOINTR",
    514: "ERESTARTNOHAND",
    515: "ENOIOCTLCMD",
    516: "ERESTART_RESTARTBLOCK",
    517: "EPROBE_DEFER",
    518: "EOPENSTALE",
    519: "ENOPARAM",
}
ERRORS: Final[dict[str, str]] = {
    f"-{number}": name for number, name in enumerate(_ERRORS_FROM_1.split(), 1) if name != "-"
} | {f"-{number}": name for number, name in _ERRORS_OF_THE_KERNEL.items()}
"""`exit=` of a call that failed (minus the error number, as text) by name."""

_SIGNALS_FROM_1: Final = (
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP "
    "TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
)
SIGNALS: Final[dict[str, str]] = {
    str(number): f"SIG{name}" for number, name in enumerate(_SIGNALS_FROM_1.split(), 1)
}
"""`sig=` of a record, as text, by name."""


def _table(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _syscalls() -> dict[str, dict[str, str]]:
    names: dict[str, dict[str, str]] = {}
    for row in _table("syscalls.csv"):
        call = row.pop("name")
        for architecture, number in row.items():
            if number:
                names.setdefault(architecture, {})[number] = call
    for architecture, (like, changes) in _NUMBERED_AS.items():
        names[architecture] = names[like] | {str(n): call for n, call in changes.items()}
    return names


@cache
def record_types() -> dict[str, int]:
    """Record type name to number."""
    return {row["name"]: int(row["number"]) for row in _table("record_types.csv")}


@cache
def record_type_names() -> dict[int, str]:
    """Record type number to name."""
    return {number: name for name, number in record_types().items()}


def architecture(number: str) -> str | None:
    """The name of an `arch=` value (hexadecimal text), None if it is unknown or no number."""
    try:
        return ARCHITECTURES.get(int(number, 16))
    except ValueError:
        return None


def syscall(architecture_name: str, number: str) -> str | None:
    """The name of a system call of an architecture, None if either is unknown."""
    return _syscalls().get(architecture_name, {}).get(number)
