"""The fields of one audit record: `key=value` pairs, each value decoded as its writer coded it.

A value that a user can influence is in double quotes, or, if it holds a quote, a blank or any
byte beyond printable ASCII, in hexadecimal capitals without quotes. Which fields are so coded is
known by name only. Programs put a whole message of pairs into `msg='…'`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tocsin.inputs.audit import kernel_names, sockaddr

if TYPE_CHECKING:
    from tocsin.inputs.audit.records import Record

# Quantifiers are possessive and a key begins at a word's beginning: each character is looked at
# once, whatever the text.
_PAIR: Final = re.compile(
    r"""(?<![a-z0-9_\-])([a-z0-9_\-]++)=("[^"]*+"?|'[^']*+'?|[^"'\s]*+)""",
)
_ARGUMENT: Final = re.compile(r"""(?<!\S)a(\d{1,9})(?:\[(\d{1,9})\])?=("[^"]*+"?|[^"\s]*+)""")
_ARGUMENT_COUNT: Final = re.compile(r"(?<!\S)argc=(\d{1,9})")
_NAME: Final = re.compile(r"""(?<![A-Z0-9_\-])([A-Z][A-Z0-9_\-]*+)=("[^"]*+"?|[^"\s]*+)""")
_AVC: Final = re.compile(r"avc: {1,8}(\w{1,64}) {1,8}\{([^{}]{0,4096})\} {1,8}for {1,8}")
_HEX: Final = re.compile(r"(?:[0-9A-F]{2})+")

_HEX_CODED: Final = frozenset(
    {
        "acct",
        "cgroup",
        "cmd",
        "comm",
        "cwd",
        "data",
        "device",
        "dir",
        "exe",
        "file",
        "grp",
        "invalid_context",
        "key",
        "name",
        "new-chardev",
        "new-disk",
        "new-fs",
        "new-rng",
        "ocomm",
        "old-chardev",
        "old-disk",
        "old-fs",
        "old-rng",
        "path",
        "peer",
        "profile",
        "proctitle",
        "root_dir",
        "sw",
        "vm",
        "watch",
    }
)
_WITHOUT_VALUE: Final = frozenset({"", "?", "?,", "(null)"})
_UNSET: Final = frozenset({"4294967295", "-1", "18446744073709551615"})
_MAY_BE_UNSET: Final = ("auid", "old-auid", "old_auid", "new-auid", "new_auid", "ses")
_CONTEXT_PARTS: Final = ("_user", "_role", "_domain", "_level", "_category")
_OLD_SESSION_KINDS: Final = frozenset({"CRED_DISP", "USER_START", "USER_END"})
_GROUP_KINDS: Final = frozenset({"ADD_GROUP", "DEL_GROUP", "GRP_MGMT", "GRP_CHAUTHTOK"})
_X32: Final = 0x40000000


@dataclass(slots=True)
class Fields:
    """What a record says: its pairs, the audit rules' keys, arguments, names of ids.

    ``arguments`` holds index, part and text of each (part of an) argument. ``users`` and
    ``groups`` lead from an id, as text, to the name that auditd added for it.
    """

    data: dict[str, str]
    tags: list[str] = field(default_factory=list)
    arguments: list[tuple[int, int, str]] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)


def read_fields(record: Record) -> Fields:
    """All that a record says, decoded. What cannot be decoded stays as it was written."""
    kind = record.kind
    if kind == "EXECVE":
        count = _ARGUMENT_COUNT.search(record.body, 0, 64)
        return Fields({"argc": count[1]} if count else {}, arguments=_arguments(record.body))
    data = _pairs(_plain(kind, record.body))
    fields = Fields(data)
    names = _add_names(fields, record.enriched, kind) if record.enriched else {}
    for key in _MAY_BE_UNSET:
        if data.get(key) in _UNSET:
            data[key] = "unset"
    _split_context(data, "subj")
    _set_result(data)
    if "exit" in data:
        data["exit"] = kernel_names.ERRORS.get(data["exit"], data["exit"])
    if "key" in data:
        fields.tags = _tags(data.pop("key"))
    if "syscall" in data and "arch" in data:
        _name_syscall(data, names)
    if kind == "SECCOMP" and "sig" in data:
        data["sig"] = kernel_names.SIGNALS.get(data["sig"], data["sig"])
    elif kind == "SOCKADDR":
        _read_address(data)
    elif kind == "PATH":
        _split_context(data, "obj")
    return fields


