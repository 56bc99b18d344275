"""Alerts for people: folded to the width there is, coloured only where somebody looks."""

import io

import pytest
from made_events import process
from rich.cells import cell_len

import tocsin
from tocsin.cli.sink import Sink
from tocsin.cli.table import ROOMY, WIDTH, TableWriter, folded, width_of


class Terminal(io.BytesIO):
    def isatty(self):
        return True


@pytest.fixture
def alert(rule, tmp_path):
    rule("Any process with a name that is too long for its column", severity="high", risk_score=73)
    event = process(1, "/opt/日本語/" + "x" * 300 + "\x1b[31m", user={"name": "app"})
    [found] = tocsin.scan([event], tocsin.load_rules(tmp_path / "rules"))
    return found


def table(alert, out, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    writer = TableWriter(Sink(out, "x"))
    writer.begin()
    writer.write(alert)
    writer.end()
    return out.getvalue().decode()


@pytest.mark.parametrize("width", [ROOMY, 137, WIDTH, 240])
def test_a_table_fits_its_width(alert, monkeypatch, width):
    lines = table(alert, io.BytesIO(), monkeypatch, width).splitlines()
    assert lines[0].startswith("time ")
    assert max(map(cell_len, lines)) <= width
    assert "".join(line[-10:] for line in lines).count("x") > 10


@pytest.mark.parametrize("width", [24, 60, 80, ROOMY - 1])
def test_where_there_is_no_room_alerts_are_records(alert, monkeypatch, width):
    lines = table(alert, io.BytesIO(), monkeypatch, width).splitlines()
    assert lines[0] == "2026-08-01 12:00:01  high"
    assert "time" not in lines[0]
    assert max(map(cell_len, lines[1:])) <= width


def test_a_terminal_gets_colours_but_not_the_attackers(alert, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = table(alert, Terminal(), monkeypatch, 160)
    assert "high\x1b[0m" in text
    assert "\x1b[31m" not in text
    assert "\\x1b[31m" in text.replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("out", [io.BytesIO(), Terminal()])
def test_nobody_else_gets_colours(alert, monkeypatch, out):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in table(alert, out, monkeypatch, 160)


@pytest.mark.parametrize(
    ("given", "width"), [("99", 99), ("", WIDTH), ("0", WIDTH), ("wide", WIDTH)]
)
def test_the_width_of_what_is_no_terminal(monkeypatch, given, width):
    monkeypatch.setenv("COLUMNS", given)
    assert width_of(Sink(io.BytesIO(), "x")) == width


@pytest.mark.parametrize("text", ["", "a", "a b" * 30, "日本語" * 30, "x" * 100, "é" * 100])
@pytest.mark.parametrize("width", [8, 20])
def test_folding_loses_nothing(text, width):
    lines = folded(text, width)
    assert lines
    assert max(map(cell_len, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
