"""What each system call and each kind of record means: a table of rows.

A row gives the action ("executed", "connected-to"), the fields that tell who did it, to what and
by what means, and the ECS category and type. Actions and categories are those that Auditbeat and
the Auditd Manager integration use, so that rules written for them fit. Where those leave a kind
of anomaly or policy record without category, the row gives the nearest ECS has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

Names = tuple[str, ...]
"""Fields to look in, the first present one counts."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row.

    ``what`` is the kind of object; for a file, ``path_index`` is the PATH record that names it.
    ``who``, ``as_whom``, ``to``, ``at`` and ``how`` say where the actor (primary, secondary), the
    object (primary, secondary) and the means are found. ``source_ip``: fields with the address
    that a user came from. ``only_with``: fields without which the row does not apply.
    ``users``: which part of the summary is which user or group of ECS.
    """

    action: str = ""
    what: str = ""
    path_index: int = 0
    who: Names = ()
    as_whom: Names = ()
    to: Names = ()
    at: Names = ()
    how: Names = ()
    source_ip: Names = ()
    only_with: str = ""
    category: Names = ()
    type: Names = ()
    users: tuple[tuple[str, str], ...] = ()


_ACTOR: Final = (("who", "user"), ("as_whom", "user.effective"))
_LOGS_IN: Final = ("authentication",)
_INTRUSION: Final = ("intrusion_detection",)


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

_TIME: Final = _host("changed-system-time", "change")
_MODULE: Final = Meaning(
    "loaded-kernel-module", "file", to=("name",), category=("driver",), type=("start",)
)

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
    ("finit_module init_module", _MODULE),
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
            "access faccessat faccessat2 fstatat newfstatat fstatat64 stat stat64 fstat fstat64 lstat "
            "lstat64 getxattr lgetxattr fgetxattr getxattrat"
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
    ("settimeofday clock_settime stime adjtimex clock_adjtime", _TIME),
    ("sethostname setdomainname", _host("changed-system-name", "change")),
    ("mmap mmap2 brk", _process("allocated-memory", "info", "memory")),
)


def _session(
    action: str,
    category: Names = _LOGS_IN,
    kinds: Names = ("info",),
    users: tuple[tuple[str, str], ...] = _ACTOR,
) -> Meaning:
    """What a program that lets users in says of one of them."""
    return Meaning(
        action,
        "user-session",
        who=("auid",),
        as_whom=("acct", "id", "uid"),
        to=("terminal",),
        at=("addr", "hostname"),
        how=("exe", "terminal"),
        category=category,
        type=kinds,
        users=users,
    )


def _account(action: str, *kinds: str, target: str = "") -> Meaning:
    """A change of the accounts of the machine."""
    users = (*_ACTOR, ("to", target)) if target else ()
    return Meaning(action, "account", to=("id", "acct"), category=("iam",), type=kinds, users=users)


def _of_account(target: str) -> tuple[tuple[str, str], ...]:
    return (("who", "user"), ("uid", "user.effective"), ("as_whom", target))


def _plain(action: str, what: str, category: Names, *kinds: str, to: Names = ()) -> Meaning:
    return Meaning(action, what, to=to, category=category, type=kinds)


def _machine(action: str, to: Names = (), at: Names = ()) -> Meaning:
    what = "virtual-machine" if to else ""
    return Meaning(action, what, to=to, at=at, category=("host",), type=("info",))


_PROCESS: Final = ("process",)
_CONFIGURES: Final = ("configuration",)
_AUDITD: Final = ("process", "configuration")
_FROM: Final = ("addr",)
_ANOMALOUS_LOGIN: Final = ("authentication", "intrusion_detection")

_RECORD_ROWS: Final[tuple[tuple[str, Meaning], ...]] = (
    # Accounts
    ("ACCT_LOCK", _plain("locked-account", "", ("iam",), "user", "info")),
    ("ACCT_UNLOCK", _plain("unlocked-account", "", ("iam",), "user", "info")),
    ("ADD_GROUP", _account("added-group-account-to", "group", "creation", target="group")),
    ("ADD_USER", _account("added-user-account", "user", "creation", target="user.target")),
    ("DEL_GROUP", _account("deleted-group-account-from", "group", "deletion", target="group")),
    ("DEL_USER", _account("deleted-user-account", "user", "deletion", target="user.target")),
    (
        "GRP_MGMT",
        replace(
            _account("modified-group-account", "group", "change"),
            users=(("who", "user"), ("as_whom", "group"), ("uid", "user.effective")),
        ),
    ),
    ("ROLE_ASSIGN", _account("assigned-user-role-to", "user", "change")),
    ("ROLE_MODIFY", _plain("modified-role", "", ("iam",), "change")),
    ("ROLE_REMOVE", _account("removed-user-role-from", "user", "change")),
    (
        "USER_MGMT",
        _session("modified-user-account", ("iam",), ("user", "change"), _of_account("user.target")),
    ),
    (
        "USER_CHAUTHTOK",
        _session("changed-password", ("iam",), ("user", "change"), _of_account("user.target")),
    ),
    (
        "GRP_CHAUTHTOK",
        replace(
            _session("changed-group-password", ("iam",), ("group", "change"), _of_account("group")),
            to=("acct",),
            at=(),
        ),
    ),
    # Logins and sessions
    ("CRED_ACQ", _session("acquired-credentials")),
    ("CRED_DISP", _session("disposed-credentials")),
    ("CRED_REFR", _session("refreshed-credentials")),
    ("GRP_AUTH", replace(_plain("authenticated-to-group", "", _LOGS_IN, "info"), users=_ACTOR)),
    (
        "LOGIN",
        Meaning(
            "changed-login-id-to",
            "user-session",
            who=("old_auid", "old-auid"),
            as_whom=("uid",),
            to=("new-auid", "new_auid", "auid"),
            category=_LOGS_IN,
            type=("start",),
            users=(("who", "user"), ("to", "user.effective")),
        ),
    ),
    ("USER_ACCT", _session("was-authorized")),
    ("USER_AUTH", _session("authenticated")),
    ("USER_END", _session("ended-session", ("session",), ("end",))),
    ("USER_ERR", replace(_session("error"), source_ip=_FROM)),
    ("USER_LOGIN", replace(_session("logged-in", kinds=("start",)), source_ip=_FROM)),
    ("USER_LOGOUT", _session("logged-out", kinds=("end",))),
    (
        "USER_ROLE_CHANGE",
        replace(_session("changed-role-to", (), (), ()), to=("selected-context",), at=()),
    ),
    (
        "USER_START",
        replace(_session("started-session", ("session",), ("start",)), source_ip=_FROM),
    ),
    # Virtual machines
    ("VIRT_CONTROL", _machine("issued-vm-control", ("op",), ("vm",))),
    ("VIRT_CREATE", _machine("created-vm-image")),
    ("VIRT_DESTROY", _machine("deleted-vm-image")),
    ("VIRT_INTEGRITY_CHECK", _machine("checked-integrity-of")),
    ("VIRT_MACHINE_ID", _machine("assigned-vm-id", ("vm",))),
    ("VIRT_MIGRATE_IN", _machine("migrated-vm-from")),
    ("VIRT_MIGRATE_OUT", _machine("migrated-vm-to")),
    ("VIRT_RESOURCE", _machine("assigned-vm-resource", ("resrc",), ("vm",))),
    # Processes
    ("CHGRP_ID", _plain("changed-group", "", _PROCESS, "change")),
    ("CHUSER_ID", _plain("changed-user-id", "", _PROCESS, "change")),
    ("TEST", _plain("sent-test", "", _PROCESS, "info")),
    ("TRUSTED_APP", _plain("unknown", "", _PROCESS, "info")),
    ("USER_CMD", _plain("ran-command", "process", _PROCESS, "start", to=("cmd",))),
    # The machine and its services
    ("SYSTEM_BOOT", _host("booted-system", "start")),
    ("SYSTEM_RUNLEVEL", replace(_host("changed-to-runlevel", "change"), to=("new-level",))),
    ("SYSTEM_SHUTDOWN", _host("shutdown-system", "end")),
    ("SERVICE_START", _plain("started-service", "service", _PROCESS, "start", to=("unit",))),
    ("SERVICE_STOP", _plain("stopped-service", "service", _PROCESS, "end", to=("unit",))),
    ("TIME_INJOFFSET TIME_ADJNTPVAL", _TIME),
    ("KERN_MODULE", _MODULE),
    # Auditing itself
    (
        "CONFIG_CHANGE",
        _plain(
            "changed-audit-configuration",
            "audit-config",
            _AUDITD,
            "change",
            to=(
                "op",
                "key",
                "audit_enabled",
                "audit_pid",
                "audit_backlog_limit",
                "audit_failure",
            ),
        ),
    ),
    ("DAEMON_ABORT", _plain("aborted-auditd-startup", "service", _PROCESS, "end")),
    (
        "DAEMON_ACCEPT",
        _plain("remote-audit-connected", "service", ("network",), "connection", "start"),
    ),
    (
        "DAEMON_CLOSE",
        _plain("remote-audit-disconnected", "service", ("network",), "connection", "end"),
    ),
    ("DAEMON_CONFIG", _plain("changed-auditd-configuration", "service", _AUDITD, "change")),
    ("DAEMON_END", _plain("shutdown-audit", "service", _PROCESS, "end")),
    ("DAEMON_ERR", _plain("audit-error", "service", _PROCESS, "info")),
    ("DAEMON_RECONFIG", _plain("reconfigured-auditd", "service", _AUDITD, "info")),
    ("DAEMON_RESUME", _plain("resumed-audit-logging", "service", _PROCESS, "change")),
    ("DAEMON_ROTATE", _plain("rotated-audit-logs", "service", _PROCESS, "change")),
    ("DAEMON_START", _plain("started-audit", "service", _PROCESS, "start")),
    ("KERNEL", _plain("initialized-audit-subsystem", "", _PROCESS, "info")),
    ("USYS_CONFIG", _plain("changed-configuration", "system", _CONFIGURES, "change", to=("op",))),
    (
        "NETFILTER_CFG",
        _plain("loaded-firewall-rule-to", "firewall", _CONFIGURES, "change", to=("table",)),
    ),
    (
        "FEATURE_CHANGE",
        _plain("changed-audit-feature", "system", _CONFIGURES, "change", to=("feature",)),
    ),
    (
        "TTY USER_TTY",
        Meaning("typed", "keystrokes", to=("data",), how=("comm", "exe")),
    ),
    # Mandatory access control
    (
        "AVC",
        Meaning(
            "violated-selinux-policy",
            who=("scontext",),
            to=("tcontext",),
            at=("tclass",),
            only_with="seresult",
        ),
    ),
    (
        "AVC APPARMOR_ALLOWED APPARMOR_AUDIT APPARMOR_DENIED APPARMOR_KILL",
        Meaning(
            "violated-apparmor-policy",
            "policy",
            to=("operation",),
            at=("requested_mask", "denied_mask", "capname"),
            only_with="apparmor",
        ),
    ),
    ("FS_RELABEL", Meaning("relabeled-filesystem", "mac-config")),
    ("LABEL_LEVEL_CHANGE", Meaning("modified-level-of", "printer", to=("printer",))),
    ("LABEL_OVERRIDE", Meaning("overrode-label-of", "mac-config")),
    ("MAC_CHECK", Meaning("mac-permission")),
    (
        "MAC_CONFIG_CHANGE",
        _plain("changed-selinux-boolean", "mac-config", _CONFIGURES, "change", to=("bool",)),
    ),
    ("MAC_POLICY_LOAD", _plain("loaded-selinux-policy", "mac-config", _CONFIGURES, "access")),
    (
        "MAC_STATUS",
        _plain(
            "changed-selinux-enforcement", "mac-config", _CONFIGURES, "change", to=("enforcing",)
        ),
    ),
    ("USER_AVC", Meaning("access-permission")),
    (
        "USER_MAC_CONFIG_CHANGE",
        _plain("changed-mac-configuration", "mac-config", _CONFIGURES, "change"),
    ),
    ("USER_MAC_POLICY_LOAD", _plain("loaded-mac-policy", "mac-config", _CONFIGURES, "access")),
    ("USER_SELINUX_ERR", Meaning("access-error")),
    ("SECCOMP", Meaning("violated-seccomp-policy", "process", to=("syscall",))),
    ("SELINUX_ERR", Meaning("caused-mac-policy-error", "system")),
    # Keys and encrypted sessions
    (
        "CRYPTO_KEY_USER",
        replace(
            _session("negotiated-crypto-key", _PROCESS, ("info",), ()),
            to=("fp",),
            source_ip=_FROM,
        ),
    ),
    ("CRYPTO_LOGIN", _plain("crypto-officer-logged-in", "", _PROCESS, "info")),
    ("CRYPTO_LOGOUT", _plain("crypto-officer-logged-out", "", _PROCESS, "info")),
    (
        "CRYPTO_SESSION",
        replace(
            _session("started-crypto-session", _PROCESS, ("info",), ()),
            to=("addr",),
            at=("rport",),
            source_ip=_FROM,
        ),
    ),
    ("DAC_CHECK", Meaning("access-result")),
    # Anomalies
    (
        "ANOM_ABEND",
        Meaning(
            "crashed-program",
            "process",
            to=("comm", "exe"),
            at=("pid",),
            how=("sig",),
            category=("process", "intrusion_detection"),
            type=("end", "info"),
        ),
    ),
    (
        "ANOM_EXEC",
        Meaning(
            "attempted-execution-of-forbidden-program",
            "process",
            to=("cmd",),
            how=("terminal",),
            category=("process", "intrusion_detection"),
            type=("start", "info"),
        ),
    ),
    ("ANOM_LINK", _plain("used-suspicious-link", "", ("file", "intrusion_detection"), "info")),
    (
        "ANOM_LOGIN_FAILURES",
        _session("failed-log-in-too-many-times-to", _ANOMALOUS_LOGIN, ("info",)),
    ),
    (
        "ANOM_LOGIN_LOCATION",
        _session("attempted-log-in-from-unusual-place-to", _ANOMALOUS_LOGIN, ("info",)),
    ),
    ("ANOM_LOGIN_SESSIONS", _session("opened-too-many-sessions-to", _ANOMALOUS_LOGIN, ("info",))),
    (
        "ANOM_LOGIN_TIME",
        _session("attempted-log-in-during-unusual-hour-to", _ANOMALOUS_LOGIN, ("info",)),
    ),
    (
        "ANOM_PROMISCUOUS",
        _plain(
            "changed-promiscuous-mode-on-device",
            "network-device",
            _INTRUSION,
            "info",
            "change",
            to=("dev",),
        ),
    ),
    (
        "ANOM_RBAC_INTEGRITY_FAIL",
        _plain(
            "tested-file-system-integrity-of", "filesystem", _INTRUSION, "info", to=("hostname",)
        ),
    ),
    ("USER", Meaning("sent-message", to=("addr",))),
)

SYSCALLS: Final[dict[str, Meaning]] = {
    name: meaning for names, meaning in _SYSCALL_ROWS for name in names.split()
}
"""System call to its meaning."""

RECORDS: Final[dict[str, tuple[Meaning, ...]]] = {}
"""Kind of record to its possible meanings."""

for _kinds, _meaning in _RECORD_ROWS:
    for _kind in _kinds.split():
        RECORDS[_kind] = (*RECORDS.get(_kind, ()), _meaning)

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
