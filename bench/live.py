"""``make bench-live``: how fast the live engine takes events over HTTP, and how soon alerts stand.

    python -m bench.live --events 1000000

A client sends bulk requests in three ways, each to an engine of its own: some events as fast as they
are answered; all events as fast as everything keeps up, which is what can go on for ever; and at 70 %
of that rate. Everything keeps up while the engine is at most `BEHIND` bytes of the journal behind and
at most `WAITING` closed segments wait to become Parquet; the client waits else. The rate is that of
the events behind the first three tenths, with which what may wait is there: as much waits at the end.

Bodies, of as many events as shippers put into one, are made before, and what an engine does once
behind its start is waited for. The figures are compared with a scan of the same events by the same
rules. An alert's latency is from sending the request with its last event to finding it in the store,
whose number of changes is looked at every ten milliseconds; the alerts are read when all is over.
Events are accepted when they are on disk, settled when the engine has committed what it found, and
sealed when the journal's closed segments are Parquet. Added to ``bench/results.json`` and
``bench/RESULTS.md``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sqlite3
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

from bench.data import ndjson
from bench.results import keep, measured_before
from bench.runs import RULES, worker
from bench.served import Served, free_port

KINDS = ("eql", "query")
BATCH = 1_000
SENDERS = 4
SHARE = 0.7
BURST = 200_000
"""Events that are sent as fast as they are answered."""

BEHIND, WAITING = 64 << 20, 5
"""Bytes of the journal before the engine, and closed segments that are not sealed, at most.

Up to four segments wait for an engine that has much before it (`tocsin.journal.keeper`).
"""

FIRST = 0.3
"""The share of events behind which the rate counts at which everything keeps up."""

ONCE = 60.0
"""Seconds, at most, for what an engine does once, behind its start."""


def bodies_of(lines: Iterable[bytes]) -> list[bytes]:
    """Bulk bodies of events, each with its number as its id."""
    numbers = count()
    rest = iter(lines)
    made = []
    while some := list(islice(rest, BATCH)):
        made.append(b"".join(b'{"create":{"_id":"%d"}}\n%s\n' % (next(numbers), x) for x in some))
    return made


class Client:
    """Sends bulk bodies, by several threads, each over a connection of its own."""

    def __init__(self, port: int, bodies: Sequence[bytes]) -> None:
        self._port = port
        self._own = threading.local()
        self.sent: dict[int, float] = {}
        self.bodies = bodies

    def run(self, rate: float | None = None, keeps_up: Callable[[], bool] | None = None) -> float:
        """Send everything; the seconds that it took.

        ``rate``: at most so many events a second. ``keeps_up``: waited for before each body.
        """
        began = time.perf_counter()
        with ThreadPoolExecutor(SENDERS) as pool:
            waiting = []
            for number, body in enumerate(self.bodies):
                if rate is not None:
                    due = began + number * BATCH / rate
                    time.sleep(max(0.0, due - time.perf_counter()))
                while keeps_up is not None and not keeps_up():
                    time.sleep(0.005)
                if len(waiting) >= SENDERS:
                    waiting.pop(0).result()
                waiting.append(pool.submit(self._send, number, body))
            for one in waiting:
                one.result()
        return time.perf_counter() - began

    def _send(self, number: int, body: bytes) -> None:
        self.sent[number] = time.perf_counter()
        while True:
            link = getattr(self._own, "link", None)
            if link is None:
                link = self._own.link = http.client.HTTPConnection("127.0.0.1", self._port)
            headers = {"Content-Type": "application/x-ndjson"}
            link.request("POST", "/_bulk?filter_path=errors", body, headers)
            answer = link.getresponse()
            told = answer.read()
            if answer.status != 429:
                break
            time.sleep(0.05)
        if answer.status != 200 or json.loads(told)["errors"]:
            raise RuntimeError(f"{answer.status}: {told[:300]!r}")


def watched(served: Served, stop: threading.Event) -> list[tuple[int, float]]:
    """Numbers that changes of the store had reached, and when that was seen."""
    seen = []
    asked = "SELECT number FROM counter"
    with closing(sqlite3.connect(served.data / "tocsin.db", isolation_level=None)) as store:
        reached = store.execute(asked).fetchone()[0]
        while not stop.wait(0.01):
            (number,) = store.execute(asked).fetchone()
            if number > reached:
                reached = number
                seen.append((number, time.perf_counter()))
    return seen


def dated(served: Served, seen: list[tuple[int, float]]) -> list[tuple[float, bytes]]:
    """The documents of alerts, and when each was seen in the store; of one that changed, the last."""
    from tocsin.store.store import Store

    found: list[tuple[float, bytes]] = []
    after = 0
    with Store.open(served.data) as store:
        while changes := store.changes(after, 10_000):
            for change in changes:
                at = bisect_left(seen, (change.number, 0.0))
                if at < len(seen):
                    found.append((seen[at][1], change.alert.document))
            after = changes[-1].number
    return found


def latencies(found: list[tuple[float, bytes]], client: Client) -> dict[str, list[float]]:
    """Seconds from sending to finding each alert, of single events and of others."""
    told: dict[str, list[float]] = {"single": [], "stateful": []}
    for seen, document in found:
        events = json.loads(document)["tocsin.events"]
        last = max(int(event["id"]) for event in events if event)
        told["single" if len(events) == 1 else "stateful"].append(seen - client.sent[last // BATCH])
    return told


def served_run(
    rules: list[str], bodies: Sequence[bytes], rate: float | None = None, *, keep_up: bool = False
) -> dict[str, Any]:
    """One run of an engine over events; ``keep_up``: not faster than everything keeps up."""
    events = len(bodies) * BATCH
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        options = [part for kind in KINDS for part in ("--include", f"type:{kind}")]
        served = Served(
            free_port(), Path(folder) / "data", rules[0], Path(folder) / "log", *options
        )
        stack.callback(served.end)
        served.start()
        served.ready()
        rested(served)
        idle = cpu_of(served)
        client, stop = Client(served.port, bodies), threading.Event()
        with ThreadPoolExecutor(1) as pool, served.progress() as behind:
            watching = pool.submit(watched, served, stop)
            began, before = time.perf_counter(), time.process_time()
            sending = client.run(rate, partial(keeps_up, served, behind) if keep_up else None)
            served.until(lambda: behind() <= 0, 600)
            whole, own = time.perf_counter() - began, time.process_time() - before
            time.sleep(0.2)
            served.until(lambda: not unsealed(served), 600)
            stop.set()
            found = latencies(dated(served, watching.result()), client)
        peak = peak_of(served)
        first, *others = [after - idle.get(pid, 0.0) for pid, after in cpu_of(served).items()]
        spent = [first, *sorted(others)]  # the engine works most
        if status := served.stop():
            sys.exit(f"the engine ended with {status}: {served.last_words()}")
    late = [client.sent[number] for number in range(int(len(bodies) * FIRST), len(bodies))]
    return {
        "events": events,
        "accepted_per_s": events / sending,
        "settled_per_s": events / whole,
        "kept_up_per_s": (len(late) - 1) * BATCH / (late[-1] - late[0]) if keep_up else None,
        "peak_mb": peak,
        "cpu_us": [round(1e6 * seconds / events, 1) for seconds in spent],
        "client_us": round(1e6 * own / events, 1),
        **{
            f"{kind}_{name}_ms": 1000 * quantile(times, share)
            for kind, times in found.items()
            for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
        },
        "alerts": sum(map(len, found.values())),
    }


def keeps_up(served: Served, behind: Callable[[], int]) -> bool:
    """Whether neither the engine nor sealing has much before it."""
    return behind() <= BEHIND and unsealed(served) <= WAITING


def quantile(times: list[float], share: float) -> float:
    """The time that this share of them does not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def unsealed(served: Served) -> int:
    """How many closed segments of the journal are not sealed."""
    *closed, _ = sorted((served.data / "journal").glob("*.journal"))
    return sum(not path.with_suffix(".sealed").exists() for path in closed)


