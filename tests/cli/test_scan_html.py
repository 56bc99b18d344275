"""``tocsin scan --format html``: the alerts of a scan as a page."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import tocsin

DEMO = Path(tocsin.__file__).parent / "demo"


def test_the_sample_as_a_page(cli, tmp_path: Path) -> None:
    done = cli("scan", *sorted(DEMO.iterdir()), "--format", "html", "-o", tmp_path / "report.html")
    assert done.status == 0
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "Direct Kubelet Access by URL on a Host" in html
    assert "Why it matched" in html
    assert "<script" not in html


def test_a_page_without_alerts(cli, tmp_path: Path) -> None:
    (tmp_path / "e.ndjson").write_text('{"@timestamp": "2026-08-01T00:00:00Z"}\n')
    done = cli("scan", "e.ndjson", "--format", "html")
    assert done.status == 0
    assert "No rule fired" in done.out


def test_what_is_missing_is_told(cli, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "e.ndjson").write_text('{"@timestamp": "2026-08-01T00:00:00Z"}\n')
    found = importlib.util.find_spec

    def without(name: str, *more: object) -> object:
        return None if name == "nh3" else found(name, *more)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    for call in (("scan", "e.ndjson", "--format", "html"), ("docs", "-o", "site")):
        done = cli(*call)
        assert done.status == 2
        assert "nh3: pip install 'tocsin[web]'" in done.err
