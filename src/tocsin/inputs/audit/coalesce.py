"""The records of one audit event folded into one: who did what, to what, by what means.

The kernel tells one event in several records: SYSCALL, and with it EXECVE, CWD, PATH, SOCKADDR,
PROCTITLE and now and then a special one (AVC, CONFIG_CHANGE, …) that gave the reason. A program's
record (USER_LOGIN, …) stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tocsin.inputs.audit import kernel_names, meanings
from tocsin.inputs.audit.fields import Fields, read_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.inputs.audit.meaning import Meaning, Names
    from tocsin.inputs.audit.records import Record

_COMES_IN: Final = frozenset({"recvfrom", "recvmsg", "accept", "accept4"})
_GOES_OUT: Final = frozenset({"connect", "sendto", "sendmsg"})
_ADDRESS_KEYS: Final[tuple[str, ...]] = ("addr", "port", "path")
_INTERPRETERS: Final = ("/usr/bin/python", "/usr/bin/sh", "/usr/bin/bash", "/usr/bin/perl")
# Records that tell more of an event; never the one that gives it its name.
_DETAILS: Final = frozenset(
    {
        "BPRM_FCAPS",
        "CAPSET",
        "CWD",
        "EXECVE",
        "FD_PAIR",
        "IPC",
        "IPC_SET_PERM",
        "MAC_OBJ_CONTEXTS",
        "MAC_TASK_CONTEXTS",
        "MMAP",
        "MQ_GETSETATTR",
        "MQ_NOTIFY",
        "MQ_OPEN",
        "MQ_SENDRECV",
        "OBJ_PID",
        "OPENAT2",
        "PATH",
        "PROCTITLE",
        "SOCKADDR",
        "SOCKETCALL",
    }
)
_PROCESS_KEYS: Final = {
    "pid": "pid",
    "ppid": "ppid",
    "proctitle": "title",
    "comm": "name",
    "exe": "exe",
    "cwd": "cwd",
}


@dataclass(slots=True)
class Coalesced:
    """One audit event. Every value is text as it was logged, decoded.

    ``ids`` are those of the acting user by field name (`uid`, `egid`, `old-auid`, …); ``users``
    and ``groups`` lead from an id to its name where auditd logged one. ``parties`` says which
    part of the summary is which user or group of ECS.
    """

    first: Record
    result: str = "unknown"
    session: str = ""
    tags: list[str] = field(default_factory=list)
    actor: tuple[str, str] = ("", "")
    action: str = ""
    object_type: str = ""
    object: tuple[str, str] = ("", "")
    how: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    selinux: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    process: dict[str, str] = field(default_factory=dict)
    args: list[str] = field(default_factory=list)
    file: dict[str, str] = field(default_factory=dict)
    file_selinux: dict[str, str] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    destination: dict[str, str] = field(default_factory=dict)
    direction: str = ""
    data: dict[str, str] = field(default_factory=dict)
    paths: list[dict[str, str]] = field(default_factory=list)
    category: list[str] = field(default_factory=list)
    type: list[str] = field(default_factory=list)
    outcome: str = ""
    parties: list[tuple[str, str]] = field(default_factory=list)


def coalesce(records: Sequence[Record]) -> Coalesced:
    """One event of all its records, at least one, in whatever order they were logged."""
    read = [read_fields(record) for record in records]
    kinds = [record.kind for record in records]
    head = next((i for i, kind in enumerate(kinds) if kind not in _DETAILS), 0)
    main = kinds.index("SYSCALL") if "SYSCALL" in kinds else head
    event = Coalesced(records[head])
    _begin(event, read[main])
    parts: list[tuple[int, int, str]] = []
    for i, (record, fields) in enumerate(zip(records, read, strict=True)):
        event.users.update(fields.users)
        event.groups.update(fields.groups)
        if i == main:
            parts += fields.arguments
        elif record.kind == "PATH":
            event.paths.append(fields.data)
        elif record.kind == "SOCKADDR":
            _add_address(event, fields.data)
        elif record.kind == "EXECVE":
            parts += fields.arguments
            _add(event, fields)
        elif record.kind != "SYSCALL":
            _add(event, fields)
    if len(records) > 1:
        event.data.pop("items", None)
        event.paths.sort(key=_item)
    if parts:
        event.args = _join(parts)
    _interpret(event)
    _set_process(event)
    return event


def _item(path: dict[str, str]) -> int:
    number = path.get("item", "")
    return int(number) if number.isdecimal() and len(number) < 9 else 0


def _begin(event: Coalesced, fields: Fields) -> None:
    """The data of the record that says most: the system call's, else the first."""
    data = fields.data
    event.result = data.pop("result", "unknown")
    event.session = data.pop("ses", "")
    event.tags = fields.tags
    event.actor = (data.get("auid", ""), data.get("uid", ""))
    for key, value in data.items():
        if key.endswith(("uid", "gid")):
            event.ids[key] = value
        elif key.startswith("subj_"):
            event.selinux[key[5:]] = value
        else:
            event.data[key] = value


