"""The meaning of each kind of record that is not about a system call alone.

Actions, ECS categories and types are those that Auditbeat and the Auditd Manager integration use,
so that rules written for them fit. Where those leave a kind of anomaly without category, the row
gives the nearest that ECS has.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tocsin.inputs.audit.meaning import Meaning, Names
from tocsin.inputs.audit.syscall_meanings import CHANGED_TIME, LOADED_MODULE

_ACTOR: Final = (("who", "user"), ("as_whom", "user.effective"))
_LOGS_IN: Final = ("authentication",)
_INTRUSION: Final = ("intrusion_detection",)
_HOST: Final = ("host",)
_PROCESS: Final = ("process",)
_CONFIGURES: Final = ("configuration",)
_AUDITD: Final = ("process", "configuration")
_FROM: Final = ("addr",)
_ANOMALOUS_LOGIN: Final = ("authentication", "intrusion_detection")


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
    return Meaning(action, what, to=to, at=at, category=_HOST, type=("info",))


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
        replace(_session("changed-role-to", (), (), ()), to=("selected-context",)),
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
    ("SYSTEM_BOOT", _plain("booted-system", "system", _HOST, "start")),
    (
        "SYSTEM_RUNLEVEL",
        _plain("changed-to-runlevel", "system", _HOST, "change", to=("new-level",)),
    ),
    ("SYSTEM_SHUTDOWN", _plain("shutdown-system", "system", _HOST, "end")),
    ("SERVICE_START", _plain("started-service", "service", _PROCESS, "start", to=("unit",))),
    ("SERVICE_STOP", _plain("stopped-service", "service", _PROCESS, "end", to=("unit",))),
    ("TIME_INJOFFSET TIME_ADJNTPVAL", CHANGED_TIME),
    ("KERN_MODULE", LOADED_MODULE),
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

RECORDS: Final[dict[str, tuple[Meaning, ...]]] = {
    kind: tuple(meaning for kinds, meaning in _RECORD_ROWS if kind in kinds.split())
    for kind in {kind for kinds, _ in _RECORD_ROWS for kind in kinds.split()}
}
"""Kind of record to its possible meanings."""
