"""The engine killed at random points under load: nothing is lost or doubled.

``TOCSIN_CRASHES`` says how often it is killed (`make crash`: a thousand times).
"""

import os
import random
import threading
import time

import pytest
from bench.served import free_port
from killed_load import Load, compared, options, rule_files

pytest.importorskip("starlette", reason="tocsin[web] is not installed")
pytest.importorskip("uvicorn", reason="tocsin[web] is not installed")

CRASHES = int(os.environ.get("TOCSIN_CRASHES", "4"))
FEWEST = 6_000
"""So many events set each rule off."""
SEED = int(os.environ.get("TOCSIN_CRASH_SEED", "1"))


def test_nothing_is_lost_or_doubled(tmp_path, served):
    chance = random.Random(SEED)
    rules, port = rule_files(tmp_path / "rules"), free_port()
    data, log = tmp_path / "data", tmp_path / "log"
    engine = served(port, data, str(rules), log, *options(rules))
    load = Load(SEED, port, tmp_path)
    sender = threading.Thread(target=load.run, daemon=True)
    engine.start()
    engine.listening()
    sender.start()
    for number in range(CRASHES):
        # now and then while it starts, mostly while it works
        if chance.random() > 0.15:
            engine.listening()
            before = load.events
            while load.events < before + 200 and not engine.ended:
                time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.6))
        assert not engine.ended, f"before kill {number}: {engine.last_words()}"
        engine.kill()
        engine.start()
    engine.until(lambda: load.events >= FEWEST)
    load.stop()
    sender.join(120)
    assert not sender.is_alive()
    load.close()
    found = compared(engine, load, rules)
    assert {alert["kibana.alert.rule.name"] for alert in found.values()} == {
        path.stem for path in rules.iterdir()
    }