def _plain(kind: str, body: str) -> str:
    """Wordings that are no pairs, rewritten as pairs."""
    if kind in ("AVC", "USER_AVC"):
        return _AVC.sub(_avc_pairs, body, count=1)
    if kind == "LOGIN":
        return body.replace("old ", "old_", 2).replace("new ", "new_", 2)
    if kind in _OLD_SESSION_KINDS and "(hostname=" in body:
        return body.replace("(hostname=", "hostname=", 1).replace(", ", " ").rstrip(")'") + "'"
    return body


def _avc_pairs(found: re.Match[str]) -> str:
    return f"seresult={found[1]} seperms={','.join(found[2].split())} "


def _pairs(text: str) -> dict[str, str]:
    """The pairs of a text, those of a program's own message among them; a later one wins."""
    data: dict[str, str] = {}
    start = text.find("msg='")
    if start < 0:
        _collect(data, text)
        return data
    end = text.rfind("'")
    _collect(data, text[:start])
    _collect(data, text[start + 5 : end if end >= start + 5 else len(text)])
    return data


def _collect(data: dict[str, str], text: str) -> None:
    for key, coded in _PAIR.findall(text):
        value = coded
        if value[:1] in ('"', "'"):
            value = _unquoted(value)
        elif key in _HEX_CODED and _HEX.fullmatch(value):
            raw = bytes.fromhex(value)
            value = raw.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace")
        if value not in _WITHOUT_VALUE:
            data[key] = value


def _unquoted(value: str) -> str:
    closed = len(value) > 1 and value[-1] == value[0]
    return value[1:-1] if closed else value[1:]


def _arguments(body: str) -> list[tuple[int, int, str]]:
    parts = []
    for index, part, coded in _ARGUMENT.findall(body):
        text = coded
        if text[:1] == '"':
            text = _unquoted(text)
        elif _HEX.fullmatch(text):
            text = bytes.fromhex(text).split(b"\0", 1)[0].decode("utf-8", "replace")
        parts.append((int(index), int(part or 0), text))
    return parts


def _split_context(data: dict[str, str], key: str) -> None:
    context = data.pop(key, None)
    if context is not None:
        for part, value in zip(_CONTEXT_PARTS, context.lstrip("=").split(":", 4), strict=False):
            data[key + part] = value


def _set_result(data: dict[str, str]) -> None:
    said = data.pop("success", None) or data.pop("res", None)
    if said is not None:
        good = said.lower() in ("yes", "1") or said[:3].lower() == "suc"
        data["result"] = "success" if good else "fail"


def _tags(key: str) -> list[str]:
    """The keys of the audit rules that asked for the record; several are joined by byte 1."""
    if "\x01" in key:
        return [tag for tag in key.split("\x01") if tag]
    return [key.removeprefix("key=")]


def _name_syscall(data: dict[str, str], names: dict[str, str]) -> None:
    architecture = kernel_names.architecture(data["arch"]) or names.get("ARCH")
    if architecture is None:
        return
    data["arch"] = architecture
    number = data["syscall"]
    if architecture == "x86_64" and number.isdigit() and len(number) > 9:
        number = str(int(number[:20]) & ~_X32)
    name = kernel_names.syscall(architecture, number) or names.get("SYSCALL", "")
    if name and "(" not in name:
        data["syscall"] = name


def _read_address(data: dict[str, str]) -> None:
    if "saddr" in data:
        try:
            parts = sockaddr.decode(data["saddr"])
        except ValueError:
            return
        del data["saddr"]
        data.update(parts)


def _add_names(fields: Fields, enriched: str, kind: str) -> dict[str, str]:
    """The names that auditd looked up when it wrote the record; ids without one are left out."""
    names = {}
    for key, coded in _NAME.findall(enriched):
        name = _unquoted(coded) if coded[:1] == '"' else coded
        if name == "unset" or not name or name.startswith("unknown("):
            continue
        names[key] = name
        identifier = fields.data.get(key.lower())
        if identifier is None:
            continue
        if key.endswith("UID") or (key == "ID" and kind not in _GROUP_KINDS):
            fields.users[identifier] = name
        elif key.endswith("GID") or key == "ID":
            fields.groups[identifier] = name
    return names
