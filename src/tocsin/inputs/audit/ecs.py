"""An audit event as an ECS document, with the fields of Auditbeat's and Auditd Manager's events.

Beyond theirs: `process.args_count` and `process.command_line`, which follow from the arguments,
`file.name` and `file.directory` from the path, and `host.*` from the name that auditd or syslog
put in front of the record. `user.effective` stays where it says the same as `user`, because rules
compare the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tocsin.inputs.audit.coalesce import Coalesced, audit_category
from tocsin.inputs.audit.people import PEOPLE, UNSET, Document, People
from tocsin.inputs.audit.remembered import Remembered, characters

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROCESS_FIELDS: Final = (
    ("title", "title"),
    ("name", "name"),
    ("exe", "executable"),
    ("cwd", "working_directory"),
)
_DATA_STREAM: Final = {
    "type": "logs",
    "dataset": "auditd_manager.auditd",
    "namespace": "default",
}
_AGENT: Final = {"type": "auditbeat"}
_SERVICE: Final = {"type": "auditd"}
_OS: Final = {"type": "linux"}
_OUTCOMES: Final = {"fail": "failure"}
_LARGEST: Final = 2**63 - 1


def document(event: Coalesced) -> Document:
    """The ECS document of an event. It may share parts with others, so it is not to be changed."""
    identity = event.identity
    people = PEOPLE[
        tuple(event.ids.items()),
        tuple(event.users.items()),
        tuple(event.groups.items()),
        tuple(event.parties),
    ]
    doc: Document = {
        "@timestamp": f"{_MOMENTS[identity.seconds]}.{identity.fraction}Z",
        "event": _event(event),
        "data_stream": _DATA_STREAM,
        "agent": _AGENT,
        "service": _SERVICE,
        "host": _host(identity.node),
        "auditd": _auditd(event, people),
    }
    if event.tags:
        doc["tags"] = event.tags
    if people.group:
        doc["group"] = people.group
    if people.related:
        doc["related"] = people.related
    if people.user:
        doc["user"] = people.user
    if event.process or event.args:
        doc["process"] = _process(event)
    if event.file:
        doc["file"] = _file(event)
    if event.source:
        doc["source"] = _address(event.source)
    if event.destination:
        doc["destination"] = _address(event.destination)
    if event.direction:
        doc["network"] = {"direction": event.direction}
    return doc


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


_MOMENTS: Final[Remembered[int, str]] = Remembered(_moment, int.bit_length)


def _event(event: Coalesced) -> Document:
    said: Document = {
        "kind": "event",
        "module": "auditd",
        "dataset": "auditd_manager.auditd",
        "category": list(event.category) or [audit_category(event)],
        "outcome": event.outcome or _OUTCOMES.get(event.result, event.result),
        "sequence": event.identity.serial,
    }
    if event.action:
        said["action"] = event.action
    if event.type:
        said["type"] = list(event.type)
    if "id" in event.data:
        said["id"] = event.data["id"]
    return said


def _host(node: str) -> Document:
    if node:
        return {"os": _OS, "name": node, "hostname": node, "id": node}
    return {"os": _OS}


def _auditd(event: Coalesced, people: People) -> Document:
    auditd: Document = {
        "message_type": event.kind.lower(),
        "result": event.result,
        "summary": _summary(event),
        "data": _data(event.data),
    }
    if event.session not in UNSET:
        auditd["session"] = event.session
    if event.paths:
        auditd["paths"] = [
            path if _PLAIN[tuple(path)] else _with_underscores(path) for path in event.paths
        ]
    if event.selinux:
        auditd["user"] = people.other | {"selinux": event.selinux}
    elif people.other:
        auditd["user"] = people.other
    if event.file_selinux:
        auditd["file"] = {"selinux": event.file_selinux}
    return auditd


def _summary(event: Coalesced) -> Document:
    summary: Document = {}
    who, as_whom = event.actor
    primary, secondary = event.object
    actor = _pair(event.users.get(who, who), event.users.get(as_whom, as_whom))
    if actor:
        summary["actor"] = actor
    if event.object_type:
        summary["object"] = {"type": event.object_type, **_pair(primary, secondary)}
    elif primary or secondary:
        summary["object"] = _pair(primary, secondary)
    if event.how:
        summary["how"] = event.how
    return summary


def _pair(primary: str, secondary: str) -> Document:
    if primary and secondary:
        return {"primary": primary, "secondary": secondary}
    if primary:
        return {"primary": primary}
    return {"secondary": secondary} if secondary else {}


def _data(data: dict[str, str]) -> Document:
    if _PLAIN[tuple(data)]:
        return data
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


def _is_plain(keys: tuple[str, ...]) -> bool:
    """Whether pairs with these keys stand in the document as they are."""
    return not any("-" in key or key.startswith("socket_") or key == "id" for key in keys)


_PLAIN: Final[Remembered[tuple[str, ...], bool]] = Remembered(_is_plain, characters)


def _process(event: Coalesced) -> Document:
    said = event.process
    process: Document = {}
    if (pid := _number(said.get("pid"))) is not None:
        process["pid"] = pid
    if (ppid := _number(said.get("ppid"))) is not None:
        process["parent"] = {"pid": ppid}
    for key, name in _PROCESS_FIELDS:
        if key in said:
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


def _file(event: Coalesced) -> Document:
    file: Document = dict(event.file)
    if "path" in file:
        directory, _, file["name"] = file["path"].rstrip("/").rpartition("/")
        if directory:
            file["directory"] = directory
    if file.get("uid") in event.users:
        file["owner"] = event.users[file["uid"]]
    if file.get("gid") in event.groups:
        file["group"] = event.groups[file["gid"]]
    return file


def _address(address: Mapping[str, str]) -> Document:
    said: Document = {}
    if "addr" in address:
        said["ip"] = address["addr"]
        said["address"] = address["addr"]
    if (port := _number(address.get("port"))) is not None:
        said["port"] = port
    if "path" in address:
        said["address"] = address["path"]
    return said
