"""What a file of sealed events holds, told by its footer and a few of its columns."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tocsin.inputs.arrow_batch import INDEX
from tocsin.inputs.sealed import SOURCE
from tocsin.journal.sealed.columns import TIMESTAMP
from tocsin.journal.sealed.sheet import OWN
from tocsin.plan.program import ROUTING_FIELDS

_ELEMENT = ".list.element"
_MOST_GROUPS = 1_000
_MOST_NAMES = 5_000
_DEEPEST = 20


class Belonging(NamedTuple):
    """What events say of where they belong: their index, and texts by routing field."""

    stands_in: str
    values: tuple[tuple[str, str], ...]


class FileFacts(NamedTuple):
    """``events`` by where they belong; ``fields``: by name how many events have it.

    ``first``, ``last``: times of its events, ms; None if no event has any.
    """

    events: dict[Belonging, int]
    fields: Counter[str]
    first: int | None
    last: int | None


def file_facts(path: Path) -> FileFacts:
    """Look at a file; its events themselves are not read.

    Raises
    ------
    pyarrow.ArrowException, OSError
        It is gone, or damaged.
    """
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        fields: Counter[str] = Counter()
        times: list[int] = []
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            for column in range(group.num_columns):
                chunk = group.column(column)
                name = chunk.path_in_schema.removesuffix(_ELEMENT)
                told = chunk.statistics
                if name == TIMESTAMP and told is not None and told.has_min_max:
                    times += [told.min_raw, told.max_raw]
                if name not in OWN.names:
                    nulls = told.null_count if told is not None and told.has_null_count else 0
                    # of lists all values are counted, and a row without any counts as a null
                    some = int(chunk.num_values > nulls)
                    fields[name] += max(some, group.num_rows - nulls)
        return FileFacts(
            _belonging(file), +fields, min(times, default=None), max(times, default=None)
        )


def _belonging(file: pq.ParquetFile) -> dict[Belonging, int]:
    schema = file.schema_arrow
    names = [
        name
        for name in (INDEX, *ROUTING_FIELDS)
        if name in schema.names and pa.types.is_string(schema.field(name).type)
    ]
    if not names:
        return {Belonging("", ()): file.metadata.num_rows}
    table = file.read(columns=names)
    counts = table.group_by(names).aggregate([([], "count_all")])
    counts = counts.take(pc.sort_indices(counts, [("count_all", "descending")]))
    found: dict[Belonging, int] = {}
    for row in counts.slice(0, _MOST_GROUPS).to_pylist():
        number = row.pop("count_all")
        index = row.pop(INDEX, None) or ""
        values = tuple((name, value) for name, value in row.items() if value)
        key = Belonging(index, values)
        found[key] = found.get(key, 0) + number
    return found


def sample(path: Path, most: int) -> list[bytes]:
    """Some of the last events of a file, as they came; raises as `file_facts` does."""
    with pq.ParquetFile(path) as file:
        if not file.num_row_groups:
            return []
        texts = file.read_row_group(file.num_row_groups - 1, columns=[SOURCE]).column(SOURCE)
        last = texts.slice(max(0, len(texts) - most))
        return [text.encode() for text in last.to_pylist() if text]


def names_in(event: bytes, found: set[str]) -> bool:
    """Put the names of an event's fields into a set; False if it cannot be read."""
    try:
        document = orjson.loads(event)
    except ValueError:
        return False
    if not isinstance(document, dict):
        return False
    pending: list[tuple[str, object, int]] = [("", document, 0)]
    while pending and len(found) < _MOST_NAMES:
        prefix, value, depth = pending.pop()
        if isinstance(value, dict):
            if depth < _DEEPEST:
                pending += [
                    (f"{prefix}.{name}" if prefix else name, each, depth + 1)
                    for name, each in value.items()
                ]
        elif isinstance(value, list):
            if depth < _DEEPEST:
                pending += [(prefix, each, depth + 1) for each in value[:100]]
        elif value is not None and prefix:
            found.add(prefix)
    return True
