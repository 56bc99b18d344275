"""Have the kernel audit what one user does, for a while, into a file of one's own.

    with Auditing(directory, rules) as log: ...
    lines = log.read_bytes()

Needs Linux, root, and Debian's `auditd`. A private auditd is started on a private configuration;
afterwards it is stopped, the rules that were added are deleted, and auditing is switched off again
if it was off. Nothing is done where another daemon already listens; who uses this module takes
turns, since there is one kernel.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

_CONFIGURATION = """\
local_events = yes
write_logs = yes
log_file = {directory}/audit.log
log_group = root
log_format = ENRICHED
flush = DATA
name_format = USER
name = {node}
max_log_file_action = IGNORE
space_left = 10
space_left_action = IGNORE
admin_space_left = 5
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
plugin_dir = {directory}/plugins
"""
_PATIENCE = 10.0
_TURN = "/run/tocsin-audit.lock"
_LONGEST_TURN = 120.0
"""Seconds to wait for others who audit."""


class NotPossibleError(RuntimeError):
    """The kernel, or what surrounds us, does not let us audit; the message says why."""


def why_not() -> str:
    """Why auditing is not possible here; empty if it is."""
    if os.name != "posix" or os.geteuid() != 0:
        return "needs root on Linux"
    if shutil.which("auditctl") is None or shutil.which("auditd") is None:
        return "needs Debian's package auditd"
    try:
        with _turn():  # a daemon of ours, started by somebody else, ends soon
            return _hindrance()
    except NotPossibleError as error:
        return str(error)


@contextmanager
def _turn() -> Iterator[None]:
    """Nobody else of us audits meanwhile."""
    import fcntl  # noqa: PLC0415 - not on every system that reads this module

    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(_TURN, flags, 0o600)
    deadline = time.monotonic() + _LONGEST_TURN
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise NotPossibleError("somebody else audits, and goes on") from None
                time.sleep(0.1)
        yield
    finally:
        os.close(file)


def _hindrance() -> str:
    asked = subprocess.run(["auditctl", "-s"], capture_output=True, text=True, check=False)
    status = _status(asked.stdout)
    if asked.returncode or "enabled" not in status:
        return "this kernel has no auditing, or not for us"
    if status["enabled"] == "2":
        return "the audit configuration of this machine is locked"
    if status["pid"] != "0":
        return "another audit daemon is at work"
    return ""


def _status(text: str) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in text.splitlines() if " " in line)


def _auditctl(*arguments: str) -> str:
    done = subprocess.run(
        ["auditctl", *arguments], check=True, capture_output=True, text=True, timeout=_PATIENCE
    )
    return done.stdout


class Auditing:
    """Audit by these rules (arguments of `auditctl -a`) while the block runs.

    ``plugins``: configuration files of plug-ins of auditd, by their names.
    """

    def __init__(
        self,
        directory: Path,
        rules: list[list[str]],
        node: str = "node-1",
        plugins: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.rules = rules
        self.node = node
        self.plugins = plugins or {}
        self._daemon: subprocess.Popen[bytes] | None = None
        self._was_enabled = "0"
        self._added: list[list[str]] = []
        self._turn = ExitStack()

    def __enter__(self) -> Path:
        with ExitStack() as ending:
            ending.enter_context(_turn())
            if hindrance := _hindrance():
                raise NotPossibleError(hindrance)
            log = self._begin()
            self._turn = ending.pop_all()
        return log

    def _begin(self) -> Path:
        directory = self.directory
        (directory / "plugins").mkdir(mode=0o700)
        for name, text in self.plugins.items():
            plugin = directory / "plugins" / name
            plugin.write_text(text, encoding="utf-8")
            plugin.chmod(0o600)
        configuration = directory / "auditd.conf"
        configuration.write_text(
            _CONFIGURATION.format(directory=directory, node=self.node), encoding="utf-8"
        )
        configuration.chmod(0o600)
        self._was_enabled = _status(_auditctl("-s"))["enabled"]
        self._daemon = subprocess.Popen(
            ["auditd", "-n", "-c", str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait_for(self._daemon)
            for rule in self.rules:
                _auditctl("-a", *rule)
                self._added.append(rule)
        except BaseException:
            self._stop()
            raise
        return directory / "audit.log"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._turn:
            self._stop()

    def _wait_for(self, daemon: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while _status(_auditctl("-s"))["pid"] != str(daemon.pid):
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise NotPossibleError("auditd does not start here")
            time.sleep(0.05)

    def _stop(self) -> None:
        while self._added:
            _auditctl("-d", *self._added.pop())
        if self._daemon is not None and self._daemon.poll() is None:
            self._drain()
            self._daemon.send_signal(signal.SIGTERM)
            try:
                self._daemon.wait(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                self._daemon.kill()
                self._daemon.wait(timeout=_PATIENCE)
        _auditctl("-e", self._was_enabled)

    def _drain(self) -> None:
        """Let the daemon write what the kernel still holds."""
        deadline = time.monotonic() + _PATIENCE
        while _status(_auditctl("-s"))["backlog"] != "0" and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)
