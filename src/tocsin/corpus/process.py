"""A process as events tell of it: its own, its children's, those of the session it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tocsin.alerts.paths import Fields
from tocsin.schema.values import number_of, parse_time, text_of

LONGEST = 20_000
"""Characters of a text that are kept."""

_HOSTS = ("host.id", "host.name", "agent.id", "container.id")
_ENDS = frozenset({"end", "exit", "exited", "terminated", "process_stopped", "process_terminated"})
_STARTS = frozenset({"start", "fork", "exec", "executed", "process_started", "process_created"})


@dataclass(frozen=True, slots=True)
class Process:
    """What is known of a process; empty or None where nothing is.

    ``id``: its ``entity_id``. ``parent`` and ``parent_pid`` are its parent's. Times are ms since
    1970. ``stored``: an event of its own is stored; else another event tells of it.
    """

    id: str = ""
    pid: int | None = None
    name: str = ""
    executable: str = ""
    command_line: str = ""
    user: str = ""
    started: int | None = None
    ended: int | None = None
    exit_code: int | None = None
    parent: str = ""
    parent_pid: int | None = None
    stored: bool = False

    @property
    def known(self) -> bool:
        """Whether anything tells which process it is."""
        return bool(self.id or self.pid is not None or self.name or self.executable)

    def same(self, other: Process) -> bool:
        """Whether both may be one process, told by what names it."""
        if self.id and other.id:
            return self.id == other.id
        return self.pid is not None and self.pid == other.pid

    def joined(self, other: Process) -> Process:
        """The process with what another account of it adds."""
        started = [at for at in (self.started, other.started) if at is not None]
        return replace(
            self,
            id=self.id or other.id,
            pid=other.pid if self.pid is None else self.pid,
            name=self.name or other.name,
            executable=self.executable or other.executable,
            command_line=self.command_line or other.command_line,
            user=self.user or other.user,
            started=min(started, default=None),
            ended=other.ended if self.ended is None else self.ended,
            exit_code=other.exit_code if self.exit_code is None else self.exit_code,
            parent=self.parent or other.parent,
            parent_pid=other.parent_pid if self.parent_pid is None else self.parent_pid,
            stored=self.stored or other.stored,
        )


class Account:
    """An event, as what it tells of processes."""

    def __init__(self, event: Mapping[str, Any], at: int | None) -> None:
        self._fields = Fields(dict(event))
        self.at = at
        types = {str(value).lower() for value in self._fields("event.type")}
        actions = {str(value).lower() for value in self._fields("event.action")}
        category = {str(value).lower() for value in self._fields("event.category")}
        of_process = "process" in category
        self.ends = of_process and bool(("end" in types) or actions & _ENDS)
        self.starts = of_process and not self.ends and bool("start" in types or actions & _STARTS)
        self.forks = "fork" in actions

    def text(self, name: str) -> str:
        """The first value of a field."""
        found = self._fields(name)
        return text_of(found[0])[:LONGEST] if found else ""

    def texts(self, name: str) -> list[str]:
        """All values of a field."""
        return [text_of(value)[:LONGEST] for value in self._fields(name)]

    def number(self, name: str) -> int | None:
        """The first value of a field as a whole number."""
        found = self._fields(name)
        number = number_of(found[0]) if found else None
        return int(number) if number is not None and number == int(number) else None

    @property
    def host(self) -> tuple[str, str] | None:
        """What the host is told by: a field and its value."""
        return next(((name, value) for name in _HOSTS if (value := self.text(name))), None)

    @property
    def process(self) -> Process:
        """The process that the event is about."""
        found = self.at_path("process")
        at = self.at
        return replace(
            found,
            user=self.text("user.name") or self.text("user.id") or found.user,
            started=at if self.starts and found.started is None else found.started,
            ended=at if self.ends and found.ended is None else found.ended,
            parent=self.text("process.parent.entity_id"),
            parent_pid=_first(self.number("process.parent.pid"), self.number("process.ppid")),
        )

    def at_path(self, path: str) -> Process:
        """The process that is told of below a path, such as ``process.parent``."""
        return Process(
            self.text(f"{path}.entity_id"),
            self.number(f"{path}.pid"),
            self.text(f"{path}.name"),
            self.text(f"{path}.executable"),
            self.text(f"{path}.command_line") or " ".join(self.texts(f"{path}.args"))[:LONGEST],
            self.text(f"{path}.user.name") or self.text(f"{path}.user.id"),
            parse_time(self.text(f"{path}.start")),
            parse_time(self.text(f"{path}.end")),
            self.number(f"{path}.exit_code"),
        )


def _first(one: int | None, other: int | None) -> int | None:
    return other if one is None else one
