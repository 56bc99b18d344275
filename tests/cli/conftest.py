"""A command line to call, and rules and events to call it with."""

import json
from dataclasses import dataclass

import pytest

from tocsin.cli.main import run


@dataclass(frozen=True)
class Outcome:
    """What a command gave back, wrote and said."""

    status: int
    out: str
    err: str

    @property
    def rows(self):
        """The output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def cli(capsysbinary, monkeypatch, tmp_path):
    """Call a command in an empty folder; the statuses and streams are those of a process."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments):
        status = run([str(argument) for argument in arguments])
        out, err = capsysbinary.readouterr()
        return Outcome(status, out.decode(), err.decode())

    return call


def toml(value):
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


@pytest.fixture
def rule(tmp_path):
    """Write a rule file below ``rules/``; further keys go into its ``[rule]`` table."""
    numbers = iter(range(1, 100))

    def write(name, query="process where true", *, maturity="production", **keys):
        number = next(numbers)
        values = {
            "rule_id": f"00000000-0000-4000-8000-{number:012}",
            "name": name,
            "description": "For tests.",
            "type": "eql",
            "language": "eql",
            "severity": "low",
            "risk_score": 21,
            "index": ["logs-*"],
            "query": query,
            **keys,
        }
        text = f'[metadata]\nmaturity = "{maturity}"\n\n[rule]\n'
        text += "".join(f"{key} = {toml(value)}\n" for key, value in values.items())
        path = tmp_path / "rules" / f"rule_{number}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return values["rule_id"]

    return write


@pytest.fixture
def events(tmp_path):
    """Write events, or raw lines, to a file in the folder of the test."""

    def write(*lines, name="events.ndjson"):
        path = tmp_path / name
        texts = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        path.write_bytes(b"".join(text + b"\n" for text in texts))
        return name

    return write
