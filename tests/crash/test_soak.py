"""Memory is bounded however long it goes on: ``TOCSIN_SOAK`` gives the seconds (`make soak`)."""

import os
import threading
import time
from contextlib import suppress

import pytest
from bench.served import free_port
from killed_load import Load, compared, options, rule_files

psutil = pytest.importorskip("psutil", reason="psutil is not installed")
pytest.importorskip("starlette", reason="tocsin[web] is not installed")
pytest.importorskip("uvicorn", reason="tocsin[web] is not installed")

SECONDS = float(os.environ.get("TOCSIN_SOAK", "15"))
GROWTH = 60 << 20
"""What allocators and caches may still take after the first third, in bytes."""


def test_memory_is_bounded(tmp_path, served):
    rules = rule_files(tmp_path / "rules")
    engine = served(free_port(), tmp_path / "data", str(rules), tmp_path / "log", *options(rules))
    engine.start()
    engine.ready()
    load = Load(11, engine.port, tmp_path)
    sender = threading.Thread(target=load.run, daemon=True)
    sender.start()
    seen = []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        time.sleep(SECONDS / 60)
        assert not engine.ended, engine.last_words()
        seen.append(memory(engine))
    load.stop()
    sender.join(60)
    load.close()
    compared(engine, load, rules)
    # Pages of the rules are made by a process that is there once, somewhen: it is not measured.
    lasting = seen[0].keys() & seen[-1].keys()
    assert len(lasting) > 1
    assert len(seen[-1]) <= len(lasting) + 1
    sums = [sum(each.get(name, 0) for name in lasting) for each in seen]
    third = len(sums) // 3
    assert max(sums[-third:]) < max(sums[:third]) * 1.1 + GROWTH, [one >> 20 for one in sums]


def memory(engine):
    """Resident bytes of the engine and of all that it started, by process."""
    own = psutil.Process(engine.process.pid)
    found = {}
    for one in (own, *own.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            found[one.pid] = one.memory_info().rss
    return found
