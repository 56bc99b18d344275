"""How soon pages answer over a million events and a hundred thousand alerts: ``python -m bench.pages``.

The pages of `tocsin.server.gallery` over a folder as a live engine leaves it: nearly all events sealed, the last ones still in
the journal. Each page is asked for over HTTP, one request at a time; of a kind with parameters each request has others. The first
request of all finds nothing read; it counts among the others. Milliseconds until the whole answer was there.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import statistics
import sys
import threading
import time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from bench.corpus import Corpus
from bench.data import FOLDER, MAKER
from bench.page_kinds import asked

EVENTS, ALERTS = 1_000_000, 100_000
FRESH = 20_000
"""Events that are not sealed yet."""

TOGETHER = 1_000
REQUESTS = 25
STATUS = {"rules": {"running": 11}, "engine": {"events": EVENTS}}
"""What an engine would tell of itself, so that there are the pages of one."""


def filled(events: int, alerts: int, folder: Path | None = None) -> Path:
    """A folder of so many events and alerts; made once."""
    data = folder or FOLDER / f"pages-{events}-{alerts}-{MAKER}"
    if not (data / "journal").exists():
        _fill_events(data, events)
    if not (data / "tocsin.db").exists():
        _fill_alerts(data, alerts, events)
    return data


def _fill_events(data: Path, events: int) -> None:
    from tocsin.journal.frame import Frame, Kind
    from tocsin.journal.journal import Journal
    from tocsin.journal.keeper import Keeper, Limits

    data.mkdir(parents=True, exist_ok=True)
    lines = Corpus(5).lines(events)
    with Journal(data / "journal") as journal:
        keeper = Keeper(journal, data / "events", Limits(seal_after=0))
        done = 0
        while some := [line[:-1] for line in islice(lines, TOGETHER)]:
            if done == events - FRESH:
                _seal(journal, keeper)
            journal.append(Frame(Kind.EVENTS, _now(), "bench", some))
            done += len(some)
            if done % 50_000 == 0 and done <= events - FRESH:
                journal.keep_from(journal.end)
                keeper.step(_now())
                print(f"{done:,} events", file=sys.stderr)


def _seal(journal: Any, keeper: Any) -> None:
    journal.turn()
    while keeper.step(_now()):
        journal.keep_from(journal.end)


def _fill_alerts(data: Path, alerts: int, events: int) -> None:
    from tocsin import load_rules
    from tocsin.rules.pack import pack_path
    from tocsin.schema.values import parse_time
    from tocsin.store.alert import StoredAlert
    from tocsin.store.store import Store

    rules = list(load_rules(pack_path()))
    chance = random.Random(3)
    every = max(1, events // alerts)
    with Store.open(data) as store:
        some: list[StoredAlert] = []
        for number, line in enumerate(islice(Corpus(5).lines(events), 0, None, every)):
            event = orjson.loads(line)
            rule = rules[min(int(chance.paretovariate(1)) - 1, len(rules) - 1)]
            at = parse_time(event["@timestamp"]) or 0
            told = {
                "kibana.alert.rule.name": rule.name,
                "kibana.alert.rule.uuid": rule.id,
                "kibana.alert.rule.threat": rule.threat,
                "kibana.alert.severity": rule.severity,
                "kibana.alert.original_time": event["@timestamp"],
                "kibana.alert.reason": f"{rule.name} on {event['host']['name']}",
                "tocsin.why": [
                    {
                        "clause": "process.name == …",
                        "field": "process.name",
                        "value": event["process"]["name"],
                    }
                ],
            }
            content = orjson.dumps(event | told, default=str)
            name = f"{number:040x}"
            some.append(
                StoredAlert(
                    name, rule.id, rule.name, rule.severity, rule.risk_score, at, False, content
                )
            )
            if len(some) == TOGETHER:
                store.put(some)
                some = []
            if number % 20_000 == 0:
                print(f"{number:,} alerts", file=sys.stderr)
        store.put(some)


def measured(
    events: int = EVENTS, alerts: int = ALERTS, folder: Path | None = None
) -> dict[str, Any]:
    """Ask for all pages; milliseconds by kind of page."""
    from tocsin import load_rules
    from tocsin.cli.chosen import Choice
    from tocsin.cli.serve_engine import Choosing, logs, rules_for_pages, shelf_for_pages
    from tocsin.rules.overlay import Overlay
    from tocsin.rules.pack import pack_path
    from tocsin.server.gallery import Gallery, Shown

    data = filled(events, alerts, folder)
    choosing = Choosing(Choice((), (), (), (), Overlay()), None)
    shown = Shown(
        data,
        partial(rules_for_pages, choosing),
        partial(shelf_for_pages, choosing, data / "rules-history"),
        partial(logs, text=True),
        status=lambda: STATUS,
    )
    rules = [rule.id for rule in list(load_rules(pack_path()))]
    found: dict[str, Any] = {}
    with Gallery(shown) as gallery:
        serving = threading.Thread(target=gallery.serve)
        serving.start()
        port = int(gallery.address.rstrip("/").rpartition(":")[2])
        try:
            # other processes load the rules and count the data, which pages do not wait for, and
            # another answers questions
            for address in ("/rules", "/data", "/ask"):
                _get(port, address)
            time.sleep(10)
            _get(port, "/data")
            time.sleep(20)
            for name, addresses in asked(alerts, rules).items():
                times = [_get(port, address) for address in islice(addresses, REQUESTS)]
                found[name] = {
                    "first_ms": times[0],
                    "p50_ms": statistics.median(times),
                    "p95_ms": sorted(times)[-1 - len(times) // 20],
                    "worst_ms": max(times),
                }
                print(f"{name:32} {found[name]}", file=sys.stderr)
        finally:
            gallery.stop()
            serving.join()
    return {"events": events, "alerts": alerts, "requests": REQUESTS, "pages": found}


def _get(port: int, address: str) -> float:
    """Milliseconds until a page was there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begun = time.perf_counter()
    connection.request("GET", address, headers={"Accept": "text/html"})
    answer = connection.getresponse()
    content = answer.read()
    took = (time.perf_counter() - begun) * 1_000
    connection.close()
    if answer.status != 200:
        sys.exit(f"{address}: {answer.status} {content[:300]!r}")
    return took


def table(found: dict[str, Any]) -> list[str]:
    """The results as Markdown."""
    return [
        "",
        (
            f"Pages over {found['events']:,} stored events and {found['alerts']:,} alerts, {found['requests']} requests of a kind, "
            "one at a time; the first of all finds nothing read."
        ),
        "",
        "| page | first ms | p50 ms | p95 ms | worst ms |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {name} | {row['first_ms']:.0f} | **{row['p50_ms']:.0f}** | {row['p95_ms']:.0f} "
            f"| {row['worst_ms']:.0f} |"
            for name, row in found["pages"].items()
        ),
    ]


def _now() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--alerts", type=int, default=ALERTS)
    parser.add_argument("--folder", type=Path, help="where they are, or are to be kept")
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON")
    given = parser.parse_args()
    found = measured(given.events, given.alerts, given.folder)
    print(json.dumps(found) if given.json else "\n".join(table(found)))


if __name__ == "__main__":
    main()
