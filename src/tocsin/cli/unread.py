"""What could not be read, told to a person: lines that are no events, inputs that do not open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from tocsin.cli.happening import safe
from tocsin.cli.rejects import Rejects
from tocsin.inputs.likeness import TABLE
from tocsin.inputs.report import Reject
from tocsin.inputs.source import Events

_REASONS = 5
_INPUTS = 10
_CONVERTED = "rules ask for fields of ECS; Elastic Agent and Filebeat bring most such logs into it"

_EXPORTED = "events are read as JSON or Parquet; Kibana and Elasticsearch give them as JSON, too"


def unread(
    rejected: int, rejects: Rejects, inputs: list[tuple[str, str]], *, keep: str
) -> Iterator[str]:
    """Lines about so many rejected lines and the inputs (name, reason) that were not read.

    ``keep`` says how the rejected lines can be had; empty where they were kept.
    """
    if rejected:
        lines = f"{rejected:,} line{'' if rejected == 1 else 's'} rejected"
        yield f"{lines} ({keep})" if keep else lines
        yield from reasons_told(rejects)
        if rejects.likeness:
            way = _EXPORTED if rejects.likeness == TABLE else _CONVERTED
            yield f"  they look like {rejects.likeness}: {way}"
    if rejects.foreign:
        yield f"the events look like {rejects.foreign}: {_CONVERTED}"
    for name, reason in inputs[:_INPUTS]:
        yield f"not read: {safe(name)}: {safe(reason)}"
    if len(inputs) > _INPUTS:
        yield f"and {len(inputs) - _INPUTS:,} more inputs not read"


def reasons_told(rejects: Rejects) -> Iterator[str]:
    """A line for each of the most common reasons, with the places of the first lines."""
    reasons = rejects.reasons.most_common()
    for reason, number in reasons[:_REASONS]:
        places = rejects.places[reason]
        more = ", …" if number > len(places) else ""
        yield f"  {number:>7,}  {safe(reason)}: {safe(', '.join(places))}{more}"
    if others := sum(number for _, number in reasons[_REASONS:]):
        yield f"  {others:>7,}  other reasons"


def reasons_of(rejects: Iterable[Reject]) -> Iterator[str]:
    """The same for lines that no ``--rejects`` keeps."""
    refused = Rejects(None)
    for reject in rejects:
        refused(reject.file, reject.line, reject.reason, b"")
    return reasons_told(refused)


def unread_beside(option: str, number: int, rejects: Iterable[Reject]) -> Iterator[str]:
    """Lines about what was rejected of an option's inputs; none if nothing was."""
    if number:
        yield f"{number:,} line{'' if number == 1 else 's'} of {option} rejected"
        yield from reasons_of(rejects)


def tell_unread(
    source: Events, rejected: int, rejects: Rejects, others: Iterable[tuple[str, str]] = ()
) -> None:
    """Print what a command without ``--rejects`` could not read, ``others`` among the inputs."""
    inputs = [(problem.file, problem.reason) for problem in source.problems]
    inputs += others
    keep = "`tocsin scan --rejects FILE` keeps them"
    for line in unread(rejected, rejects, inputs, keep=keep):
        click.echo(line, err=True)


def nothing_read(source: Events, events: int, rejected: int) -> str:
    """Why not a single event could be read; empty if one was, or if there was nothing to read."""
    if events:
        return ""
    if rejected:
        return "every line was rejected: is this a file of events?"
    failed = {problem.file for problem in source.problems}
    if failed and failed.issuperset(source.names):
        return "no input could be read"
    return ""
