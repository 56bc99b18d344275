"""Standard streams as they are met: in other encodings, closed, full, without a reader."""

import io
import sys
from types import ModuleType

import pytest

from tocsin.__main__ import main
from tocsin.cli.failure import CannotRun
from tocsin.cli.sink import Sink, echo, opened
from tocsin.cli.streams import prepare, settle


class Broken(io.BytesIO):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def write(self, content):
        raise self.error


def test_what_an_encoding_lacks_has_a_plain_likeness(monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    prepare()
    out.write("3 · 4 … → • \u2018x\u2019 «y» — é 日")
    out.flush()
    assert out.buffer.getvalue() == b"3 - 4 ~ > * 'x' \"y\" - \\xe9 \\u65e5"


def test_a_sink_for_people_follows_the_encoding():
    out = io.BytesIO()
    Sink(out, "x", "ascii").text("a · b")
    Sink(out, "x").text(" · ")
    assert out.getvalue() == "a - b · ".encode()


def test_closed_streams_take_everything(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    prepare()
    sys.stdout.write("nobody hears it")
    sys.stderr.write("nor this")
    with opened(None) as sink:
        sink.write(b"x")
    assert settle() == ""
    sys.stdout.close()
    sys.stderr.close()


def test_a_reader_that_left_is_remembered():
    sink = Sink(Broken(BrokenPipeError()), "x")
    sink.write(b"a")
    assert sink.gone
    sink.write(b"b")
    sink.flush()


def test_a_full_disk_is_told():
    with pytest.raises(CannotRun, match="cannot write x: No space left"):
        Sink(Broken(OSError(28, "No space left on device")), "x").write(b"a")


def test_stdout_may_be_named_by_a_dash(capsysbinary):
    with opened("-") as sink:
        sink.write(b"x")
    assert capsysbinary.readouterr().out == b"x"


class Screen(io.BytesIO):
    """A terminal that keeps what it is sent."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            '{"a":"\x9b2J\x7f\u202e\U000e0041é"}\n',
            '{"a":"\\u009b2J\\u007f\\u202e\\udb40\\udc41é"}\n',
        ),
        ("1,\x1b[31m\tx\r\n", "1,\\u001b[31m\tx\\r\n"),
        ("1,plain → é\n", "1,plain → é\n"),
    ],
)
def test_lines_for_programs_steer_no_terminal(line, shown):
    screen, file = Screen(), io.BytesIO()
    Sink(screen, "x").write(line.encode())
    Sink(file, "x").write(line.encode())
    assert screen.getvalue().decode() == shown
    assert file.getvalue().decode() == line


@pytest.mark.parametrize(
    ("out", "shown"), [(Screen(), '"\\u009b2J"\n'), (io.BytesIO(), '"\x9b2J"\n')]
)
def test_a_line_for_programs_steers_no_terminal(monkeypatch, out, shown):
    with io.TextIOWrapper(out, "utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        echo('"\x9b2J"'.encode())
        assert out.getvalue().decode() == shown
        monkeypatch.undo()


def test_text_for_people_keeps_its_colours():
    screen = Screen()
    Sink(screen, "x").text("\x1b[31mred\x1b[0m")
    assert screen.getvalue() == b"\x1b[31mred\x1b[0m"


def test_an_interrupt_is_quiet_while_the_commands_are_still_imported(monkeypatch, capsys):
    class Slow(ModuleType):
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "tocsin.cli.main", Slow("tocsin.cli.main"))
    with pytest.raises(SystemExit, match="130"):
        main()
    assert capsys.readouterr() == ("", "tocsin: interrupted\n")
