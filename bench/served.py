"""A live engine in a process of its own, which may be killed and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Served:
    """``tocsin serve`` on a port and a folder; what it says goes to the file ``log``."""

    def __init__(self, port: int, data: Path, rules: str, log: Path, *options: str) -> None:
        self.port = port
        self.data = data
        self._log = log
        self._command = [
            *(sys.executable, "-m", "tocsin", "serve", "-r", rules, "--data", str(data)),
            *("--listen", f"127.0.0.1:{port}", "--log", "text", *options),
        ]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; nothing is waited for."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL to it and all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """SIGKILL, if it runs."""
        if self.process is not None and not self.ended:
            self.kill()

    def stop(self) -> int:
        """A clean end; its exit status."""
        self.process.terminate()
        return self.process.wait(60)

    @property
    def ended(self) -> bool:
        """Whether it ended by itself."""
        return self.process.poll() is not None

    def told(self, path: str) -> dict[str, Any] | None:
        """What it answers, if it answers with 200."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as told:
                return json.load(told)
        except (OSError, urllib.error.URLError, ValueError):
            return None

    def listening(self, seconds: float = 120) -> None:
        """Wait until it takes events."""
        self.until(lambda: self.told("/health") is not None, seconds)

    def ready(self, seconds: float = 120) -> None:
        """Wait until it takes events and looks at them."""
        self.until(lambda: self.told("/ready") is not None, seconds)

    def until(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until a condition holds; RuntimeError if the engine ends, or time passes."""
        end = time.monotonic() + seconds
        while not condition():
            if self.ended:
                raise RuntimeError(f"the engine ended: {self.last_words()}")
            if time.monotonic() > end:
                raise RuntimeError(f"waited in vain: {self.last_words()}")
            time.sleep(0.02)

    def settled(self) -> bool:
        """Whether the engine has committed all that the journal holds."""
        with self.progress() as behind:
            return behind() <= 0

    @contextmanager
    def progress(self) -> Iterator[Callable[[], int]]:
        """How many bytes of the journal the engine has not committed, asked often at little cost."""
        from tocsin.journal.reader import JournalReader
        from tocsin.store.store import Store

        with JournalReader(self.data / "journal") as reader, Store.open(self.data) as store:
            yield lambda: reader.end - store.position()

    def last_words(self) -> str:
        """The end of what it said."""
        return self._log.read_text(errors="replace")[-2000:]
