"""``make demo-live``: the live engine at work on this machine, for half a minute.

Starts ``tocsin serve`` on a temporary folder and the loopback. Where root may audit, a private
auditd watches what one user id runs, and that user runs `curl` against the Kubelet's port, among
ordinary programs. Elsewhere the recorded log is written again, with today's times. Each alert is
printed as it arrives, with the seconds since its last event; then everything is stopped and
removed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from kernel_audit import Auditing, NotPossibleError, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
RECORDED = HERE.parent / "src" / "tocsin" / "demo" / "kubelet-abuse.audit.log"
UID = 4712
ADDRESS = "127.0.0.1:9281"
NODES = ("127.0.0.11", "127.0.0.12", "127.0.0.13")
_STAMP = re.compile(rb"audit\((\d+)\.(\d{3}):")
LINES_A_SECOND = 60


def main() -> None:
    """Run the demo."""
    if importlib.util.find_spec("starlette") is None:
        sys.exit("the live engine needs tocsin[web]: make demo-live installs it")
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        log = folder / "audit" / "audit.log"
        log.parent.mkdir(mode=0o700)
        with (folder / "engine.log").open("wb") as said:
            engine = stack.enter_context(serving(folder, log, said))
        printer = threading.Thread(target=tell, args=(engine,), daemon=True)
        try:
            wait_for(engine)
        except TimeoutError:
            sys.exit((folder / "engine.log").read_text(errors="replace"))
        printer.start()
        reason = why_not() or "it was asked for" * ("--replay" in sys.argv)
        try:
            if reason:
                print(f"replaying the recorded log, since auditing is not possible: {reason}\n")
                replay(log)
            else:
                rule = ["always,exit", "-F", "arch=b64", "-S", "execve", "-F", f"uid={UID}"]
                with Auditing(log.parent, [rule]):
                    print(f"auditing what user {UID} runs on this machine\n")
                    act()
                    time.sleep(3)
        except NotPossibleError as error:
            sys.exit(f"cannot audit: {error}")
        except KeyboardInterrupt:
            print()
        settle()
        engine.terminate()
        engine.wait(30)
        printer.join(5)
        alerts = [sys.executable, "-m", "tocsin", "alerts", "list", "--data", str(folder / "data")]
        print(f"\n$ tocsin alerts list --data {folder / 'data'}", flush=True)
        subprocess.run(alerts, check=False)


@contextlib.contextmanager
def serving(folder: Path, log: Path, said: IO[bytes]) -> Iterator[subprocess.Popen[str]]:
    """An engine with the shipped rules that follows a log."""
    command = [
        *(sys.executable, "-m", "tocsin", "serve", "--data", str(folder / "data")),
        *("--listen", ADDRESS, "--follow", str(log), "--lateness", "2s"),
        *("--sink", "-", "--log", "text"),
    ]
    print(f"$ tocsin {' '.join(command[3:])}", flush=True)
    engine = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True
    )
    try:
        yield engine
    finally:
        if engine.poll() is None:
            engine.kill()
            engine.wait()


def answers(path: str) -> bool:
    """Whether the engine answers with 200."""
    try:
        with urllib.request.urlopen(f"http://{ADDRESS}{path}", timeout=2):
            return True
    except OSError:
        return False


def wait_for(engine: subprocess.Popen[str]) -> None:
    """Wait until the engine looks at events; its first start compiles for some seconds."""
    for _ in range(1200):
        if engine.poll() is not None:
            raise TimeoutError
        if answers("/ready"):
            return
        time.sleep(0.1)
    raise TimeoutError


def tell(engine: subprocess.Popen[str]) -> None:
    """Print each alert as it comes."""
    for line in engine.stdout or ():
        alert = json.loads(line)
        happened = datetime.fromisoformat(alert["@timestamp"]).timestamp()
        told = alert["kibana.alert.severity"], alert["kibana.alert.rule.name"]
        late = max(0.0, time.time() - happened)
        print(f"  {late:5.1f} s  {told[0]:<8}  {told[1]}", flush=True)


def act() -> None:
    """Ordinary work, and the Kubelets of three nodes asked directly, by one user."""
    urls = [f"https://{node}:10250/pods" for node in NODES]
    ordinary: list[list[str]] = [["id"], ["ls", "/"], ["date"], ["uname", "-a"]]
    commands = [*ordinary, *(["curl", "-skm1", url] for url in urls), *ordinary]
    for command in commands:
        print(f"$ {' '.join(command)}", flush=True)
        with contextlib.suppress(OSError):
            subprocess.run(
                command,
                user=UID,
                group=UID,
                extra_groups=[],
                cwd="/",
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        time.sleep(0.7)


def replay(log: Path) -> None:
    """Write the recorded log again, line by line, with the times of today."""
    lines = RECORDED.read_bytes().splitlines(keepends=True)
    with log.open("ab", buffering=0) as file:
        for line in lines:
            seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
            now = b"audit(%d.%03d:" % (seconds, milliseconds)
            file.write(_same_event(line, now, _TIMES))
            time.sleep(1 / LINES_A_SECOND)


_TIMES: dict[bytes, bytes] = {}
"""The new time of each event of the log: its records share one."""


def _same_event(line: bytes, now: bytes, times: dict[bytes, bytes]) -> bytes:
    found = _STAMP.search(line)
    if found is None:
        return line
    number = line[found.end() : line.index(b")", found.end())]
    return line[: found.start()] + times.setdefault(number, now) + line[found.end() :]


def settle() -> None:
    """Wait until what was found is certain: the watermark passes the last event."""
    time.sleep(4)


if __name__ == "__main__":
    os.chdir(HERE.parent)
    main()
