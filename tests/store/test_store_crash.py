"""A writer that is killed at any moment leaves alerts, position and snapshot that agree."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from sqlalchemy import func, select

from store.made import made
from tocsin.store.store import Store
from tocsin.store.tables import alert, engine, label

TESTS = Path(__file__).parent.parent


def agrees(store: Store) -> int:
    position = store.position()
    assert store.count() == position
    snapshot = store.snapshot()
    if snapshot is not None:
        assert snapshot.position == position
        assert snapshot.content == position.to_bytes(8) * 100_000
    numbers = [change.number for change in store.changes(0, 1_000_000)]
    assert len(set(numbers)) == position
    assert max(numbers, default=0) == store.last_number()
    return position


def test_killed_anywhere(place: str) -> None:
    chance = random.Random(place)
    path = os.pathsep.join([str(TESTS), *filter(None, sys.path)])
    positions = [0]
    for _ in range(4):
        writer = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "store.writer", place],
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        with writer, writer.stdout:
            assert writer.stdout.readline() == b"committed\n"
            time.sleep(chance.uniform(0, 0.15))
            writer.send_signal(signal.SIGKILL)
        with Store.open(place) as store:
            positions.append(agrees(store))
    assert positions == sorted(set(positions))


def test_readers_see_one_moment(place: str) -> None:
    """While a writer adds alerts with two labels each, no reader ever sees half a commit."""
    with Store.open(place) as store, Store.open(place) as other:
        done = threading.Event()
        seen: list[tuple[int, int, int]] = []

        def read() -> None:
            while not done.is_set():
                with other._database.reading() as connection:
                    position = connection.execute(select(engine.c.position)).scalar() or 0
                    alerts = connection.execute(
                        select(func.count()).select_from(alert)
                    ).scalar_one()
                    asked = select(func.count()).where(label.c.kind == "host")
                    seen.append((position, alerts, connection.execute(asked).scalar_one()))

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for position in range(5, 105, 5):
            store.commit(position, [made(n) for n in range(position - 4, position + 1)])
        done.set()
        for reader in readers:
            reader.join()
    assert all(position == alerts == hosts for position, alerts, hosts in seen)
    assert len({position for position, _, _ in seen}) > 1
