"""``tocsin kubelet-config``: whether a Kubelet's configuration lets strangers in."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import orjson

from tocsin.cli.failure import CannotRun
from tocsin.cli.guard import check_outputs
from tocsin.cli.happening import safe
from tocsin.cli.options import written
from tocsin.cli.path import PATH
from tocsin.cli.sink import Sink, opened
from tocsin.kubelet.given import LARGEST, Given, UnreadableError, given
from tocsin.kubelet.verdict import Finding, Grade, findings

_REPEATED = 10
"""Keys that stand twice and are told, at most."""


@click.command("kubelet-config")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=PATH)
@click.option("--strict", is_flag=True, help="Exit 1 for what is weak or unknown, too.")
@written("the report", ["text", "json"])
def command(files: tuple[str, ...], form: str, output: str | None, *, strict: bool) -> int:
    """Judge a Kubelet's configuration: who may ask it, and for what. Exit 1 if strangers may.

    FILE is a KubeletConfiguration (YAML or JSON), the answer of /configz, the ConfigMap
    kubelet-config, or a command line: a file with the flags of the process, a systemd unit,
    kubeadm-flags.env. Give all of one node together; - reads standard input. Flags go before the
    configuration file, and where neither says anything the defaults count, which differ.
    """
    try:
        made = given((name, _read(name)) for name in files)
    except UnreadableError as error:
        raise CannotRun(str(error)) from None
    found = findings(made)
    check_outputs([output], files=[name for name in files if name != "-"])
    with opened(output) as out:
        if form == "json":
            out.write(orjson.dumps(_report(made, found), option=orjson.OPT_INDENT_2) + b"\n")
        else:
            _text(found, out)
            for place in made.repeated[:_REPEATED]:
                click.echo(f"{safe(place)} stands twice: the last one counts", err=True)
            if (more := len(made.repeated) - _REPEATED) > 0:
                click.echo(f"and {more:,} more", err=True)
    failing = {Grade.BAD, Grade.WEAK, Grade.UNKNOWN} if strict else {Grade.BAD}
    return 1 if any(one.grade in failing for one in found) else 0


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(LARGEST + 1)
    with Path(name).open("rb") as file:
        return file.read(LARGEST + 1)


def _report(made: Given, found: Sequence[Finding]) -> dict[str, object]:
    return {
        "configuration_file": made.configured,
        "command_line": made.lines,
        "missing_file": made.named if made.unknown else None,
        "repeated": made.repeated,
        "findings": [{**one._asdict(), "grade": one.grade.value} for one in found],
    }


def _text(found: Sequence[Finding], out: Sink) -> None:
    for line in _lines(found):
        out.text(safe(line) + "\n")


def _lines(found: Sequence[Finding]) -> Iterator[str]:
    for one in found:
        value = f" = {one.value}" if one.value else ""
        yield f"{one.grade.value:8} {one.setting}{value}  ({one.source})"
        yield f"         {one.why}"
        if one.remedy:
            yield f"         instead: {one.remedy}"
    counts = [
        f"{number} {grade.value}"
        for grade in Grade
        if (number := sum(one.grade is grade for one in found))
    ]
    yield " · ".join(counts)
