"""A disk that fills up, and connections that are cut: nothing is acknowledged that is not kept."""

import os
import shutil
import subprocess
import threading
import time

import pytest
from bench.served import free_port
from killed_load import Load, compared, options, rule_files

pytest.importorskip("starlette", reason="tocsin[web] is not installed")
pytest.importorskip("uvicorn", reason="tocsin[web] is not installed")

SIZE = 160 << 20


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root on Linux can make a small disk")
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603 - ours
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S603, S607 - ours


def test_a_full_disk_stops_acknowledgements_and_no_more(tmp_path, served, disk):
    rules = rule_files(tmp_path / "rules")
    engine = served(free_port(), disk / "data", str(rules), tmp_path / "log", *options(rules))
    engine.start()
    engine.ready()
    load = Load(3, engine.port, tmp_path, rude=0.3)
    sender = threading.Thread(target=load.run, daemon=True)
    sender.start()
    for _ in range(2):
        more(engine, load, 1_000)
        filled = disk / "ballast"
        with filled.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - (60 << 20))
        # what was on its way may still be taken; then nothing is
        settle(load)
        before, tries = load.events, load.tries
        engine.until(lambda tries=tries: load.tries >= tries + 8)
        assert load.events == before
        assert engine.told("/health")["troubles"]
        filled.unlink()
    more(engine, load, 1_000)
    load.stop()
    sender.join(60)
    assert not sender.is_alive()
    load.close()
    compared(engine, load, rules)


def more(engine, load, count):
    """Wait until so many more events were acknowledged."""
    before = load.events
    engine.until(lambda: load.events >= before + count)


def settle(load):
    """Wait until a while passes in which nothing is acknowledged."""
    before = -1
    while load.events != before:
        before = load.events
        time.sleep(0.5)
