"""An audit event as an ECS document, with the fields of Auditbeat's and Auditd Manager's events.

Beyond theirs: `process.args_count` and `process.command_line`, which follow from the arguments,
`file.name` and `file.directory` from the path, and `host.*` from the name that auditd or syslog
put in front of the record. `user.effective` stays where it says the same as `user`, because rules
compare the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tocsin.inputs.audit.coalesce import Coalesced, audit_category

if TYPE_CHECKING:
    from collections.abc import Iterable

Document = dict[str, Any]
"""Nested fields, as JSON has them."""

_USER_FIELDS: Final = {
    "uid": (),
    "euid": ("effective",),
    "gid": ("group",),
    "egid": ("effective", "group"),
}
_AUDITD_USER_FIELDS: Final = {
    "auid": ("audit",),
    "suid": ("saved",),
    "sgid": ("saved", "group"),
    "fsuid": ("filesystem",),
    "fsgid": ("filesystem", "group"),
}
_UNSET: Final = frozenset({"", "unset", "4294967295", "-1"})
_OUTCOMES: Final = {"fail": "failure"}
_LARGEST: Final = 2**63 - 1


def document(event: Coalesced) -> Document:
    """The ECS document of an event."""
    first = event.first
    doc: Document = {
        "@timestamp": _timestamp(first.seconds, first.fraction),
        "event": _event(event),
        "data_stream": {
            "type": "logs",
            "dataset": "auditd_manager.auditd",
            "namespace": "default",
        },
        "agent": {"type": "auditbeat"},
        "service": {"type": "auditd"},
        "host": _host(first.node),
        "auditd": _auditd(event),
    }
    if event.tags:
        doc["tags"] = event.tags
    user = _users(event, doc["auditd"])
    _add_parties(event, user, doc)
    if user:
        doc["user"] = user
    if event.process or event.args:
        doc["process"] = _process(event)
    if event.file:
        doc["file"] = _file(event, doc["auditd"])
    for name, address in (("source", event.source), ("destination", event.destination)):
        if address:
            doc[name] = _address(address)
    if event.direction:
        doc["network"] = {"direction": event.direction}
    return doc


def _timestamp(seconds: int, fraction: str) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction}Z"


def _event(event: Coalesced) -> Document:
    said: Document = {
        "kind": "event",
        "module": "auditd",
        "dataset": "auditd_manager.auditd",
        "category": event.category or [audit_category(event)],
        "outcome": event.outcome or _OUTCOMES.get(event.result, event.result),
        "sequence": event.first.serial,
    }
    if event.action:
        said["action"] = event.action
    if event.type:
        said["type"] = event.type
    if "id" in event.data:
        said["id"] = event.data["id"]
    return said


def _host(node: str) -> Document:
    host: Document = {"os": {"type": "linux"}}
    if node:
        host |= {"name": node, "hostname": node, "id": node}
    return host


def _auditd(event: Coalesced) -> Document:
    auditd: Document = {
        "message_type": event.first.kind.lower(),
        "result": event.result,
        "summary": _summary(event),
        "data": _data(event.data),
    }
    if event.session not in _UNSET:
        auditd["session"] = event.session
    if event.paths:
        auditd["paths"] = [_with_underscores(path) for path in event.paths]
    return auditd


def _summary(event: Coalesced) -> Document:
    summary: Document = {}
    who, as_whom = event.actor
    actor = _present(
        ("primary", event.users.get(who, who)), ("secondary", event.users.get(as_whom, as_whom))
    )
    what = _present(
        ("type", event.object_type), ("primary", event.object[0]), ("secondary", event.object[1])
    )
    for name, part in (("actor", actor), ("object", what), ("how", event.how)):
        if part:
            summary[name] = part
    return summary


def _present(*pairs: tuple[str, str]) -> Document:
    return {key: value for key, value in pairs if value}


def _data(data: dict[str, str]) -> Document:
    said: Document = {}
    socket: Document = {}
    for key, value in data.items():
        if key.startswith("socket_"):
            socket[key[7:].replace("-", "_")] = value
        elif key != "id":
            said[key.replace("-", "_")] = value
    if socket:
        said["socket"] = socket
    return said


def _with_underscores(data: dict[str, str]) -> Document:
    return {key.replace("-", "_"): value for key, value in data.items()}


def _users(event: Coalesced, auditd: Document) -> Document:
    """The acting user; identities that ECS has no field for go below `auditd.user`."""
    user: Document = {}
    other: Document = {}
    for key, identifier in event.ids.items():
        if identifier in _UNSET:
            continue
        if key in _USER_FIELDS:
            place = _at(user, _USER_FIELDS[key])
        else:
            place = _at(other, _AUDITD_USER_FIELDS.get(key, (key.replace("-", "_"),)))
        place["id"] = identifier
        names = event.groups if key.endswith("gid") else event.users
        if identifier in names:
            place["name"] = names[identifier]
    if event.selinux:
        other["selinux"] = event.selinux
    if other:
        auditd["user"] = other
    return user


def _at(doc: Document, path: Iterable[str]) -> Document:
    for step in path:
        doc = doc.setdefault(step, {})
    return doc


def _add_parties(event: Coalesced, user: Document, doc: Document) -> None:
    """Who acted as whom on whom, for the kinds of record that tell it."""
    related = set()
    for party, value in event.parties:
        if party == "group":
            entity = _entity(value, event.groups)
            if entity:
                doc["group"] = entity
            continue
        entity = _entity(value, event.users)
        place = _at(user, party.split(".")[1:])
        place.pop("id", None)
        place.pop("name", None)
        place.update(entity)
        if "name" in entity:
            related.add(entity["name"])
    for party in ("target", "effective"):
        if not user.get(party, True):
            del user[party]
    if related:
        doc["related"] = {"user": sorted(related)}


def _entity(value: str, names: dict[str, str]) -> Document:
    """A user or group that is told by id or by name; the other one where the log knows it."""
    if value in _UNSET:
        return {}
    if value.isdecimal():
        return {"id": value} | ({"name": names[value]} if value in names else {})
    identifier = next((i for i, name in names.items() if name == value), None)
    return {"name": value} | ({"id": identifier} if identifier is not None else {})


def _process(event: Coalesced) -> Document:
    said = event.process
    process: Document = {}
    if (pid := _number(said.get("pid"))) is not None:
        process["pid"] = pid
    if (ppid := _number(said.get("ppid"))) is not None:
        process["parent"] = {"pid": ppid}
    for key, name in (
        ("title", "title"),
        ("name", "name"),
        ("exe", "executable"),
        ("cwd", "working_directory"),
    ):
        if said.get(key):
            process[name] = said[key]
    if event.args:
        process["args"] = event.args
        process["args_count"] = _count(event)
        process["command_line"] = " ".join(event.args)
    return process


def _count(event: Coalesced) -> int:
    count = _number(event.data.get("argc"))
    return len(event.args) if count is None else count


def _number(text: str | None) -> int | None:
    if text is None or not text.isdecimal() or len(text) > 19:
        return None
    number = int(text)
    return number if number <= _LARGEST else None


def _file(event: Coalesced, auditd: Document) -> Document:
    file: Document = dict(event.file)
    if "path" in file:
        directory, _, file["name"] = file["path"].rstrip("/").rpartition("/")
        if directory:
            file["directory"] = directory
    if file.get("uid") in event.users:
        file["owner"] = event.users[file["uid"]]
    if file.get("gid") in event.groups:
        file["group"] = event.groups[file["gid"]]
    if event.file_selinux:
        auditd["file"] = {"selinux": event.file_selinux}
    return file


def _address(address: dict[str, str]) -> Document:
    said: Document = {}
    if "addr" in address:
        said["ip"] = address["addr"]
        said["address"] = address["addr"]
    if (port := _number(address.get("port"))) is not None:
        said["port"] = port
    if "path" in address:
        said["address"] = address["path"]
    return said