def _add(event: Coalesced, fields: Fields) -> None:
    """The data of a further record; what is there already stays."""
    for key, value in fields.data.items():
        event.data.setdefault(key, value)


def _join(parts: list[tuple[int, int, str]]) -> list[str]:
    """Arguments in order; those that the kernel cut in parts made whole."""
    args: list[str] = []
    last = -1
    whole: list[str] = []
    for index, _, text in sorted(parts, key=lambda part: part[:2]):
        if index != last and whole:
            args.append("".join(whole))
            whole = []
        last = index
        whole.append(text)
    args.append("".join(whole))
    return args


def _add_address(event: Coalesced, data: dict[str, str]) -> None:
    for key, value in data.items():
        event.data[f"socket_{key}"] = value
    syscall = event.data.get("syscall", "")
    if syscall in _COMES_IN or syscall in _GOES_OUT:
        address = {key: data[key] for key in _ADDRESS_KEYS if key in data}
        event.direction = "ingress" if syscall in _COMES_IN else "egress"
        if event.direction == "ingress":
            event.source = address
        else:
            event.destination = address


def _interpret(event: Coalesced) -> None:
    """Action, object, means and categories, after the table of meanings."""
    event.how = _default_how(event.data)
    of_syscall = meanings.of_syscall(event.data)
    meaning = meanings.meaning_of(event.first.kind, event.data) or of_syscall
    if meaning is None:
        return
    event.action = meaning.action
    event.category = list(meaning.category)
    event.type = list(meaning.type)
    if of_syscall is not None and of_syscall is not meaning:
        event.category += of_syscall.category
        event.type += of_syscall.type
        event.outcome = "failure" if event.result == "fail" else ""
    event.object_type = meaning.what
    if meaning.what in ("file", "filesystem"):
        _set_file(event, meaning.path_index)
    elif meaning.what == "socket":
        address = event.data.get("socket_addr") or event.data.get("socket_path", "")
        event.object = (address, event.data.get("socket_port", ""))
    _summarise(event, meaning)


def _summarise(event: Coalesced, meaning: Meaning) -> None:
    who, as_whom = event.actor
    to, at = event.object
    event.actor = (_first(event, meaning.who, who), _first(event, meaning.as_whom, as_whom))
    event.object = (_first(event, meaning.to, to), _first(event, meaning.at, at))
    event.how = _first(event, meaning.how, event.how)
    if meaning.source_ip and not event.source:
        for name in meaning.source_ip:
            if name in event.data:
                event.source = {"addr": event.data.pop(name)}
                event.direction = "ingress"
                break
    said = {
        "who": event.actor[0],
        "as_whom": event.actor[1],
        "to": event.object[0],
        "uid": event.ids.get("uid", ""),
    }
    event.parties = [(party, said[part]) for part, party in meaning.users]


def _first(event: Coalesced, names: Names, default: str) -> str:
    for name in names:
        value = event.data.get(name) or event.ids.get(name)
        if value is not None:
            return value
    return default


def _default_how(data: dict[str, str]) -> str:
    """The program; of an interpreter, the script, which its short name tells."""
    exe = data.get("exe")
    comm = data.get("comm")
    if exe is None or (comm is not None and exe.startswith(_INTERPRETERS)):
        return comm or ""
    return exe


def _set_file(event: Coalesced, path_index: int) -> None:
    """The file that the event is about: the first PATH from the index on that is no parent."""
    if not event.paths:
        return
    paths = event.paths[path_index:] or event.paths
    path = next((p for p in paths if p.get("nametype") not in ("PARENT", "UNKNOWN")), paths[0])
    name = path.get("name", "")
    if name:
        event.object = (name, event.object[1])
    event.file = {
        key: path[said]
        for key, said in (
            ("path", "name"),
            ("device", "rdev"),
            ("inode", "inode"),
            ("uid", "ouid"),
            ("gid", "ogid"),
        )
        if said in path
    }
    mode = path.get("mode", "")
    if mode and set(mode) <= set("01234567"):
        event.file["mode"] = f"{int(mode, 8) & 0o7777:04o}"
        event.object_type = "file"
    for key, said in path.items():
        if key.startswith("obj_"):
            event.file_selinux[key[4:]] = said


def _set_process(event: Coalesced) -> None:
    for key, name in _PROCESS_KEYS.items():
        value = event.data.pop(key, None)
        if value is not None:
            event.process[name] = value


def audit_category(event: Coalesced) -> str:
    """The audit system's own category of the event, after its first record."""
    kind = event.first.kind
    number = kernel_names.record_types().get(kind)
    if number is None and kind.startswith("UNKNOWN["):
        number = int(kind[8:-1])
    return meanings.category(number)
