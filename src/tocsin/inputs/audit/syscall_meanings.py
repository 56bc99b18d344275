"""The meaning of each system call.

Actions, ECS categories and types are those that Auditbeat and the Auditd Manager integration use,
so that rules written for them fit. Calls that only another architecture or a newer kernel has
mean what their older sisters mean.
"""

from __future__ import annotations

from typing import Final

from tocsin.inputs.audit.meaning import Meaning


def _file(action: str, kind: str = "info", *, path_index: int = 0, what: str = "file") -> Meaning:
    return Meaning(action, what, path_index, category=("file",), type=(kind,))


def _socket(action: str, *kinds: str) -> Meaning:
    return Meaning(action, "socket", category=("network",), type=kinds)


def _process(action: str, kind: str, what: str = "process", *how: str) -> Meaning:
    return Meaning(action, what, how=how, category=("process",), type=(kind,))


def _host(action: str, kind: str) -> Meaning:
    return Meaning(action, "system", category=("host",), type=(kind,))


ANY_SYSCALL: Final = Meaning(category=("process",), type=("info",))
"""The meaning of a system call that has no row: no action, but a category."""

CHANGED_TIME: Final = _host("changed-system-time", "change")
"""Also what records of clock adjustments mean."""

LOADED_MODULE: Final = Meaning(
    "loaded-kernel-module", "file", to=("name",), category=("driver",), type=("start",)
)
"""Also what the record of a loaded module means."""

_SYSCALL_ROWS: Final[tuple[tuple[str, Meaning], ...]] = (
    ("execve execveat", _process("executed", "start", "file")),
    ("creat", _file("opened-file", "creation")),
    ("open openat openat2 readlink readlinkat", _file("opened-file")),
    ("fallocate truncate ftruncate truncate64 ftruncate64", _file("opened-file", "change")),
    ("read", _file("read-file")),
    ("write", _file("wrote-to-file", "change")),
    (
        (
            "setxattr fsetxattr lsetxattr setxattrat "
            "removexattr fremovexattr lremovexattr removexattrat"
        ),
        _file("changed-file-attributes-of", "change"),
    ),
    ("chmod fchmod fchmodat fchmodat2", _file("changed-file-permissions-of", "change")),
    (
        "chown fchown fchownat lchown chown32 fchown32 lchown32",
        _file("changed-file-ownership-of", "change"),
    ),
    ("finit_module init_module", LOADED_MODULE),
    (
        "delete_module",
        Meaning("unloaded-kernel-module", "file", category=("driver",), type=("end",)),
    ),
    ("mkdir mkdirat", _file("created-directory", "creation", path_index=1)),
    ("mount", _file("mounted", "creation", path_index=1, what="filesystem")),
    ("umount umount2", _file("unmounted", "deletion", what="filesystem")),
    ("rename renameat renameat2", _file("renamed", "change", path_index=2)),
    (
        (
            "access faccessat faccessat2 fstatat newfstatat fstatat64 stat stat64 fstat fstat64 "
            "lstat lstat64 getxattr lgetxattr fgetxattr getxattrat"
        ),
        _file("checked-metadata-of"),
    ),
    (
        "statfs fstatfs statfs64 fstatfs64",
        _file("checked-filesystem-metadata-of", what="filesystem"),
    ),
    ("link linkat", _file("linked", "creation")),
    ("symlink symlinkat", _file("symlinked", "creation")),
    ("rmdir unlink unlinkat", _file("deleted", "deletion")),
    ("utime utimes futimesat futimens utimensat", _file("changed-timestamp-of")),
    ("mknod mknodat", _file("make-device", "creation")),
    ("listen", _socket("listen-for-connections", "start")),
    ("accept accept4", _socket("accepted-connection-from", "connection", "start")),
    ("bind", _socket("bound-socket", "start")),
    ("connect", _socket("connected-to", "connection", "start")),
    ("recv recvfrom recvmsg recvmmsg", _socket("received-from", "connection", "info")),
    ("send sendto sendmsg sendmmsg", _socket("sent-to", "connection", "info")),
    ("kill tkill tgkill", _process("killed-pid", "end")),
    (
        (
            "setuid seteuid setfsuid setreuid setresuid setgid setegid setfsgid setregid setresgid "
            "setuid32 setfsuid32 setreuid32 setresuid32 setgid32 setfsgid32 setregid32 setresgid32"
        ),
        _process("changed-identity-of", "change", "process", "syscall"),
    ),
    (
        "sched_setparam sched_setscheduler sched_setattr",
        _process("adjusted-scheduling-policy-of", "change", "process", "syscall"),
    ),
    ("settimeofday clock_settime stime adjtimex clock_adjtime", CHANGED_TIME),
    ("sethostname setdomainname", _host("changed-system-name", "change")),
    ("mmap mmap2 brk", _process("allocated-memory", "info", "memory")),
)

SYSCALLS: Final[dict[str, Meaning]] = {
    name: meaning for names, meaning in _SYSCALL_ROWS for name in names.split()
}
"""System call to its meaning."""
