"""Figures as Prometheus reads them; the log as programs and people read it."""

import io
import json
import logging

import pytest

from tocsin.live.counts import Counts
from tocsin.server.figures import engine_figures
from tocsin.server.log import log_to
from tocsin.server.metrics import Figure, exposition


def test_figures_of_a_name_stand_together_and_labels_are_escaped():
    figures = [
        Figure("a_total", "It's a\nline.", 1, {"x": 'q"\\\n'}),
        Figure("b", "B.", 0.5, kind="gauge"),
        Figure("a_total", "It's a\nline.", 2, {"x": "y"}),
    ]
    assert exposition(figures).splitlines() == [
        "# HELP tocsin_a_total It's a\\nline.",
        "# TYPE tocsin_a_total counter",
        'tocsin_a_total{x="q\\"\\\\\\n"} 1',
        'tocsin_a_total{x="y"} 2',
        "# HELP tocsin_b B.",
        "# TYPE tocsin_b gauge",
        "tocsin_b 0.5",
    ]


def test_the_engine_s_counts_are_figures():
    counts = Counts(events=7, alerts={"high": 2}, rule_seconds={"r": 0.25}, behind=9)
    text = exposition(engine_figures(counts.as_json()))
    assert "tocsin_engine_events_total 7\n" in text
    assert 'tocsin_alerts_total{severity="high"} 2\n' in text
    assert 'tocsin_rule_seconds_total{rule="r"} 0.25\n' in text
    assert "tocsin_engine_behind 9\n" in text


@pytest.fixture
def log():
    names = ("tocsin", "uvicorn")
    before = [(logging.getLogger(name), vars(logging.getLogger(name)).copy()) for name in names]
    yield logging.getLogger("tocsin.test")
    for logger, state in before:
        logger.handlers, logger.propagate = state["handlers"], state["propagate"]
        logger.setLevel(state["level"])


def test_json_has_a_line_for_each_record(log):
    stream = io.StringIO()
    log_to(stream)
    log.warning("said %s", "it", extra={"rules": 3})
    try:
        raise ValueError("why")  # noqa: TRY301
    except ValueError:
        log.exception("failed")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["message"], first["log.level"], first["rules"]) == ("said it", "warning", 3)
    assert "ValueError: why" in second["error.stack_trace"]


def test_json_holds_names_that_are_no_utf8_and_huge_numbers(log):
    stream = io.StringIO()
    log_to(stream)
    log.warning("bad \udcff name", extra={"path": "\udcfe", "n": 1 << 80})
    (record,) = map(json.loads, stream.getvalue().splitlines())
    assert record["message"] == "bad \\udcff name"
    assert (record["path"], record["n"]) == ("\\udcfe", str(1 << 80))


def test_text_steers_no_terminal(log):
    stream = io.StringIO()
    log_to(stream, text=True)
    log.info("a\x1b[31mb", extra={"path": "/x"})
    assert stream.getvalue().endswith("info    a\\x1b[31mb path=/x\n")