def rested(served: Served) -> None:
    """Wait until the process has come and gone that makes pages of the rules, once."""
    lasting = set(cpu_of(served))
    end = time.monotonic() + ONCE
    while time.monotonic() < end and set(cpu_of(served)) == lasting:
        time.sleep(0.1)
    while time.monotonic() < end and set(cpu_of(served)) != lasting:
        time.sleep(0.1)


def peak_of(served: Served) -> list[float]:
    """Peak memory of the process and those that it started, in MB."""
    import psutil

    own = psutil.Process(served.process.pid)
    found = []
    for process in (own, *own.children(recursive=True)):
        status = Path(f"/proc/{process.pid}/status").read_text()
        found.append(int(status.split("VmHWM:")[1].split()[0]) / 1024)
    return found


def cpu_of(served: Served) -> dict[int, float]:
    """CPU seconds of the process and those that it started, since they were started, by their ids."""
    import psutil

    own = psutil.Process(served.process.pid)
    found = {}
    for one in (own, *own.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            found[one.pid] = sum(one.cpu_times()[:2])
    return found


def measured(rules: str, events: int) -> dict[str, Any]:
    """Scan; as fast as it goes, as fast as everything keeps up, and 70 % of that."""
    path = ndjson(1, "plain", events)
    scan = worker("scan", "--events", str(path), "--rules", rules, "--kinds", ",".join(KINDS))
    with path.open("rb") as file:
        bodies = bodies_of(line.rstrip(b"\n") for line in islice(file, events))
    full = served_run([rules], bodies[: BURST // BATCH])
    print(json.dumps(full), file=sys.stderr)
    sustained = served_run([rules], bodies, keep_up=True)
    print(json.dumps(sustained), file=sys.stderr)
    rate = SHARE * sustained["kept_up_per_s"]
    paced = served_run([rules], bodies[: int(30 * rate) // BATCH], rate)
    return {
        "scan_per_s": 1e6 / scan["scan_us"],
        "full": full,
        "sustained": sustained,
        "paced": paced,
        "share": SHARE,
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rules", default=RULES)
    asked.add_argument("--events", type=int, default=1_000_000)
    given = asked.parse_args()
    results = measured_before()
    results["live"] = measured(given.rules, given.events)
    keep(results)
    print(json.dumps(results["live"], indent=2))


if __name__ == "__main__":
    main()
