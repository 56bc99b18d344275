"""What audit records say: `key=value` pairs, each value decoded as its writer coded it.

What a value means is looked up by steps; which of them a record needs the names of its pairs say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from tocsin.inputs.audit import kernel_names, sockaddr
from tocsin.inputs.audit.bodies import read_bodies
from tocsin.inputs.audit.names import names_of
from tocsin.inputs.audit.remembered import Remembered, characters

if TYPE_CHECKING:
    pass

_UNSET: Final = frozenset({"4294967295", "-1", "18446744073709551615"})
_MAY_BE_UNSET: Final = ("auid", "old-auid", "old_auid", "new-auid", "new_auid", "ses")
_CONTEXT_PARTS: Final = ("_user", "_role", "_domain", "_level", "_category")
_X32: Final = 0x40000000
_NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


class Fields:
    """What a record says: its pairs, the audit rules' keys, arguments, names of ids.

    ``arguments`` holds index, part and text of each (part of an) argument, one behind the other.
    ``users`` and ``groups`` lead from an id, as text, to the name that auditd added for it;
    ``names`` has all names that it added, by their keys.
    """

    tags: Sequence[str] = ()
    arguments: Sequence[Any] = ()
    users: Mapping[str, str] = _NO_NAMES
    groups: Mapping[str, str] = _NO_NAMES
    names: Mapping[str, str] = _NO_NAMES

    def __init__(self, kind: str, data: dict[str, Any]) -> None:
        self.kind = kind
        self.data: dict[str, str] = data


def read_fields(texts: Sequence[bytes]) -> list[Fields]:
    """All that each record says, decoded. What cannot be decoded stays as it was written.

    ``texts``: lines of records (`tocsin.inputs.audit.records.Stretch`).
    """
    steps = _STEPS
    read = []
    for kind, data, names in read_bodies(texts):
        fields = Fields(kind, data)
        if kind == "EXECVE":
            fields.arguments = data.pop("args")
        else:
            if names is not None:
                _add_names(fields, names)
            for step in steps[kind, *data]:
                step(fields)
        read.append(fields)
    return read


def _set_unset(fields: Fields) -> None:
    data = fields.data
    for key in _MAY_BE_UNSET:
        if data.get(key) in _UNSET:
            data[key] = "unset"


def _split_subject(fields: Fields) -> None:
    _split_context(fields.data, "subj")


def _split_object(fields: Fields) -> None:
    _split_context(fields.data, "obj")


def _split_context(data: dict[str, str], key: str) -> None:
    context = data.pop(key)
    for part, value in zip(_CONTEXT_PARTS, context.lstrip("=").split(":", 4), strict=False):
        data[key + part] = value


def _set_result(fields: Fields) -> None:
    data = fields.data
    said = data.pop("success", None) or data.pop("res")
    data["result"] = _RESULTS[said]


def _result(said: str) -> str:
    good = said.lower() in ("yes", "1") or said[:3].lower() == "suc"
    return "success" if good else "fail"


_RESULTS: Final[Remembered[str, str]] = Remembered(_result, len)


def _name_error(fields: Fields) -> None:
    data = fields.data
    data["exit"] = kernel_names.ERRORS.get(data["exit"], data["exit"])


def _take_tags(fields: Fields) -> None:
    """The keys of the audit rules that asked for the record; several are joined by byte 1."""
    key = fields.data.pop("key")
    if "\x01" in key:
        fields.tags = [tag for tag in key.split("\x01") if tag]
    else:
        fields.tags = [key.removeprefix("key=")]


def _name_syscall(fields: Fields) -> None:
    data, names = fields.data, fields.names
    architecture, name = _SYSCALLS[data["arch"], data["syscall"]]
    if architecture is None:
        architecture = names.get("ARCH")
        if architecture is None:
            return
        name = _syscall(architecture, data["syscall"])
    data["arch"] = architecture
    name = name or names.get("SYSCALL", "")
    if name and "(" not in name:
        data["syscall"] = name


def _find_syscall(coded: tuple[str, str]) -> tuple[str | None, str | None]:
    """The names of an architecture and of a system call, which are given by numbers."""
    architecture = kernel_names.architecture(coded[0])
    return architecture, architecture and _syscall(architecture, coded[1])


def _syscall(architecture: str, number: str) -> str | None:
    if architecture == "x86_64" and number.isdecimal() and len(number) > 9:
        number = str(int(number[:20]) & ~_X32)
    return kernel_names.syscall(architecture, number)


_SYSCALLS: Final[Remembered[tuple[str, str], tuple[str | None, str | None]]] = Remembered(
    _find_syscall, characters
)


def _name_signal(fields: Fields) -> None:
    data = fields.data
    data["sig"] = kernel_names.SIGNALS.get(data["sig"], data["sig"])


def _read_address(fields: Fields) -> None:
    data = fields.data
    try:
        parts = sockaddr.decode(data["saddr"])
    except ValueError:
        return
    del data["saddr"]
    data.update(parts)


_ANY: Final = ""
_Step = Callable[[Fields], None]
_ALL_STEPS: Final[tuple[tuple[str, tuple[str, ...], _Step], ...]] = (
    *((_ANY, (key,), _set_unset) for key in _MAY_BE_UNSET),
    (_ANY, ("subj",), _split_subject),
    (_ANY, ("success",), _set_result),
    (_ANY, ("res",), _set_result),
    (_ANY, ("exit",), _name_error),
    (_ANY, ("key",), _take_tags),
    (_ANY, ("syscall", "arch"), _name_syscall),
    ("SECCOMP", ("sig",), _name_signal),
    ("SOCKADDR", ("saddr",), _read_address),
    ("PATH", ("obj",), _split_object),
)
"""In their order: of which kind of record, with which pairs, and what is then to be done, once."""


def _steps(kind_and_keys: tuple[str, ...]) -> tuple[_Step, ...]:
    kind, *keys = kind_and_keys
    steps = {
        step: None
        for of_kind, needed, step in _ALL_STEPS
        if of_kind in (_ANY, kind) and set(needed) <= set(keys)
    }
    return tuple(steps)


_STEPS: Final[Remembered[tuple[str, ...], tuple[_Step, ...]]] = Remembered(_steps, characters)


def _add_names(fields: Fields, names: str) -> None:
    data = fields.data
    fields.names, users, groups = names_of(fields.kind, names)
    fields.users = {data[key]: name for key, name in users if key in data}
    fields.groups = {data[key]: name for key, name in groups if key in data}
