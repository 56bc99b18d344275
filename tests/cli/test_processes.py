"""The command as a process: signals, pipes, terminals. Each start takes a second or two, so few."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import tocsin
from tocsin.inputs.batch import BYTES

pty = pytest.importorskip("pty")

DEMO = Path(tocsin.__file__).parent / "demo"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of Unix")


def interruptible():
    """A job in the background of a script ignores interrupts, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(folder, *arguments, **streams):
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    source = str(Path(tocsin.__file__).parents[1])
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "tocsin", *map(str, arguments)],
        cwd=folder,
        env={**environment, "PYTHONPATH": source, "TERM": "xterm"},
        preexec_fn=interruptible if os.name == "posix" else None,  # noqa: PLW1509 - no threads yet
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
    )


@POSIX
def test_an_interrupt_writes_what_was_found_so_far(tmp_path):
    end, begin = os.pipe()
    lines = (DEMO / "containers.ndjson").read_bytes()
    with start(tmp_path, "scan", "-", "--format", "json", stdin=end) as process:
        os.close(end)
        # more than two of a reader's buffers hold: when all has been taken, the first was matched
        for _ in range(3 * BYTES // len(lines)):
            os.write(begin, lines)
        time.sleep(0.5)  # until it waits for more: before that, the signal itself would wait for it
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
        os.close(begin)
    assert process.returncode == 130
    assert b"interrupted: this is what was found so far" in err
    assert json.loads(out)


@POSIX
@pytest.mark.parametrize("command", [["scan", DEMO, "--format", "ndjson"], ["show", "kubeletctl"]])
def test_a_reader_that_leaves_is_no_failure(command, tmp_path):
    with start(tmp_path, *command) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 0
    assert b"rror" not in err
    assert b"Traceback" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_full_disk_ends_with_two(tmp_path):
    full = Path("/dev/full").open("wb")  # noqa: SIM115 - closed as the process gets it
    with full, start(tmp_path, "show", "length", stdout=full) as process:
        err = process.stderr.read()
    assert process.returncode == 2
    assert err == b"tocsin: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
@pytest.mark.parametrize("option", ["--output", "--stats", "--rejects"])
def test_the_file_that_a_full_disk_has_no_room_for_is_named(option, cli, tmp_path):
    (tmp_path / "events.ndjson").write_text("rubbish\n")
    found = cli("scan", DEMO, "events.ndjson", option, "/dev/full")
    assert found.status == 2
    assert found.err.endswith("tocsin: cannot write /dev/full: No space left on device\n")


@POSIX
def test_colours_are_for_a_terminal(tmp_path):
    inner, outer = pty.openpty()
    with start(tmp_path, "scan", DEMO, stdout=outer) as process:
        os.close(outer)
        text = _all(inner)
        err = process.stderr.read()
    assert process.returncode == 0
    assert b"high\x1b[0m" in text
    assert b"\x1b" not in err
    assert b"reading" not in err


@POSIX
def test_progress_is_for_a_terminal(tmp_path):
    inner, outer = pty.openpty()
    with start(tmp_path, "scan", DEMO, stderr=outer) as process:
        os.close(outer)
        threading.Thread(target=process.stdout.read).start()
        text = _all(inner)
    assert process.returncode == 0
    assert b"reading" in text
    assert b"162 events" in text


def _all(terminal):
    """What comes from a terminal until nobody holds its other end, which is an error of its own."""
    found = b""
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 65536):
            found += piece
    os.close(terminal)
    return found
