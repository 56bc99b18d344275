"""``tocsin serve`` as a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager


class Serving:
    def __init__(self, process, said):
        self.process = process
        self._said = said
        self.url = self.said("ready")["url"]

    def records(self):
        return [json.loads(line) for line in self._said.read_text().splitlines()]

    def said(self, message, seconds=150, *, begins=False):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for record in self.records():
                text = record["message"]
                if text == message or (begins and text.startswith(message)):
                    return record
            assert self.process.poll() is None, self._said.read_text()
            time.sleep(0.02)
        raise AssertionError(self._said.read_text())

    def send(self, *events):
        lines = (json.dumps(line) for found in events for line in ({"create": {}}, found))
        request = urllib.request.Request(  # noqa: S310 - ours
            f"{self.url}/logs-test-default/_bulk",
            "".join(f"{line}\n" for line in lines).encode(),
            {"Content-Type": "application/x-ndjson"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - ours
            assert json.load(answer)["errors"] is False

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as answer:  # noqa: S310 - ours
            return answer.read().decode()

    def metric(self, name):
        lines = self.get("/metrics").splitlines()
        return next((float(line.split()[-1]) for line in lines if line.startswith(name + " ")), 0)


@contextmanager
def serving(tmp_path, *options, restarts=0):
    said = tmp_path / f"said-{time.monotonic_ns()}"
    with said.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - ours
            [
                *(sys.executable, "-m", "tocsin", "serve", "--data", tmp_path / "data"),
                *("--listen", "127.0.0.1:0", "-r", tmp_path / "rules", "--log", "json"),
                *options,
            ],
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Serving(process, said)
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # as systemd does
        assert process.wait(60) == 0, said.read_text()
        assert said.read_text().count("it is started again") == restarts, said.read_text()
