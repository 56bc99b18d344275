"""Which fields events have, and of what types their values are: for queries in ES|QL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from tocsin.alerts.paths import flat
from tocsin.columns.cells import Batch, Cells, FieldSet
from tocsin.engine.remembering import indices
from tocsin.engine.tally import Tally
from tocsin.inputs.source import Events, read
from tocsin.languages.esql.types import Type
from tocsin.match.matcher import Matcher
from tocsin.plan.predicate import Predicate
from tocsin.plan.program import compile_program
from tocsin.schema.fields import Schema
from tocsin.schema.kinds import Kind

_MOST_NAMES: Final = 20_000
"""Different fields that are collected for `*`."""

_COORDINATES: Final = frozenset({"lat", "lon"})


class Sieve:
    """Keeps the events that satisfy a condition, and stand in an index of some patterns, if any."""

    def __init__(self, condition: Predicate, only: Sequence[str]) -> None:
        program = compile_program([condition], [tuple(only)])
        self.fields = program.fields
        self._matcher = Matcher(program, routing="strict" if only else "off")

    def rows(self, batch: Batch, cells: Cells) -> Iterable[int]:
        """The rows that are kept."""
        found: list[int] = self._matcher.match(cells, indices(batch), batch.event).row.tolist()
        return found


def observed_in(
    source: Events,
    directory: Path,
    rows: int | None,
    tally: Tally,
    sieve: Sieve | None,
    schema: Schema,
) -> tuple[Events, dict[str, Type]]:
    """The events that a sieve keeps, in a file in a directory, and the types of their fields.

    A batch has ``rows`` events at most (None: as many as suit); ``tally`` counts what is read.
    Latitude and longitude of a point that the ``schema`` knows are no fields of their own.
    """
    path = directory / "events.ndjson"
    observed: dict[str, Type] = {}
    fields = FieldSet(()) if sieve is None else sieve.fields
    with path.open("wb") as file, tally.reading:
        for batch in source.batches(fields, rows=rows):
            cells = batch.cells(fields)
            tally.take(batch, cells)
            kept = range(len(batch)) if sieve is None else sieve.rows(batch, cells)
            for row in kept:
                if row in cells.rejected:
                    continue
                content = batch.event(row)
                _observe(orjson.loads(content), observed)
                file.write(_line(content, batch.identity(row)))
    return read(str(path)), _with_points(observed, schema)


def _with_points(observed: dict[str, Type], schema: Schema) -> dict[str, Type]:
    """The fields with points in the place of their coordinates."""
    found: dict[str, Type] = {}
    for name, kind in observed.items():
        parent, _, last = name.rpartition(".")
        if last in _COORDINATES and schema.kind(parent) is Kind.GEO_POINT:
            found[parent] = Type.GEO_POINT
        else:
            found[name] = Type.GEO_POINT if schema.kind(name) is Kind.GEO_POINT else kind
    return found


def _line(content: bytes, identity: tuple[str, str] | None) -> bytes:
    if identity is None:
        return content.replace(b"\n", b" ") + b"\n"
    index, name = identity
    hit = {"_index": index, "_id": name, "_source": orjson.Fragment(content)}
    return orjson.dumps(hit).replace(b"\n", b" ") + b"\n"


def _observe(event: Mapping[str, Any], observed: dict[str, Type]) -> None:
    """Note the fields of an event, and what their values are."""
    for name, value in flat(dict(event)).items():
        values = value if isinstance(value, list) else [value]
        for each in values:
            if isinstance(each, dict):
                _observe({f"{name}.{key}": inner for key, inner in each.items()}, observed)
                continue
            kind = _kind(each)
            if kind is None:
                continue
            known = observed.get(name)
            if known is None and len(observed) < _MOST_NAMES:
                observed[name] = kind
            elif known is not None and known is not kind:
                numbers = {known, kind} == {Type.LONG, Type.DOUBLE}
                observed[name] = Type.DOUBLE if numbers else Type.KEYWORD


def _kind(value: object) -> Type | None:
    match value:
        case bool():
            return Type.BOOLEAN
        case int():
            return Type.LONG if -(1 << 63) <= value < 1 << 63 else Type.KEYWORD
        case float():
            return Type.DOUBLE
        case str():
            return Type.KEYWORD
        case _:
            return None
