"""The engine killed at random points under load: nothing is lost or doubled.

``TOCSIN_CRASHES`` says how often it is killed (`make crash`: a thousand times).
"""

import os
import random
import threading
import time

import orjson
import pytest
from bench.served import Served, free_port
from killed_load import Load, rule_files

import tocsin

Store = pytest.importorskip("tocsin.store.store").Store
pytest.importorskip("starlette", reason="tocsin[web] is not installed")
pytest.importorskip("uvicorn", reason="tocsin[web] is not installed")

CRASHES = int(os.environ.get("TOCSIN_CRASHES", "4"))
SEED = int(os.environ.get("TOCSIN_CRASH_SEED", "1"))


def test_nothing_is_lost_or_doubled(tmp_path):
    chance = random.Random(SEED)
    rules, port = rule_files(tmp_path / "rules"), free_port()
    data, log = tmp_path / "data", tmp_path / "log"
    engine = Served(port, data, str(rules), log, "--lateness", "10m")
    load = Load(SEED, port)
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
    engine.listening()
    load.stop()
    sender.join(120)
    assert not sender.is_alive()
    load.close()
    found = settled(engine, tmp_path / "data")
    expected = scanned(load, tmp_path, rules)
    assert found.keys() - expected.keys() == set(), "invented"
    assert expected.keys() - found.keys() == set(), "lost"
    assert found == expected
    assert {alert["kibana.alert.rule.name"] for alert in found.values()} == {
        path.stem for path in rules.iterdir()
    }


def settled(engine, data):
    """The alerts in the store when everything that came was looked at, and the engine had ended."""
    engine.until(engine.settled)
    assert engine.stop() == 0, engine.last_words()
    with Store.open(data) as store:
        changes = store.changes(0, 1_000_000)
    names = [change.alert.id for change in changes]
    assert len(names) == len(set(names))
    return {change.alert.id: timeless(change.alert.document) for change in changes}


def scanned(load, folder, rules):
    """The alerts of an uninterrupted scan of what was acknowledged."""
    path = folder / "acknowledged.ndjson"
    path.write_text("\n".join(load.hits) + "\n")
    found = tocsin.scan(tocsin.read(str(path)), tocsin.load_rules(rules))
    return {alert.id: timeless(orjson.dumps(alert.document)) for alert in found}


def timeless(document):
    """An alert without what the wall clock says."""
    return {
        key: value
        for key, value in orjson.loads(document).items()
        if key != "tocsin.detected_at" and not key.startswith("kibana.alert.rule.execution.")
    }
