"""What this machine's own kernel logs, read back: only as root, with Debian's `auditd`."""

import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tocsin.inputs.audit import AuditReader, looks_like_audit

TOOL = Path(__file__).resolve().parents[2] / "tools" / "kernel_audit.py"
UID = 64_711  # nobody's


def kernel_audit():
    spec = importlib.util.spec_from_file_location("kernel_audit", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(script):
    subprocess.run(  # noqa: S603 - our own script
        ["/bin/bash", "-c", script],
        check=True,
        user=UID,
        group=UID,
        extra_groups=[],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
    )


@pytest.fixture
def open_path():
    """A directory that any user may look into; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def test_a_program_a_connection_and_a_file(open_path, tmp_path):
    tool = kernel_audit()
    if sys.platform != "linux" or (reason := tool.why_not()):
        pytest.skip(f"no auditing here: {reason if sys.platform == 'linux' else 'not Linux'}")
    secret = open_path / "secret of ours"
    secret.write_text("x", encoding="ascii")
    who = ["-F", f"uid={UID}", "-k", "tocsin-test"]
    rules = [
        ["always,exit", "-F", "arch=b64", "-S", "execve", *who],
        ["always,exit", "-F", "arch=b64", "-S", "connect", *who],
        ["always,exit", "-F", "arch=b64", "-S", "openat", "-F", f"path={secret}", *who],
    ]
    private = tmp_path / "audit"
    private.mkdir(mode=0o700)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        script = (
            f"cat '{secret}'; exec 3<>/dev/tcp/127.0.0.1/{port}; "
            "exec /bin/echo 'größe \"quoted\"' '' $'tab\\there' DEADBEEF"
        )
        try:
            with tool.Auditing(private, rules, node="test-1") as log:
                run(script)
        except tool.NotPossibleError as why:
            pytest.skip(f"no auditing here: {why}")
        raw = log.read_bytes()
    assert looks_like_audit(raw)
    reader = AuditReader()
    events = [e for n, line in enumerate(raw.splitlines(), 1) for e in reader.feed(line, n)]
    events += reader.finish()
    assert reader.rejects == []
    documents = [event.document() for event in events]
    ours = [d for d in documents if d.get("user", {}).get("id") == str(UID)]
    assert {d["host"]["name"] for d in ours} == {"test-1"}
    assert {tuple(d["tags"]) for d in ours} == {("tocsin-test",)}

    runs = {d["process"]["name"]: d["process"] for d in ours if d["event"]["action"] == "executed"}
    assert runs["echo"]["args"] == [
        "/bin/echo",
        'größe "quoted"',
        "",
        "tab\there",
        "DEADBEEF",
    ]
    assert runs["echo"]["args_count"] == 5
    assert runs["cat"]["args"] == ["cat", str(secret)]
    assert runs["cat"]["working_directory"] == os.getcwd()  # noqa: PTH109 - as the kernel says it

    opened = next(d for d in ours if d["event"]["action"] == "opened-file")
    assert opened["file"]["path"] == str(secret)
    assert opened["process"]["name"] == "cat"
    connected = next(d for d in ours if d.get("destination", {}).get("port") == port)
    assert connected["destination"]["ip"] == "127.0.0.1"
    assert connected["event"]["action"] == "connected-to"
    assert connected["event"]["outcome"] == "success"
    assert connected["process"]["name"] == "bash"
