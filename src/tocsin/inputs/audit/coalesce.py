"""The records of one audit event folded into one: who did what, to what, by what means.

The kernel tells one event in several records: SYSCALL, and with it EXECVE, CWD, PATH, SOCKADDR,
PROCTITLE and now and then a special one (AVC, CONFIG_CHANGE, …) that gave the reason. A program's
record (USER_LOGIN, …) stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from tocsin.inputs.audit import kernel_names, meanings
from tocsin.inputs.audit.remembered import Remembered, characters

if TYPE_CHECKING:
    from tocsin.inputs.audit.fields import Fields
    from tocsin.inputs.audit.meaning import Meaning, Names
    from tocsin.inputs.audit.records import Identity

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
_PROCESS_KEYS: Final = (
    ("pid", "pid"),
    ("ppid", "ppid"),
    ("proctitle", "title"),
    ("comm", "name"),
    ("exe", "exe"),
    ("cwd", "cwd"),
)
_FILE_KEYS: Final = (
    ("path", "name"),
    ("device", "rdev"),
    ("inode", "inode"),
    ("uid", "ouid"),
    ("gid", "ogid"),
)
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Coalesced:
    """One audit event. Every value is text as it was logged, decoded.

    ``ids`` are those of the acting user by field name (`uid`, `egid`, `old-auid`, …); ``users``
    and ``groups`` lead from an id to its name where auditd logged one. ``parties`` says which
    part of the summary is which user or group of ECS.
    """

    result = "unknown"
    session = ""
    actor = ("", "")
    action = ""
    object_type = ""
    object = ("", "")
    how = ""
    direction = ""
    outcome = ""
    tags: Sequence[str] = ()
    category: Sequence[str] = ()
    type: Sequence[str] = ()
    parties: Sequence[tuple[str, str]] = ()
    args: Sequence[str] = ()
    selinux: Mapping[str, str] = NOTHING
    file: Mapping[str, str] = NOTHING
    file_selinux: Mapping[str, str] = NOTHING
    source: Mapping[str, str] = NOTHING
    destination: Mapping[str, str] = NOTHING

    def __init__(self, identity: Identity, kind: str) -> None:
        self.identity = identity
        self.kind = kind
        self.ids: dict[str, str] = {}
        self.users: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        self.process: dict[str, str] = {}
        self.data: dict[str, str] = {}
        self.paths: list[dict[str, str]] = []


def coalesce(identity: Identity, records: Sequence[Fields]) -> Coalesced:
    """One event of all its records, at least one, in whatever order they were logged.

    What the records say becomes part of the event.
    """
    kinds = [fields.kind for fields in records]
    head = next((i for i, kind in enumerate(kinds) if kind not in _DETAILS), 0)
    main = records[kinds.index("SYSCALL") if "SYSCALL" in kinds else head]
    event = Coalesced(identity, kinds[head])
    _begin(event, main)
    parts: list[Any] = []
    for fields in records:
        if fields.names:
            event.users.update(fields.users)
            event.groups.update(fields.groups)
        parts += fields.arguments
        if fields is not main:
            _ADDERS.get(fields.kind, _add)(event, fields.data)
    if len(records) > 1:
        event.data.pop("items", None)
        if len(event.paths) > 1:
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
    ids, contexts = _APART[tuple(data)]
    event.ids = {key: data.pop(key) for key in ids}
    if contexts:
        event.selinux = {key[5:]: data.pop(key) for key in contexts}
    event.data = data


def _apart(keys: tuple[str, ...]) -> tuple[Sequence[str], Sequence[str]]:
    """Which of a record's pairs are ids of users and groups, and which the SELinux context."""
    ids = [key for key in keys if key.endswith(("uid", "gid"))]
    return ids, [key for key in keys if key.startswith("subj_") and key not in ids]


_APART: Final[Remembered[tuple[str, ...], tuple[Sequence[str], Sequence[str]]]] = Remembered(
    _apart, characters
)


def _add(event: Coalesced, data: dict[str, str]) -> None:
    """The data of a further record; what is there already stays."""
    for key, value in data.items():
        event.data.setdefault(key, value)


def _add_path(event: Coalesced, data: dict[str, str]) -> None:
    event.paths.append(data)


def _add_nothing(event: Coalesced, data: dict[str, str]) -> None:
    """A second system call with the same number."""


def _join(parts: list[Any]) -> list[str]:
    """Arguments in order; those that the kernel cut in parts made whole.

    ``parts``: index, part and text of each (part of an) argument, one behind the other.
    """
    texts = parts[2::3]
    if parts[::3] == list(range(len(texts))):
        return texts
    args: dict[int, list[str]] = {}
    in_order = sorted(zip(parts[::3], parts[1::3], texts, strict=True), key=itemgetter(0, 1))
    for index, _, text in in_order:
        args.setdefault(index, []).append(text)
    return ["".join(whole) for whole in args.values()]


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


_ADDERS: Final = {"PATH": _add_path, "SOCKADDR": _add_address, "SYSCALL": _add_nothing}
"""Kind of a further record to what takes it in, where that is not `_add`."""


def _interpret(event: Coalesced) -> None:
    """Action, object, means and categories, after the table of meanings."""
    event.how = _default_how(event.data)
    of_syscall = meanings.of_syscall(event.data)
    meaning = meanings.meaning_of(event.kind, event.data) or of_syscall
    if meaning is None:
        return
    event.action = meaning.action
    event.category = meaning.category
    event.type = meaning.type
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
    if meaning.who or meaning.as_whom:
        who, as_whom = event.actor
        event.actor = (_first(event, meaning.who, who), _first(event, meaning.as_whom, as_whom))
    if meaning.to or meaning.at:
        to, at = event.object
        event.object = (_first(event, meaning.to, to), _first(event, meaning.at, at))
    if meaning.how:
        event.how = _first(event, meaning.how, event.how)
    if meaning.source_ip and not event.source:
        for name in meaning.source_ip:
            if name in event.data:
                event.source = {"addr": event.data.pop(name)}
                event.direction = "ingress"
                break
    if meaning.users:
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
    path = paths[0]
    for other in paths:
        if other.get("nametype") not in ("PARENT", "UNKNOWN"):
            path = other
            break
    file = {key: path[said] for key, said in _FILE_KEYS if said in path}
    if "path" in file:
        event.object = (file["path"], event.object[1])
    mode = _MODES[path.get("mode", "")]
    if mode:
        file["mode"] = mode
        event.object_type = "file"
    event.file = file
    contexts = _CONTEXTS[tuple(path)]
    if contexts:
        event.file_selinux = {key[4:]: path[key] for key in contexts}


def _mode(octal: str) -> str:
    """Permissions in four digits, of those and the kind of file; nothing if there are none."""
    return f"{int(octal, 8) & 0o7777:04o}" if octal and set(octal) <= set("01234567") else ""


_MODES: Final[Remembered[str, str]] = Remembered(_mode, len)
_CONTEXTS: Final[Remembered[tuple[str, ...], Sequence[str]]] = Remembered(
    lambda keys: [key for key in keys if key.startswith("obj_")], characters
)


def _set_process(event: Coalesced) -> None:
    data = event.data
    event.process = {name: data.pop(key) for key, name in _PROCESS_KEYS if key in data}


def audit_category(event: Coalesced) -> str:
    """The audit system's own category of the event, after its first record."""
    kind = event.kind
    number = kernel_names.record_types().get(kind)
    if number is None and kind.startswith("UNKNOWN["):
        number = int(kind[8:-1])
    return meanings.category(number)
