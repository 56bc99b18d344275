"""What the README shows is what happens: its commands run, and their output is the one printed.

``python tests/test_readme.py`` writes the output anew, for its author to look at.
"""

import contextlib
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tocsin.cli.main import run

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DEMO = ROOT / "src" / "tocsin" / "demo"
COMMAND = re.compile(
    r"(?P<before>(?:<!-- COLUMNS=(?P<columns>\d+) -->\n)?```\n\$ (?P<command>tocsin [^\n]*)\n)"
    r"(?P<shown>.*?)```",
    re.DOTALL,
)
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
CUT = "…\n"
"""The last line of an output of which only the beginning is shown."""

VARYING = (
    (re.compile(r"in \d+\.\d s( \([\d,]+/s\), \d+\.\d s in all)?"), "in 0.4 s"),
    (re.compile(r"^compiling for this machine.*\n", re.MULTILINE), ""),
    (re.compile(r" +$", re.MULTILINE), ""),
)


def output(command, columns):
    """What a command prints, results before what is said of them, and what varies made the same."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n") for _ in range(2))
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = columns
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            assert run(shlex.split(command)[1:]) == 0
    finally:
        os.environ.pop("COLUMNS")
        os.environ.update({"COLUMNS": before} if before else {})
    text = (out.buffer.getvalue() + err.buffer.getvalue()).decode()
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
    return text


def as_shown(text, shown):
    """An output, cut where the README cuts it."""
    if not shown.endswith(CUT):
        return text
    lines = text.splitlines(keepends=True)
    kept = shown.count("\n") - 1
    return "".join(lines[:kept]) + CUT if len(lines) > kept else text


COMMANDS = [
    pytest.param(found["command"], found["columns"] or "100", found["shown"], id=found["command"])
    for found in COMMAND.finditer(README.read_text(encoding="utf-8"))
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    shutil.copytree(DEMO, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("command", "columns", "shown"), COMMANDS)
def test_a_command_of_the_readme_prints_what_stands_there(command, columns, shown):
    assert as_shown(output(command, columns), shown) == shown


def test_the_readme_shows_commands():
    assert len(COMMANDS) >= 3


@pytest.mark.usefixtures("folder")
def test_the_python_of_the_readme_runs(capsys):
    [code] = CODE.findall(README.read_text(encoding="utf-8"))
    exec(code, {})  # noqa: S102 - our own README
    assert "Direct Kubelet Access by URL on a Host" in capsys.readouterr().out


def test_the_readme_names_files_that_exist():
    links = re.findall(r"\]\(([\w./-]+)\)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def _write():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DEMO, folder, dirs_exist_ok=True)
        os.chdir(folder)

        def fresh(found):
            text = as_shown(output(found["command"], found["columns"] or "100"), found["shown"])
            return f"{found['before']}{text}```"

        README.write_text(COMMAND.sub(fresh, README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(_write())
