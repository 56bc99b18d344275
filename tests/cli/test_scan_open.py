"""``tocsin scan --open``: pages over the result of a scan, and nothing left behind."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest

import tocsin
from tocsin.cli import opened
from tocsin.corpus.question import Question
from tocsin.corpus.questions import Questions
from tocsin.corpus.stored import Corpus
from tocsin.journal import disk
from tocsin.journal.reader import JournalReader
from tocsin.journal.sealed.archive import Archive
from tocsin.store.store import Store

DEMO = Path(tocsin.__file__).parent / "demo"


@pytest.fixture
def shown(monkeypatch):
    """What would be shown: the folder and all its events."""
    monkeypatch.setattr(disk, "sync", lambda file: None)
    monkeypatch.setattr(disk, "sync_folder", lambda folder: None)
    found = {}

    def show(data, choice, config):
        found["folder"] = data
        with JournalReader(data / "journal") as journal, Store.open(data) as store:
            questions = Questions(Corpus(journal, Archive(data / "events"), store))
            found["events"] = [dict(one.source) for one in questions.find(Question(), 1000).events]
            found["alerts"] = store.count()

    monkeypatch.setattr(opened, "show", show)
    return found


def test_events_of_any_format_are_kept_once_and_removed_in_the_end(cli, tmp_path, shown):
    lines = [{"@timestamp": f"2026-08-01T00:00:0{n}Z", "n": n} for n in range(5)]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "b.json").write_text(json.dumps([{"n": 5}, {"n": 6}], indent=2))
    done = cli("scan", "a.ndjson.gz", "b.json", *sorted(DEMO.iterdir()), "--open")
    assert done.status == 0
    kept = [event["n"] for event in shown["events"] if "n" in event]
    assert sorted(kept) == list(range(7))
    assert len(shown["events"]) > 30
    assert shown["alerts"] > 5
    assert not shown["folder"].exists()


def test_data_is_kept_where_one_says_and_never_written_over(cli, tmp_path, shown):
    (tmp_path / "e.ndjson").write_text('{"@timestamp": "2026-08-01T00:00:00Z"}\n')
    assert cli("scan", "e.ndjson", "--open", "--data", "kept").status == 0
    assert list((tmp_path / "kept" / "events").glob("date=*/*/*.parquet"))
    again = cli("scan", "e.ndjson", "--open", "--data", "kept")
    assert again.status == 2
    assert "events are there already" in again.err


def test_options_that_make_no_sense_together(cli, tmp_path, shown):
    (tmp_path / "e.ndjson").write_text("{}\n")
    assert "--data is for --open" in cli("scan", "e.ndjson", "--data", "x").err
    assert "--store" in cli("scan", "e.ndjson", "--open", "--store", "x").err
    assert not shown


def test_what_is_missing_is_told(cli, tmp_path, monkeypatch):
    (tmp_path / "e.ndjson").write_text("{}\n")
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "uvicorn" else found(name)
    )
    done = cli("scan", "e.ndjson", "--open")
    assert done.status == 2
    assert "--open needs uvicorn: pip install 'tocsin[web]'" in done.err


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_pages_are_served_until_ctrl_c(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path), "BROWSER": "true"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tocsin", "demo", "--open"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    try:
        said = ""
        until = time.monotonic() + 120
        while not (address := re.search(r"http://\S+", said)) and time.monotonic() < until:
            said += process.stderr.readline()
        with urllib.request.urlopen(f"{address[0]}alerts.json") as answer:  # noqa: S310 - our own address
            found = json.load(answer)["alerts"]
        with urllib.request.urlopen(f"{address[0]}alerts/{found[0]['id']}.json") as answer:  # noqa: S310 - our own address
            page = json.load(answer)
        assert page["prevalence"][0]["events"] >= 1
        while True:
            # they are read in a process of their own
            try:
                with urllib.request.urlopen(f"{address[0]}rules.json") as answer:  # noqa: S310 - our own address
                    rules = json.load(answer)["rules"]
                break
            except HTTPError as error:
                if error.code != 503 or time.monotonic() > until:
                    raise
                time.sleep(0.2)
        assert found[0]["rule_name"] in {rule["name"] for rule in rules}
        assert list(tmp_path.glob("tocsin-*"))
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, said + rest
    assert "Traceback" not in rest
    assert not list(tmp_path.glob("tocsin-*"))
